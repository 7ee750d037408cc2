// What requantize does to one element: a function of integers that never decreases.

import FixedPoint

/// A positive real number as TensorFlow Lite has it: `mantissa` · 2^(exponent - 31).
public struct Q31Multiplier: Hashable, Sendable {
  /// From 2^30 up to 2^31 - 1, or 0.
  public var mantissa: Int32
  public var exponent: Int

  public init(mantissa: Int32, exponent: Int) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// The multiplier next to `value`, which is finite and not negative.
  public init(_ value: Double) {
    if value == 0 {
      self.init(mantissa: 0, exponent: 0)
      return
    }
    var exponent = Int(value.exponent) + 1
    let fraction = value.significand / 2
    var mantissa = Int64((fraction * Double(1 << 31)).rounded(.toNearestOrAwayFromZero))
    if mantissa == 1 << 31 {
      mantissa /= 2
      exponent += 1
    }
    if exponent < -31 { (mantissa, exponent) = (0, 0) }
    if exponent > 30 { (mantissa, exponent) = (1 << 31 - 1, 30) }
    self.init(mantissa: Int32(mantissa), exponent: exponent)
  }

  /// The same product, rounded once, halves upwards.
  func roundedOnce(_ value: Int64) -> Int64 {
    Int64(clamping: Rounding.halfUp.shiftRight(Int128(value) * Int128(mantissa), by: 31 - exponent))
  }

  var isReasonable: Bool { mantissa >= 0 && (-31...30).contains(exponent) }

  /// `value` · mantissa · 2^(exponent - 31), rounded to 31 bits behind the point first, half of them
  /// upwards, and then to an integer, halves away from zero.
  public func callAsFunction(_ value: Int64) -> Int64 {
    let product = (Int128(value) << max(exponent, 0)) * Int128(mantissa)
    let high = (product + 1 << 30) >> 31
    if exponent >= 0 { return Int64(clamping: high) }
    return Int64(clamping: Rounding.halfAway.shiftRight(high, by: -exponent))
  }
}

/// The function of one element.
public struct RequantizeFunction: Hashable, Sendable {
  /// What x is multiplied with.
  public enum Factor: Hashable, Sendable {
    case exact(ExactFloat)
    case product(Float)
    case quotient(Float)
    case q31(Q31Multiplier)
    case q31Once(Q31Multiplier)
  }

  public var factor: Factor
  public var zeroPoint: Int64
  public var rounding: Rounding
  public var bounds: ClosedRange<Int64>

  /// The result for `value` · 2^-fraction.
  public func callAsFunction(_ value: Int64, fraction: Int) -> Int64 {
    if value == 0 { return bounded(Int64(0)) }
    switch factor {
    case .exact(let scale):
      let product = Int128(value) * Int128(scale.integer)
      return bounded(rounded(product, fraction: scale.fraction + fraction))
    case .product, .quotient:
      return bounded(scaled(Float(value) * Float(sign: .plus, exponent: -fraction, significand: 1)))
    case .q31(let multiplier):
      return bounded(
        multiplier(fraction <= 0 ? value << Int64(-fraction) : value >> Int64(fraction)))
    case .q31Once(let multiplier):
      return bounded(
        multiplier.roundedOnce(
          fraction <= 0 ? value << Int64(-fraction) : value >> Int64(fraction)))
    }
  }

  /// The result for a real number.
  public func callAsFunction(_ value: Double) -> Int64 {
    switch factor {
    case .exact(let scale):
      return bounded(
        (value * Double(scale.integer)
          * Double(sign: .plus, exponent: -scale.fraction, significand: 1))
          .rounded(rounding))
    case .product, .quotient: return bounded(scaled(Float(value)))
    case .q31(let multiplier):
      return bounded(multiplier(Int64(min(max(value, -1e18), 1e18))))
    case .q31Once(let multiplier):
      return bounded(multiplier.roundedOnce(Int64(min(max(value, -1e18), 1e18))))
    }
  }

  private func scaled(_ x: Float) -> Double {
    switch factor {
    case .product(let scale): return Double(x * scale).rounded(rounding)
    case .quotient(let scale): return Double(x / scale).rounded(rounding)
    case .exact, .q31, .q31Once: preconditionFailure("integer arithmetic")
    }
  }

  private func rounded(_ value: Int128, fraction: Int) -> Int128 {
    if fraction > 0 { return rounding.shiftRight(value, by: min(fraction, 126)) }
    let limit: Int128 = 1 << 62
    if value.magnitude >= 1 << 62 || -fraction >= 62 { return value < 0 ? -limit : limit }
    return value << -fraction
  }

  private func bounded(_ value: Int128) -> Int64 {
    Int64(
      min(max(value + Int128(zeroPoint), Int128(bounds.lowerBound)), Int128(bounds.upperBound)))
  }

  private func bounded(_ value: Int64) -> Int64 { bounded(Int128(value)) }

  private func bounded(_ value: Double) -> Int64 {
    bounded(Int128(min(max(value, -0x1p62), 0x1p62)))
  }

  /// What values of `interval` become.
  public func interval(of interval: Interval) -> Interval {
    let (low, high) = (at(interval.low, interval.fraction), at(interval.high, interval.fraction))
    if low == high { return Interval(constant: Int128(low), fraction: 0) }
    return Interval(low: Int128(low), high: Int128(high), fraction: 0)
  }

  private func at(_ bound: Int128, _ fraction: Int) -> Int64 {
    self(Int64(clamping: bound), fraction: fraction)
  }
}

extension Double {
  fileprivate func rounded(_ rounding: Rounding) -> Double {
    let rule: FloatingPointRoundingRule
    switch rounding {
    case .floor: rule = .down
    case .halfUp: return (self + 0.5).rounded(.down)
    case .halfEven: rule = .toNearestOrEven
    case .halfAway: rule = .toNearestOrAwayFromZero
    case .towardZero: rule = .towardZero
    }
    return rounded(rule)
  }
}
