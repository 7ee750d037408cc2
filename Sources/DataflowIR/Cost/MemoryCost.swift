// What memories take: block RAMs and their shapes, LUT RAMs, tables of LUTs.

import FixedPoint

/// Memories of `width` bits by `depth` words.
public enum MemoryCost {
  /// The shapes of a RAMB18 with one port to read and one to write: bits by words.
  static let shapes = [(36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384)]

  /// Block RAMs of 18 Kb, with columns of different shapes side by side where that saves some.
  ///
  /// 40 x 512 is a column of 36 x 512 and one of 4 x 4096: 2 blocks.
  public static func blockRAMs(width: Int, depth: Int) -> Int {
    blocks(width: width, depth: depth).bram18
  }

  /// The same with what chooses among blocks on top of each other: a LUT per bit for each but the
  /// first, and the address of the block.
  static func blocks(width: Int, depth: Int) -> Resources {
    if width <= 0 || depth <= 0 { return .zero }
    let columns = shapes.map { shape -> (bits: Int, banks: Int) in
      (shape.0, (depth + shape.1 - 1) / shape.1)
    }
    // Wide words: columns of the shape with most bits per block, as many as are certain to be in the best
    // arrangement, so that the rest is narrow.
    let densest = columns.max {
      ($0.bits * $1.banks, $1.banks) < ($1.bits * $0.banks, $0.banks)
    }!
    let certain = max(width - 144, 0) / densest.bits
    let rest = width - certain * densest.bits
    // The fewest blocks for the first bits of the word.
    var least = [Resources.zero]
    for bits in 1...rest {
      least.append(
        columns.map { shape -> Resources in
          let before = max(bits - shape.bits, 0)
          var column =
            least[before]
            + Resources(lut: (bits - before) * (shape.banks - 1), bram18: shape.banks)
          column.ff = max(least[before].ff, ceilingLog2(shape.banks))
          return column
        }.min { ($0.bram18, $0.lut) < ($1.bram18, $1.lut) }!)
    }
    var resources = least[rest]
    resources.bram18 += certain * densest.banks
    resources.lut += certain * densest.bits * (densest.banks - 1)
    if certain > 0 { resources.ff = max(resources.ff, ceilingLog2(densest.banks)) }
    return resources
  }

  /// A memory that is written in one place and read in another in the same cycle, in LUTs: in 8 LUTs
  /// stand 14 bits of 32 words, or 7 bits of 64; deeper ones are several with multiplexers.
  public static func lutRAM(width: Int, depth: Int) -> Int {
    if width <= 0 || depth <= 1 { return 0 }
    if depth <= 32 { return 8 * ((width + 13) / 14) }
    let banks = (depth + 63) / 64
    return banks * 8 * ((width + 6) / 7) + width * multiplexer(banks) + (banks > 1 ? banks : 0)
  }

  /// A memory of one address, read and then written: in 8 LUTs stand 16 bits of 32 words, or 8 bits
  /// of 64.
  public static func lutRAMOfOneAddress(width: Int, depth: Int) -> Int {
    if width <= 0 || depth < 1 { return 0 }
    if depth <= 32 { return (width + 1) / 2 }
    let banks = (depth + 63) / 64
    return width * (banks + multiplexer(banks)) + (banks > 1 ? banks : 0)
  }

  /// Constant words in LUTs: 64 bits each; what joins them, up to 256 words, is in the slice.
  public static func lutROM(width: Int, depth: Int) -> Int {
    if width <= 0 || depth <= 1 { return 0 }
    let tables = (depth + 63) / 64
    return width * (tables + multiplexer((tables + 3) / 4))
  }

  /// LUTs per bit to choose among `inputs`: one for four of them, on every level.
  static func multiplexer(_ inputs: Int) -> Int {
    var (luts, rest) = (0, inputs)
    while rest > 1 {
      rest = (rest + 3) / 4
      luts += rest
    }
    return luts
  }
}
