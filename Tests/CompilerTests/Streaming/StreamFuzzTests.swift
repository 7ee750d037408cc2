// Random networks as streaming designs, each layer in a style drawn at random.

import DataflowIR
import FileFormats
import Foundation
import FuzzSupport
import TestSupport
import Testing

@Suite struct StreamFuzzTests {
  /// In a process of its own, so that a precondition that fails on an odd network does not end the other
  /// tests.
  private static func failure(_ engines: [FuzzEngine], _ seeds: Range<UInt64>) async -> String? {
    let report = FileManager.default.temporaryDirectory.path + "/nncc-stream-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: report) }
    await #expect(processExitsWith: .success) {
      [
        report = report as String, names = engines.map(\.rawValue) as [String],
        seeds = seeds as Range<UInt64>
      ] in
      var fuzzer = StreamFuzzer(engines: names.compactMap { FuzzEngine(rawValue: $0) })
      let failure = fuzzer.firstFailure(seeds: seeds)
      // Most networks can be streamed.
      let text = failure ?? (2 * fuzzer.compared > seeds.count ? "" : "refused: \(fuzzer.refused)")
      try writeFileAtomically(report, Array(text.utf8))
    }
    return try? String(contentsOfFile: report, encoding: .utf8)
  }

  @Test func evaluatorsAgree() async {
    #expect(await Self.failure([], 1..<(allTests ? 1001 : 121)) == "")
  }

  /// With and without stalls; without, in the cycles predicted.
  @Test(.enabled(if: isInstalled(.icarus, .icarusRuntime)))
  func hardwareAgrees() async {
    #expect(await Self.failure([.icarus], 1001..<(allTests ? 1101 : 1017)) == "")
  }

  @Test(.enabled(if: allTests && isInstalled(.verilator, .compiler, .make)))
  func verilatorAgrees() async {
    #expect(await Self.failure([.verilator], 2001..<2021) == "")
  }

  @Test func designsAreReadBack() throws {
    for seed in [1000, 1008, 1088, 1107, 1156] as [UInt64] {
      let design = try StreamCase(seed: seed, frameCount: 1, maximumProducts: 3000).design
      #expect(try Design(parsing: design.text) == design, "seed \(seed)")
    }
  }

  /// With one place less in any FIFO the bench sees another latency or interval than predicted.
  @Test(
    .enabled(if: isInstalled(.icarus, .icarusRuntime)),
    arguments: allTests ? [1000, 1005, 1008, 1088] : [1088] as [UInt64])
  func noFIFOHasAPlaceTooMany(seed: UInt64) throws {
    let fuzzer = StreamFuzzer(engines: [.icarus])
    var item = try StreamCase(seed: seed, frameCount: 24, maximumProducts: 3000)
    #expect(try fuzzer.disagreement(item) == nil)
    let design = item.design
    #expect(design.channels.contains { $0.depths.contains { $0 > 1 } })
    for channel in design.channels.indices {
      for (reader, depth) in design.channels[channel].depths.enumerated() where depth > 1 {
        item.design = design
        item.design.channels[channel].depths[reader] -= 1
        let report = try #require(
          try fuzzer.disagreement(item), "\(design.channels[channel].name) \(reader)")
        #expect(
          report.contains("is not as predicted") || report.contains("no progress"), "\(report)")
      }
    }
  }
}
