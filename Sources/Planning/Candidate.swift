// What a layer may become: one way to build it, with its pace and its price.

import DataflowIR

/// One way to build a layer.
public struct Candidate: Hashable, Sendable {
  public enum Style: String, CaseIterable, Sendable {
    /// All of a frame at once: every weight is wired into adders.
    case unrolled
    /// All of one position's weights at once, the positions one after the other.
    case position
    /// A matrix engine of `pe` rows and `simd` columns that walks through the weights.
    case folded
    /// As `folded`, but only through the weights that are not zero.
    case sparse
    /// No weights: pooling, windows, elementwise operations on beats.
    case streamed
  }

  public var style: Style
  /// Rows of the matrix computed at a time; 1 where there is no matrix.
  public var pe: Int
  /// Columns of the matrix computed at a time; 1 where there is no matrix.
  public var simd: Int
  /// Elements of the layer's output in a beat.
  public var lanes: Int
  /// Cycles from the start of one frame to the start of the next.
  public var cycles: Int
  public var resources: Resources
  /// Multiplications of a frame that its multipliers have to do; 0 where it has none.
  public var usefulProducts = 0
  /// Why this candidate is as it is, a few words for the plan: `weights in 3 block RAMs`.
  public var reason: String

  /// Multipliers, in DSP blocks or LUTs; 0 where weights are wired into adders.
  public var multipliers: Int {
    switch style {
    case .folded, .sparse: pe * simd
    case .unrolled, .position, .streamed: 0
    }
  }

  public init(
    style: Style, pe: Int = 1, simd: Int = 1, lanes: Int = 1, cycles: Int, resources: Resources,
    reason: String = ""
  ) {
    self.style = style
    self.pe = pe
    self.simd = simd
    self.lanes = lanes
    self.cycles = cycles
    self.resources = resources
    self.reason = reason
  }
}

/// A layer with all ways to build it; there is at least one.
public struct LayerChoices: Hashable, Sendable {
  public var name: String
  public var candidates: [Candidate]

  public init(name: String, candidates: [Candidate]) {
    precondition(!candidates.isEmpty, "\(name): a layer has at least one candidate")
    self.name = name
    self.candidates = candidates
  }
}
