import Diagnostics
import FileFormats
import SeededRandom
import TestSupport
import Testing

/// Damaged files are read or refused: they do not crash, and take no more memory than they may.
@Suite struct HDF5DamageTests {
  private let sound = hdf5File(
    .group(
      [
        ("g", .group([("0", .floats([1, 2, 3], shape: [3])), ("1", .unwritten(shape: [9]))])),
        ("t", .text("abc")), ("n", .bytes([1], shape: [1])),
      ], attributes: [("names", ["a", "bc"])]))

  /// Everything that can be read of a file.
  private func readAll(_ bytes: [UInt8]) throws {
    let file = try HDF5File(bytes, file: "f.h5")
    var count = 0
    for object in file.objects {
      _ = try? file.strings("names", of: object.path)
      if !object.isGroup, let array = try? file.numbers(object.path) { count += array.bytes.count }
    }
    _ = try? file.strings("names")
    #expect(count <= (32 << 20) + 16 * bytes.count)
  }

  @Test func changedBytes() {
    var random = SeededRandom(seed: 5)
    // Headers matter more than the empty entries of tables.
    let positions = sound.indices.filter { sound[$0] != 0 }
    for _ in 0..<3000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let position =
          Int.random(in: 0...3, using: &random) == 0
          ? Int.random(in: 0...bytes.count - 1, using: &random)
          : positions[Int.random(in: 0...positions.count - 1, using: &random)]
        bytes[position] =
          Int.random(in: 0...2, using: &random) == 0
          ? 0xFF : UInt8(Int.random(in: 0...255, using: &random))
      }
      try? readAll(bytes)
    }
  }

  @Test func shortenedFiles() {
    for length in stride(from: 0, to: sound.count, by: 37) {
      try? readAll(Array(sound.prefix(length)))
    }
  }

  @Test func loopsAreRefused() {
    // The root's first member becomes the root itself: the address of a header stands in its table.
    for position in stride(from: 0, to: sound.count - 8, by: 8) {
      var bytes = sound
      bytes.replaceSubrange(position..<position + 8, with: sound[64..<72])
      try? readAll(bytes)
    }
  }
}
