import Compiler
import FileFormats
import Foundation
import FuzzSupport
import Simulation
import TestSupport
import Testing

/// Random networks through every engine that is installed.
@Suite struct DifferentialTests {
  private static let engines: [FuzzEngine] = FuzzEngine.allCases.filter {
    switch $0 {
    case .icarus: isInstalled(.icarus, .icarusRuntime)
    case .verilator: isInstalled(.verilator, .compiler, .make)
    case .csim: isInstalled(.compiler, .make) && Oracle.apTypes != nil
    }
  }

  /// Each engine is built once for a batch. In a process of its own, so that a precondition that
  /// fails on an odd network does not end the other tests.
  @Test(.enabled(if: !engines.isEmpty, "needs a simulator"))
  func enginesAgreeOnRandomNetworks() async throws {
    let report = FileManager.default.temporaryDirectory.path + "/nncc-fuzz-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: report) }
    await #expect(processExitsWith: .success) { [report = report as String] in
      // g++ reads the vendor's headers for every layer: few networks, unless all tests run.
      let plans: [(engines: [FuzzEngine], seeds: Range<UInt64>)] = [
        (DifferentialTests.engines.filter { $0 != .csim }, 1..<(allTests ? 241 : 25)),
        (DifferentialTests.engines.filter { $0 == .csim }, 1..<(allTests ? 241 : 5)),
      ]
      for (engines, seeds) in plans where !engines.isEmpty {
        let fuzzer = Fuzzer(engines: engines, batch: 24, maximumProducts: 60)
        if let failure = fuzzer.firstFailure(seeds: seeds) {
          try writeFileAtomically(report, Array(failure.utf8))
          return
        }
      }
    }
    let failure = try? String(contentsOfFile: report, encoding: .utf8)
    #expect(failure == nil)
  }

  /// An engine that gives one wrong bit is not overlooked.
  @Test(.enabled(if: engines.contains(.icarus), "needs Icarus Verilog"))
  func oneWrongBitIsADisagreement() throws {
    let run = DifferentialRun(engines: [.icarus])
    var item = try FuzzCase(seed: 1, frameCount: 4, maximumProducts: 60)
    #expect(try run.disagreement([item]) == nil)
    let formats = item.compilation.host.outputFormats
    let element = try #require(formats.firstIndex { $0.width > 0 })
    let value = item.expected[2][element]
    item.expected[2][element] = value == formats[element].minimum ? value + 1 : value - 1
    let report = try #require(try run.disagreement([item]))
    #expect(report.hasPrefix("icarus: FAIL"), "\(report)")
  }

  @Test func casesDependOnTheirSeedOnly() throws {
    let first = try FuzzCase(seed: 9, frameCount: 4, maximumProducts: 60)
    let second = try FuzzCase(seed: 9, frameCount: 4, maximumProducts: 60)
    #expect(first.network == second.network)
    #expect(first.frames == second.frames)
    #expect(first.compilation.design.text == second.compilation.design.text)
    #expect(try FuzzCase(seed: 10, frameCount: 4, maximumProducts: 60).network != first.network)
  }
}
