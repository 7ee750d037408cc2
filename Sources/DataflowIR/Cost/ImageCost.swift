// What modules take that move pixels, and the one that finds the largest element.

import FixedPoint

extension HardwareCost {
  /// `nn_pad`, `nn_crop` or `nn_upsample`, beats of `width` bits, `chunks` of them a pixel.
  public static func image(_ operation: ImageOperation, width: Int, chunks: Int) -> Resources {
    let (rows, columns) = (operation.rows, operation.columns)
    func counters(_ rows: Int, _ columns: Int) -> Resources {
      let count = ceilingLog2(chunks) + ceilingLog2(rows + 1) + ceilingLog2(columns + 1)
      return Resources(lut: 3 * count / 2 + 3, ff: count)
    }
    switch operation.function {
    case .pad: return counters(rows.output, columns.output) + Resources(lut: width, ff: 1)
    case .crop: return counters(rows.input, columns.input)
    case .upsample:
      let words = operation.memoryWords(chunks: chunks)
      let count =
        ceilingLog2(words) + ceilingLog2(chunks) + ceilingLog2(rows.factor)
        + ceilingLog2(columns.factor)
      // What is taken goes past the memory.
      let control = Resources(lut: width + 3 * count / 2 + 4, ff: width + count + 1)
      return control + upsampleMemory(width: width, words: words)
    }
  }

  /// A memory of one address and one port: 64 words in a LUT of each bit, and what joins these is in the
  /// slice.
  private static func upsampleMemory(width: Int, words: Int) -> Resources {
    if words > 64, width * words > 4096 { return MemoryCost.blocks(width: width, depth: words) }
    if words > 32 { return Resources(lut: width << (ceilingLog2(words) - 6)) }
    return Resources(lut: words > 1 ? (width + 1) / 2 : 0, ff: words > 1 ? 0 : width)
  }

  /// `nn_argmax` for vectors of `count` elements; an unrolled tournament is one with all lanes.
  public static func argmax(lanes: Int, element: Int, count: Int) -> Resources {
    let chunks = (count + lanes - 1) / lanes
    let index = indexWidth(count)
    let padding = (lanes - count % lanes) % lanes
    // A comparator chooses the value and its lane.
    var resources = Resources(
      lut: (lanes - 1) * (element * 3 / 2 + 2) + padding * element / 3 + 4,
      ff: 2 * ceilingLog2(lanes) + index + 1)
    var players = lanes
    for level in 0..<ceilingLog2(lanes) {
      resources.ff += players / 2 * (element + level + 1)
      players = (players + 1) / 2
    }
    if chunks > 1 {
      // The largest of the beats before, and which beat this is.
      resources += Resources(
        lut: element / 2 + 2 * index + 3 * ceilingLog2(chunks) / 2,
        ff: element + index + ceilingLog2(chunks) + 1)
    } else {
      // Nobody reads the value of the winner.
      resources.ff -= min(element, resources.ff)
    }
    return resources
  }
}
