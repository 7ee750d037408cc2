// Rounding, overflow, and the one definition of `quantize` that every level and engine follows.

/// What happens to bits below the step. Worked for a step of 1:
///
/// | value        | -2.5 | -1.5 | -0.7 | -0.5 | 0.5 | 0.7 | 1.5 | 2.5 | `ap_fixed`    |
/// |--------------|------|------|------|------|-----|-----|-----|-----|---------------|
/// | `floor`      | -3   | -2   | -1   | -1   | 0   | 0   | 1   | 2   | AP_TRN        |
/// | `halfUp`     | -2   | -1   | -1   | 0    | 1   | 1   | 2   | 3   | AP_RND        |
/// | `halfEven`   | -2   | -2   | -1   | 0    | 0   | 1   | 2   | 2   | AP_RND_CONV   |
/// | `halfAway`   | -3   | -2   | -1   | -1   | 1   | 1   | 2   | 3   | AP_RND_INF    |
/// | `towardZero` | -2   | -1   | 0    | 0    | 0   | 0   | 1   | 2   | AP_TRN_ZERO   |
public enum Rounding: String, CaseIterable, Sendable {
  case floor
  case halfUp = "half-up"
  case halfEven = "half-even"
  case halfAway = "half-away"
  case towardZero = "toward-zero"
}

/// What happens to values outside the format. Worked for `s3f0`, integers -4 … 3:
///
/// | value                | -6 | -4 | 3 | 5  | `ap_fixed` |
/// |----------------------|----|----|---|----|------------|
/// | `wrap`               | 2  | -4 | 3 | -3 | AP_WRAP    |
/// | `saturate`           | -4 | -4 | 3 | 3  | AP_SAT     |
/// | `saturateSymmetric`  | -3 | -3 | 3 | 3  | AP_SAT_SYM |
///
/// One signed bit has the symmetric range {0}. There alone `ap_fixed` differs: its AP_SAT_SYM
/// returns -1 for some negative values.
public enum Overflow: String, CaseIterable, Sendable {
  case wrap
  case saturate
  case saturateSymmetric = "saturate-symmetric"
}

/// A format and the way values are brought into it.
public struct Quantizer: Hashable, Sendable {
  public var format: FixedFormat
  public var rounding: Rounding
  public var overflow: Overflow

  public init(_ format: FixedFormat, _ rounding: Rounding, _ overflow: Overflow) {
    self.format = format
    self.rounding = rounding
    self.overflow = overflow
  }

  /// Whether the result depends on bits at and above the format's top: saturation does, and so
  /// does a rounding that looks at the sign.
  public var readsHighBits: Bool {
    if overflow != .wrap { return true }
    switch rounding {
    case .floor, .halfUp, .halfEven: return false
    case .halfAway, .towardZero: return true
    }
  }

  /// The integers that may come out; for a format without bits only 0.
  public var integerRange: ClosedRange<Int64> {
    let isSymmetric = overflow == .saturateSymmetric && format.isSigned
    return (isSymmetric ? -format.maximum : format.minimum)...format.maximum
  }

  /// Whether every value of `interval` comes out as it went in.
  public func keeps(_ interval: Interval) -> Bool {
    let range = integerRange
    return Interval(
      low: Int128(range.lowerBound), high: Int128(range.upperBound), fraction: format.fraction
    ).contains(interval)
  }

  /// The integer of `format` that stands for `value` · 2^-fraction.
  public func quantize(_ value: Int64, fraction: Int) -> Int64 {
    let shift = fraction - format.fraction
    if shift <= 0 {
      // No rounding. A shift of more than 64 leaves nothing of a wrapped value, and saturates any
      // other but zero.
      return bound(value == 0 ? 0 : Int128(value) << min(-shift, 64))
    }
    return bound(rounding.shiftRight(Int128(value), by: min(shift, 126)))
  }

  /// The integer of `format` that stands for `value`, which must be finite.
  ///
  /// Exact: a binary floating-point number is an integer times a power of two.
  public func quantize(_ value: Double) -> Int64 {
    precondition(value.isFinite, "cannot quantize \(value)")
    if value == 0 { return 0 }
    // value = significand · 2^exponent with |significand| < 2^53.
    let exponent = Int(value.exponent) - 52
    let significand = Int64(value * exp2i(-exponent / 2) * exp2i(-exponent - (-exponent / 2)))
    return quantize(significand, fraction: -exponent)
  }

  /// Brings a rounded integer into the format's range.
  private func bound(_ value: Int128) -> Int64 {
    let low = Int128(format.minimum)
    let high = Int128(format.maximum)
    switch overflow {
    case .wrap:
      if low <= value && value <= high { return Int64(value) }
      if format.width == 0 { return 0 }
      let modulus: Int128 = 1 << format.width
      let bits = value & (modulus - 1)
      return Int64(format.isSigned && bits > high ? bits - modulus : bits)
    case .saturate:
      return Int64(min(max(value, low), high))
    case .saturateSymmetric:
      return Int64(min(max(value, format.isSigned ? -high : low), high))
    }
  }

  /// What values of `interval` become; exact bounds unless `overflow` wraps around, then all of
  /// `format`.
  public func interval(of interval: Interval) -> Interval {
    if interval.isConstant, let integer = Int64(exactly: interval.low) {
      return Interval(
        constant: Int128(quantize(integer, fraction: interval.fraction)), fraction: format.fraction)
    }
    let fraction = min(interval.fraction, format.fraction)
    let shift = interval.fraction - format.fraction
    let low = shift > 0 ? rounding.shiftRight(interval.low, by: min(shift, 126)) : interval.low
    let high = shift > 0 ? rounding.shiftRight(interval.high, by: min(shift, 126)) : interval.high
    // Bounds in steps of the result before overflow handling.
    let rounded = Interval(low: low, high: high, fraction: fraction)
    if rounded.isZero { return .zero }
    if format.width == 0 { return .zero }
    // Compare at the format's step; bounds far outside are clamped first to keep the shift small.
    let toFormat = format.fraction - fraction
    let limit: Int128 = 1 << 63
    func atFormat(_ bound: Int128) -> Int128 {
      if bound == 0 { return 0 }
      if toFormat >= 64 || abs(bound) >= limit { return bound < 0 ? -(limit << 1) : limit << 1 }
      return bound << toFormat
    }
    let lowest = atFormat(low)
    let highest = atFormat(high)
    let formatLow = Int128(
      overflow == .saturateSymmetric && format.isSigned ? -format.maximum : format.minimum)
    let formatHigh = Int128(format.maximum)
    if formatLow <= lowest && highest <= formatHigh { return rounded }
    switch overflow {
    case .wrap:
      // The step survives wrapping when it divides the modulus.
      guard toFormat > 0, toFormat < format.width else { return format.interval }
      let step = toFormat
      return Interval(
        low: formatLow >> step, high: formatHigh >> step, fraction: fraction)
    case .saturate, .saturateSymmetric:
      // A bound of the format need not be a multiple of the value's coarser step.
      let clampedLow = min(max(lowest, formatLow), formatHigh)
      let clampedHigh = min(max(highest, formatLow), formatHigh)
      return Interval(low: clampedLow, high: clampedHigh, fraction: format.fraction)
    }
  }
}

extension Rounding {
  /// `value` · 2^-shift rounded to an integer, `shift` ≥ 1.
  public func shiftRight(_ value: Int128, by shift: Int) -> Int128 {
    let half: Int128 = 1 << (shift - 1)
    switch self {
    case .floor: return value >> shift
    case .halfUp: return (value + half) >> shift
    case .halfEven:
      let quotient = value >> shift
      let remainder = value - (quotient << shift)
      return remainder > half || (remainder == half && quotient & 1 == 1)
        ? quotient + 1 : quotient
    case .halfAway: return value >= 0 ? (value + half) >> shift : -((-value + half) >> shift)
    case .towardZero: return value >= 0 ? value >> shift : -((-value) >> shift)
    }
  }
}

/// 2^exponent, exact for exponents a `Double` has.
func exp2i(_ exponent: Int) -> Double {
  Double(sign: .plus, exponent: exponent, significand: 1)
}
