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

  /// The layer with most multipliers, and the fraction of their cycles in which they multiply a weight;
  /// nil where there are none.
  public var utilization: (layer: Layer, fraction: Double)? {
    let largest = layers.max { $0.candidate.multipliers < $1.candidate.multipliers }
    guard let largest, largest.candidate.multipliers > 0 else { return nil }
    let cycles = largest.candidate.multipliers * interval
    return (largest, Double(largest.candidate.usefulProducts) / Double(cycles))
  }
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
