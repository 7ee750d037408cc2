// What a plan should achieve.

import DataflowIR

/// The pace that is asked for, and what there is to build it from.
///
/// | interval | limits | the plan |
/// |---|---|---|
/// | N | none | cheapest with an interval of at most N |
/// | none | given | least interval that fits, then the cheapest of those |
/// | N | given | cheapest that fits with an interval of at most N |
/// | none | none | least interval, then the cheapest of those |
public struct Objective: Hashable, Sendable {
  /// The most cycles that a frame may take; nil for as few as possible.
  public var interval: Int?
  /// What the design has to fit in; nil for no limit.
  public var limits: Resources?
  /// What cost is a fraction of: the part, where the limits are a share of it.
  public var part: Resources

  public init(interval: Int? = nil, limits: Resources? = nil, part: Resources) {
    self.interval = interval
    self.limits = limits
    self.part = part
  }

  /// The weight of the sum of all fractions beside the largest one.
  static let weightOfSum = 0.1

  /// The price of a design: the largest fraction of the part that it takes of any resource, which
  /// decides whether it fits and routes, and a tenth of the sum of the fractions, so that nothing
  /// is wasted that is not scarce.
  public func cost(_ resources: Resources) -> Double {
    let fractions = Resources.Kind.allCases.map { resources.fraction($0, of: part) }
    return fractions.max()! + Objective.weightOfSum * fractions.reduce(0, +)
  }
}
