// How the elements of a frame lie in the words of an interface: the definition in hw/README.md.

/// Where each element of a frame travels: in which word, at which bits.
///
/// | layout of 3 × s6f5         | words            | element 2             |
/// |----------------------------|------------------|-----------------------|
/// | `packed`                   | 1 of 18 bits     | word 0, bits 17…12    |
/// | `lanes`, 16 bits per word  | 2 of 16 bits     | word 1, bits 7…0      |
public struct FrameLayout: Hashable, Sendable {
  public let formats: [FixedFormat]
  /// Bits of one word, at least 1.
  public let wordWidth: Int
  /// Words of one frame, at least 1.
  public let wordCount: Int
  /// Bits of a lane; nil when elements lie side by side, each exactly as wide as its format.
  public let laneWidth: Int?

  /// The whole frame in one word, element 0 in the lowest bits, no padding.
  public init(packed formats: [FixedFormat]) {
    self.formats = formats
    wordWidth = max(formats.reduce(0) { $0 + $1.width }, 1)
    wordCount = 1
    laneWidth = nil
  }

  /// Each element sign-extended in a lane of 8, 16, 32 or 64 bits, the narrowest that holds the
  /// widest element; nil when a word of `wordWidth` bits is not a whole number of lanes.
  public init?(lanes formats: [FixedFormat], wordWidth: Int) {
    let widest = formats.map(\.width).max() ?? 0
    let lane = [8, 16, 32].first { widest <= $0 } ?? 64
    guard wordWidth >= lane, wordWidth % lane == 0 else { return nil }
    self.formats = formats
    self.wordWidth = wordWidth
    let perWord = wordWidth / lane
    wordCount = max((formats.count + perWord - 1) / perWord, 1)
    laneWidth = lane
  }

  /// Where element `index` begins, counted from the lowest bit of word 0.
  public func offset(of index: Int) -> Int {
    if let laneWidth { return index * laneWidth }
    return formats[..<index].reduce(0) { $0 + $1.width }
  }

  /// The words of a frame, each as 64-bit limbs, lowest first.
  public func words(of integers: [Int64]) -> [[UInt64]] {
    precondition(integers.count == formats.count, "frame of \(integers.count) elements")
    var bits = BitString(count: wordWidth * wordCount)
    var offset = 0
    for (integer, format) in zip(integers, formats) {
      precondition(format.contains(integer), "\(integer) is no \(format)")
      bits.store(UInt64(bitPattern: integer), at: offset, count: laneWidth ?? format.width)
      offset += laneWidth ?? format.width
    }
    return (0..<wordCount).map { bits.limbs(from: $0 * wordWidth, count: wordWidth) }
  }

  /// The frame in `words`.
  public func integers(in words: [[UInt64]]) -> [Int64] {
    precondition(words.count == wordCount, "frame of \(words.count) words")
    var bits = BitString(count: wordWidth * wordCount)
    for (index, word) in words.enumerated() {
      for (limb, value) in word.enumerated() where limb * 64 < wordWidth {
        bits.store(
          value, at: index * wordWidth + limb * 64, count: min(64, wordWidth - limb * 64))
      }
    }
    var offset = 0
    return formats.map { format in
      defer { offset += laneWidth ?? format.width }
      if format.width == 0 { return 0 }
      let raw = bits.limbs(from: offset, count: format.width)[0]
      let unused = Int64(64 - format.width)
      return format.isSigned
        ? Int64(bitPattern: raw << UInt64(unused)) >> unused : Int64(bitPattern: raw)
    }
  }
}

/// Bits in 64-bit limbs, lowest first.
private struct BitString {
  private var limbs: [UInt64]

  init(count: Int) {
    limbs = [UInt64](repeating: 0, count: (count + 63) / 64 + 1)
  }

  /// Writes the `count` ≤ 64 low bits of `value` over zeros.
  mutating func store(_ value: UInt64, at offset: Int, count: Int) {
    if count == 0 { return }
    let kept = value & (UInt64.max >> UInt64(64 - count))
    let shift = UInt64(offset % 64)
    limbs[offset / 64] |= kept << shift
    if shift > 0 { limbs[offset / 64 + 1] |= kept >> (64 - shift) }
  }

  func limbs(from offset: Int, count: Int) -> [UInt64] {
    stride(from: 0, to: count, by: 64).map { start in
      let position = offset + start
      let shift = UInt64(position % 64)
      var limb = limbs[position / 64] >> shift
      if shift > 0 { limb |= limbs[position / 64 + 1] << (64 - shift) }
      let bits = min(64, count - start)
      return limb & (UInt64.max >> UInt64(64 - bits))
    }
  }
}
