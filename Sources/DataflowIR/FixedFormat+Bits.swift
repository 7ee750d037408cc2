// The bits of a fixed-point format as integers and back.

import FixedPoint

extension FixedFormat {
  /// The integer with these low `width` bits.
  public func value(ofBits bits: UInt64) -> Int64 {
    if width == 0 { return 0 }
    let kept = bits & (UInt64.max >> UInt64(64 - width))
    let isNegative = isSigned && kept >> UInt64(width - 1) == 1
    return isNegative
      ? Int64(bitPattern: kept | (UInt64.max << UInt64(width))) : Int64(kept)
  }

  /// The integer this format keeps of `value`: its low `width` bits.
  public func wrapping(_ value: Int64) -> Int64 { self.value(ofBits: UInt64(bitPattern: value)) }
}
