// How many bits it takes to count things.

/// The least n with 2^n >= `count`, 0 for up to one: bits that tell so many things apart, levels of a tree
/// that joins them two by two.
public func ceilingLog2(_ count: Int) -> Int {
  count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 0
}

/// Bits of an index into `count` words: hardware has no signal of no bits.
public func indexWidth(_ count: Int) -> Int { max(ceilingLog2(count), 1) }

extension FixedFormat {
  /// Bits of the narrowest signed format that holds these integers; at least 2.
  public static func signedWidth(of integers: [some BinaryInteger]) -> Int {
    let (low, high) = (Int128(integers.min() ?? 0), Int128(integers.max() ?? 0))
    return max(129 - max(high, ~low).leadingZeroBitCount, 2)
  }
}
