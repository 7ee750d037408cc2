// What a node's elements can be: exact intervals once numbers are exact, real bounds before.

import FixedPoint

public enum ValueRange: Hashable, Sendable {
  /// Real elements, with bounds where they are known.
  case real(shape: Shape, bounds: [ClosedRange<Double>]?)
  case fixed(ElementRanges)

  public var shape: Shape {
    switch self {
    case .real(let shape, _): shape
    case .fixed(let ranges): ranges.shape
    }
  }

  /// Bounds as doubles, rounded outwards by at most one unit in the last place.
  var realBounds: [ClosedRange<Double>]? {
    switch self {
    case .real(_, let bounds): return bounds
    case .fixed(let ranges):
      return ranges.intervals.map { interval in
        let step = Double(sign: .plus, exponent: -interval.fraction, significand: 1)
        func real(_ bound: Int128) -> Double { bound == 0 ? 0 : Double(bound) * step }
        return real(interval.low)...real(interval.high)
      }
    }
  }

  func reshaped(to shape: Shape) -> ValueRange {
    switch self {
    case .real(_, let bounds): .real(shape: shape, bounds: bounds)
    case .fixed(let ranges):
      .fixed(
        ElementRanges(shape: shape, fraction: ranges.fraction, intervals: ranges.intervals))
    }
  }

  /// Elementwise: `exactly` on intervals, nothing known of real elements.
  func mapped(_ exactly: (Interval) -> Interval) -> ValueRange {
    switch self {
    case .real(let shape, _): .real(shape: shape, bounds: nil)
    case .fixed(let ranges): .fixed(ranges.mapped(fraction: ranges.fraction, exactly))
    }
  }

  /// Elementwise: a real function that never decreases.
  func monotoneMapped(_ function: (Double) -> Double) -> ValueRange {
    .real(
      shape: shape,
      bounds: realBounds.map { $0.map { function($0.lowerBound)...function($0.upperBound) } })
  }
}

/// An exact interval for each element, row-major, and the fraction the evaluator holds them at
/// while it computes them.
public struct ElementRanges: Hashable, Sendable {
  public var shape: Shape
  /// The fraction of the evaluator's `FixedTensor`: at least as fine as every element's step.
  public var fraction: Int
  public var intervals: [Interval]

  public init(shape: Shape, fraction: Int, intervals: [Interval]) {
    precondition(intervals.count == shape.count)
    self.shape = shape
    self.fraction = fraction
    self.intervals = intervals
  }

  /// At the finest step of any element: what the evaluator keeps.
  var normalized: ElementRanges {
    var copy = self
    copy.fraction = intervals.lazy.filter { !$0.isZero }.map(\.fraction).max() ?? 0
    return copy
  }

  func mapped(fraction: Int, _ transform: (Interval) -> Interval) -> ElementRanges {
    ElementRanges(shape: shape, fraction: fraction, intervals: intervals.map(transform))
  }

  /// The narrowest formats of the elements; nil when one needs more than 62 bits, or when the
  /// elements together do at their common fraction.
  public var format: TensorFormat? {
    guard FixedFormat(holding: hull) != nil else { return nil }
    var formats: [FixedFormat] = []
    formats.reserveCapacity(intervals.count)
    for interval in intervals {
      guard let format = FixedFormat(holding: interval) else { return nil }
      formats.append(format)
    }
    // Channels that are alike at all positions are written once.
    let channels = shape.channels
    if formats.indices.allSatisfy({ formats[$0] == formats[$0 % channels] }) {
      formats.removeSubrange(channels...)
    }
    return TensorFormat(repeating: formats)
  }

  /// The smallest interval that holds all elements at `fraction`.
  public var hull: Interval {
    var low: Int128 = 0
    var high: Int128 = 0
    for interval in intervals where !interval.isZero {
      let wide = min(fraction - interval.fraction, 64)
      low = min(low, interval.low << wide)
      high = max(high, interval.high << wide)
    }
    return Interval(low: low, high: high, fraction: fraction)
  }
}
