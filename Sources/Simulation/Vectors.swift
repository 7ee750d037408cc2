// Vector files: the words of frames as `$readmemh` reads them, one per line, in hexadecimal.

import Diagnostics
import FixedPoint

/// The text of vector files.
///
/// ```
/// // 2 frames of 2 words of 16 bits
/// 05ff
/// 00e0
/// 0000
/// 0001
/// ```
public enum Vectors {
  /// A file with `frames`, each the integers of `layout`'s elements.
  public static func text(_ frames: [[Int64]], _ layout: FrameLayout) -> String {
    let digits = (layout.wordWidth + 3) / 4
    var bytes = Array(
      "// \(frames.count) frames of \(layout.wordCount) words of \(layout.wordWidth) bits\n".utf8)
    bytes.reserveCapacity(bytes.count + frames.count * layout.wordCount * (digits + 1))
    for frame in frames {
      for word in layout.words(of: frame) {
        for digit in stride(from: digits - 1, through: 0, by: -1) {
          let nibble = word[digit / 16] >> UInt64(digit % 16 * 4) & 15
          bytes.append(hexDigits[Int(nibble)])
        }
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The frames in a vector file.
  public static func frames(
    in text: String, _ layout: FrameLayout, file: String? = nil
  ) throws(Diagnostic) -> [[Int64]] {
    var frames: [[Int64]] = []
    var words: [[UInt64]] = []
    var number = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      if line.isEmpty || line.first == UInt8(ascii: "/") { continue }
      guard let word = word(line, width: layout.wordWidth) else {
        throw .badVector(layout.wordWidth, Location(file: file, line: number))
      }
      words.append(word)
      if words.count == layout.wordCount {
        frames.append(layout.integers(in: words))
        words = []
      }
    }
    if !words.isEmpty { throw .cutVector(layout.wordCount, Location(file: file, line: number)) }
    return frames
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  private static func word(_ line: Substring.UTF8View, width: Int) -> [UInt64]? {
    var word = [UInt64](repeating: 0, count: (width + 63) / 64)
    for (position, character) in line.reversed().enumerated() {
      let nibble: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = character - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = character - UInt8(ascii: "A") + 10
      default: return nil
      }
      if nibble == 0 { continue }
      let topBit = position * 4 + (8 - nibble.leadingZeroBitCount)
      guard topBit <= width else { return nil }
      word[position / 16] |= UInt64(nibble) << UInt64(position % 16 * 4)
    }
    return line.isEmpty ? nil : word
  }
}

extension Diagnostic {
  static func badVector(_ width: Int, _ place: Location) -> Diagnostic {
    Diagnostic(
      id: "vectors.bad-word", at: place, "this is no hexadecimal word of \(width) bits",
      suggestion: "write one word per line, as $readmemh reads it")
  }

  static func cutVector(_ count: Int, _ place: Location) -> Diagnostic {
    Diagnostic(
      id: "vectors.cut-frame", at: place,
      "the file ends within a frame: a frame has \(count) words")
  }
}
