import Exporters
import FileFormats
import GraphIR
import Importers
import SeededRandom
import TestSupport
import Testing

/// Whatever happens to a file: a sound graph or a diagnostic, never a crash.
@Suite struct NNMDamageTests {
  private let bytes: [UInt8]

  init() throws {
    bytes = exportNNM(try Graph(parsing: everyOp))
  }

  private func survives(_ damaged: [UInt8]) {
    do {
      let graph = try importNNM(damaged, file: "x.nnm")
      if !graph.verify().isEmpty { Issue.record("an unsound graph was let in") }
    } catch {
      if error.location.file != "x.nnm" { Issue.record("\(error.rendered)") }
    }
  }

  @Test func everyTruncationIsRefused() {
    for count in bytes.indices {
      if (try? importNNM(Array(bytes[..<count]), file: "x.nnm")) != nil {
        Issue.record("\(count) of \(bytes.count) bytes make a graph")
      }
    }
  }

  @Test func flippedBitsAreSurvived() {
    for index in bytes.indices {
      for bit in allTests ? Array(0..<8) : [index % 8, (index + 3) % 8] {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        survives(damaged)
      }
    }
  }

  @Test func numbersMadeHugeOrNegativeAreSurvived() {
    let digits = bytes.indices.filter {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0])
    }
    for index in digits {
      for text in [
        "99999999999999999999", "9223372036854775807", "-1", "0", "1e308", "1048576", "null",
      ] {
        var header = bytes
        header.replaceSubrange(index...index, with: text.utf8)
        // The header became longer.
        let length = header[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) } + text.utf8.count - 1
        for byte in 0..<8 { header[byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
        survives(header)
      }
    }
  }

  @Test func swappedPiecesAreSurvived() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<1500 {
      var damaged = bytes
      let from = Int.random(in: 8..<bytes.count - 20, using: &random)
      let to = Int.random(in: 8..<bytes.count - 20, using: &random)
      let count = Int.random(in: 1...20, using: &random)
      damaged.replaceSubrange(to..<to + count, with: bytes[from..<from + count])
      survives(damaged)
    }
  }
}
