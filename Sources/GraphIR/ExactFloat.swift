// A float32 as the exact number it is.

/// `integer` · 2^-fraction, `integer` odd or zero; zero has fraction 0.
public struct ExactFloat: Hashable, Sendable {
  public var integer: Int64
  public var fraction: Int

  /// `value` must be finite.
  public init(_ value: Float) {
    precondition(value.isFinite, "\(value) is not a number")
    if value == 0 {
      (integer, fraction) = (0, 0)
      return
    }
    // |value| = significand · 2^exponent, 1 ≤ significand < 2, 23 bits behind the point.
    let exponent = Int(value.exponent)
    let magnitude = Int64(Double(value.significand) * Double(1 << 23))
    let zeros = magnitude.trailingZeroBitCount
    integer = (value.sign == .minus ? -magnitude : magnitude) >> Int64(zeros)
    fraction = 23 - exponent - zeros
  }
}
