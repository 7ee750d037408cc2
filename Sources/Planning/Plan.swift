// A candidate for every layer, and what they come to.

import DataflowIR
import Diagnostics

/// A design before it is built.
public struct Plan: Hashable, Sendable {
  public struct Layer: Hashable, Sendable {
    public var name: String
    public var candidate: Candidate

    public init(name: String, candidate: Candidate) {
      self.name = name
      self.candidate = candidate
    }
  }

  public var objective: Objective
  public var layers: [Layer]
  /// How much cheaper a plan could be at most, as a fraction of this one's cost: 0 where this one
  /// is proved to be the cheapest.
  public var gap: Double

  public init(objective: Objective, layers: [Layer], gap: Double = 0) {
    self.objective = objective
    self.layers = layers
    self.gap = gap
  }

  /// Cycles from one frame to the next: the slowest layer's.
  public var interval: Int { layers.map(\.candidate.cycles).max() ?? 1 }
  public var resources: Resources { layers.map(\.candidate.resources).reduce(.zero, +) }
  public var cost: Double { objective.cost(resources) }

  /// The fraction of a layer's multiplier cycles in which a weight of the matrix is multiplied, one that is not
  /// zero in a sparse engine; nil for a layer without multipliers.
  public func utilization(of layer: Layer) -> Double? {
    guard layer.candidate.multipliers > 0 else { return nil }
    let cycles = layer.candidate.multipliers * interval
    return Double(layer.candidate.usefulProducts) / Double(cycles)
  }

  /// The layer with most multipliers; nil where there are none.
  public var largestEngine: Layer? {
    let largest = layers.max { $0.candidate.multipliers < $1.candidate.multipliers }
    return largest.flatMap { $0.candidate.multipliers > 0 ? $0 : nil }
  }

  /// The fraction of multiplier cycles of the largest engine that are useful; 1 where there is none.
  public var utilization: Double { largestEngine.flatMap { utilization(of: $0) } ?? 1 }
}

/// There is no plan as asked for; this says what is in the way, and what comes closest.
public struct InfeasiblePlan: Error, Hashable, Sendable {
  public enum Obstacle: Hashable, Sendable {
    /// No candidate of these layers is as fast as asked for.
    case tooSlow([SlowLayer])
    /// The closest design takes more of these than there is.
    case tooLarge([Resources.Kind])
  }

  public struct SlowLayer: Hashable, Sendable {
    public var name: String
    /// Of its fastest candidate.
    public var cycles: Int
  }

  public var obstacle: Obstacle
  /// Where the design is too slow: the fastest that there is, within the limits if possible. Where
  /// it is too large: the one whose worst resource exceeds its limit by the smallest factor, and the
  /// cheapest of those.
  public var nearest: Plan
  /// The least interval that fits the limits; nil where nothing does.
  public var fittingInterval: Int?
}

extension InfeasiblePlan {
  /// A design that is too large for its limits.
  public init(nearest: Plan, fittingInterval: Int?) {
    let limits = nearest.objective.limits!
    let kinds = Resources.Kind.allCases.filter { nearest.resources[$0] > limits[$0] }
    self.init(obstacle: .tooLarge(kinds), nearest: nearest, fittingInterval: fittingInterval)
  }
}
