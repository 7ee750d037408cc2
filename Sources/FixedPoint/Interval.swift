// The exact range of a value: bounds and step.

/// All multiples of 2^-fraction from `low`·2^-fraction to `high`·2^-fraction.
///
/// Bounds are 128 bits wide so that one operation on values of at most
/// `FixedFormat.maximumWidth` bits never overflows; whoever stores a result checks that it still
/// has a `FixedFormat`.
public struct Interval: Hashable, Sendable {
  public let low: Int128
  public let high: Int128
  /// The step is 2^-fraction.
  public let fraction: Int

  public init(low: Int128, high: Int128, fraction: Int) {
    precondition(low <= high, "empty interval [\(low), \(high)]")
    self.low = low
    self.high = high
    self.fraction = fraction
  }

  /// The interval of one value, at the coarsest step that represents it.
  public init(constant value: Int128, fraction: Int) {
    if value == 0 {
      self.init(low: 0, high: 0, fraction: 0)
    } else {
      let zeros = value.trailingZeroBitCount
      self.init(low: value >> zeros, high: value >> zeros, fraction: fraction - zeros)
    }
  }

  public static let zero = Interval(low: 0, high: 0, fraction: 0)

  public var isConstant: Bool { low == high }
  public var isZero: Bool { low == 0 && high == 0 }

  /// The same values in steps of 2^-fraction; `fraction` must not be coarser than the step.
  public func atFraction(_ fraction: Int) -> Interval {
    if isZero { return Interval(low: 0, high: 0, fraction: fraction) }
    let shift = fraction - self.fraction
    precondition(shift >= 0, "interval step cannot be coarsened")
    guard let low = shifted(low, by: shift), let high = shifted(high, by: shift) else {
      return .immense(fraction: fraction)
    }
    return Interval(low: low, high: high, fraction: fraction)
  }

  /// Bounds beyond ±`limit` are not told apart: whatever exceeds it is `immense`, and what is
  /// computed of that by sums and products is, too. No format holds it.
  private static let limit: Int128 = 1 << 125

  private static func immense(fraction: Int) -> Interval {
    Interval(low: -limit, high: limit, fraction: fraction)
  }

  private var isImmense: Bool { low <= -Interval.limit && high >= Interval.limit }

  private func shifted(_ bound: Int128, by shift: Int) -> Int128? {
    if bound == 0 { return 0 }
    let bits = 128 - bound.magnitude.leadingZeroBitCount
    return bits + shift <= 125 ? bound << shift : nil
  }

  /// Values of `a + b`.
  public static func + (a: Interval, b: Interval) -> Interval {
    if a.isZero { return b }
    if b.isZero { return a }
    let fraction = max(a.fraction, b.fraction)
    let x = a.atFraction(fraction)
    let y = b.atFraction(fraction)
    let (low, high) = (x.low + y.low, x.high + y.high)
    if x.isImmense || y.isImmense || min(low, -high) < -limit || max(high, -low) > limit {
      return .immense(fraction: fraction)
    }
    return Interval(low: low, high: high, fraction: fraction)
  }

  public static prefix func - (a: Interval) -> Interval {
    Interval(low: -a.high, high: -a.low, fraction: a.fraction)
  }

  public static func - (a: Interval, b: Interval) -> Interval { a + -b }

  /// Values of `a · 2^shift`.
  public func scaled(byPowerOfTwo shift: Int) -> Interval {
    isZero ? self : Interval(low: low, high: high, fraction: fraction - shift)
  }

  /// Values of `a · integer · 2^-fraction`.
  public func multiplied(by integer: Int64, fraction: Int) -> Interval {
    if integer == 0 || isZero { return .zero }
    // An even constant coarsens the step instead of widening the value.
    let zeros = integer.trailingZeroBitCount
    let factor = Int128(integer >> Int64(zeros))
    return multiplied(by: factor, factor, fraction: fraction - zeros)
  }

  /// Values of `a · b · 2^-fraction`, `b` from `least` to `greatest`.
  private func multiplied(by least: Int128, _ greatest: Int128, fraction: Int) -> Interval {
    let fraction = self.fraction + fraction
    var (low, high) = (Int128.max, Int128.min)
    func reach(_ bound: Int128, _ factor: Int128) -> Bool {
      let (product, overflow) = bound.multipliedReportingOverflow(by: factor)
      (low, high) = (min(low, product), max(high, product))
      return !overflow
    }
    guard reach(self.low, least), reach(self.high, least),
      least == greatest || (reach(self.low, greatest) && reach(self.high, greatest)),
      low >= -Interval.limit, high <= Interval.limit
    else { return .immense(fraction: fraction) }
    return Interval(low: low, high: high, fraction: fraction)
  }

  /// Values of `a · b`.
  public func multiplied(by other: Interval) -> Interval {
    if isZero || other.isZero { return .zero }
    return multiplied(by: other.low, other.high, fraction: other.fraction)
  }

  /// The smallest interval that holds both.
  public func union(_ other: Interval) -> Interval {
    // Zero is a multiple of every step.
    let fraction: Int
    if isZero {
      fraction = other.fraction
    } else if other.isZero {
      fraction = self.fraction
    } else {
      fraction = max(self.fraction, other.fraction)
    }
    let x = atFraction(fraction)
    let y = other.atFraction(fraction)
    return Interval(low: min(x.low, y.low), high: max(x.high, y.high), fraction: fraction)
  }

  /// Values of `max(a, b)`.
  public func maximum(_ other: Interval) -> Interval {
    let both = union(other)
    let (x, y) = (atFraction(both.fraction), other.atFraction(both.fraction))
    return Interval(low: max(x.low, y.low), high: both.high, fraction: both.fraction)
  }

  /// Values of `min(a, b)`.
  public func minimum(_ other: Interval) -> Interval {
    let both = union(other)
    let (x, y) = (atFraction(both.fraction), other.atFraction(both.fraction))
    return Interval(low: both.low, high: min(x.high, y.high), fraction: both.fraction)
  }

  /// Values of `max(a, 0)`.
  public var rectified: Interval {
    high <= 0
      ? .zero : Interval(low: max(low, 0), high: high, fraction: fraction)
  }

  /// Whether every value of `other` is one of this interval.
  public func contains(_ other: Interval) -> Bool {
    if other.isZero { return low <= 0 && high >= 0 }
    guard other.fraction <= fraction else { return false }
    let y = other.atFraction(fraction)
    return low <= y.low && y.high <= high
  }

  public func contains(_ integer: Int64, fraction: Int) -> Bool {
    contains(Interval(constant: Int128(integer), fraction: fraction))
  }
}

extension Interval: CustomStringConvertible {
  /// `[-384, 381]·2^-5`.
  public var description: String { "[\(low), \(high)]·2^\(-fraction)" }
}
