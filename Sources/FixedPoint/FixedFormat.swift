// A fixed-point number format: which integers, and where their binary point is.

/// `width` bits, two's complement when `isSigned`, standing for integer · 2^-fraction.
///
/// | format   | integers     | values          | step   |
/// |----------|--------------|-----------------|--------|
/// | `s6f5`   | -32 … 31     | -1 … 0.96875    | 2^-5   |
/// | `u6f6`   | 0 … 63       | 0 … 0.984375    | 2^-6   |
/// | `u4f-2`  | 0 … 15       | 0 … 60          | 4      |
/// | `u0f0`   | 0            | 0               |        |
///
/// `fraction` may be negative or exceed `width`. A width of 0 is the constant zero.
public struct FixedFormat: Hashable, Sendable {
  public let isSigned: Bool
  public let width: Int
  public let fraction: Int

  /// The widest format any value may have, so that exact arithmetic fits in `Int64`.
  public static let maximumWidth = 62
  /// The largest magnitude of `fraction`.
  public static let maximumFraction = 1023

  @inlinable
  public init(signed: Bool, width: Int, fraction: Int) {
    precondition(
      (0...FixedFormat.maximumWidth).contains(width), "format width \(width) out of range")
    self.isSigned = signed
    self.width = width
    self.fraction = fraction
  }

  @inlinable
  public static func signed(_ width: Int, fraction: Int) -> FixedFormat {
    FixedFormat(signed: true, width: width, fraction: fraction)
  }

  @inlinable
  public static func unsigned(_ width: Int, fraction: Int) -> FixedFormat {
    FixedFormat(signed: false, width: width, fraction: fraction)
  }

  /// Smallest integer.
  @inlinable public var minimum: Int64 {
    isSigned && width > 0 ? -(1 << Int64(width - 1)) : 0
  }

  /// Largest integer.
  @inlinable public var maximum: Int64 {
    if width == 0 { return 0 }
    return isSigned ? (1 << Int64(width - 1)) - 1 : (1 << Int64(width)) - 1
  }

  /// All values of the format.
  public var interval: Interval {
    Interval(low: Int128(minimum), high: Int128(maximum), fraction: fraction)
  }

  @inlinable
  public func contains(_ integer: Int64) -> Bool {
    minimum <= integer && integer <= maximum
  }

  /// The narrowest format, at the interval's own step, that holds `interval`;
  /// nil when it needs more than `maximumWidth` bits.
  public init?(holding interval: Interval) {
    let low = interval.low
    let high = interval.high
    let signed = low < 0
    // Bits of the magnitude: ~low covers -2^n exactly.
    let highBits = high > 0 ? 128 - high.leadingZeroBitCount : 0
    let lowBits = low < 0 ? 128 - (~low).leadingZeroBitCount : 0
    let width = max(highBits, lowBits) + (signed ? 1 : 0)
    guard width <= FixedFormat.maximumWidth else { return nil }
    self.init(signed: signed, width: width, fraction: interval.fraction)
  }
}

extension FixedFormat: CustomStringConvertible {
  /// `s6f5` or `u8f8`.
  public var description: String { "\(isSigned ? "s" : "u")\(width)f\(fraction)" }

  /// Reads what `description` prints; nil when `text` is no format or is out of range.
  public init?(_ text: some StringProtocol) {
    guard let sign = text.first, sign == "s" || sign == "u" else { return nil }
    let parts = text.dropFirst().split(separator: "f", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let fraction = Int(parts[1]),
      (0...FixedFormat.maximumWidth).contains(width),
      fraction.magnitude <= FixedFormat.maximumFraction,
      // Only the canonical spelling, so that printing and parsing are inverse.
      String(width) == parts[0], String(fraction) == parts[1]
    else { return nil }
    self.init(signed: sign == "s", width: width, fraction: fraction)
  }
}
