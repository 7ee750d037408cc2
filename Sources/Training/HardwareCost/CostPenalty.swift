// A cost of hardware in the loss, and how its weight grows.

import Foundation

/// loss += beta · cost, where beta grows from `initial` to `final` by equal factors over a stage.
public struct CostPenalty: Hashable, Sendable {
  /// What is counted.
  public enum Measure: String, CaseIterable, Sendable {
    /// Effective bit operations: for every multiplication, bits of the activation times bits of the
    /// weight's magnitude (Sun et al., High Granularity Quantization, 2024).
    case bitOperations = "ebops"
    /// Bits of the adders of an unrolled multiplication by constants: for every weight, its signed
    /// digits times the width of what is added, times what sharing leaves of a layer's adders.
    case adders
  }

  public var measure: Measure
  public var initial: Double
  public var final: Double

  public init(_ measure: Measure, initial: Double, final: Double) {
    self.measure = measure
    self.initial = initial
    self.final = final
  }

  /// beta at `step` of `steps`.
  func weight(step: Int, of steps: Int) -> Double {
    initial * pow(final / initial, Double(step) / Double(max(steps - 1, 1)))
  }
}
