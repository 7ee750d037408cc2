import Foundation
import Simulation
import TestSupport
import Testing

/// `sim` of a streaming design compares its cycles with those that `compile` predicted.
@Suite struct TimingCommandTests {
  @Test(.enabled(if: Tool.verilator.find() != nil, "needs Verilator"))
  func cyclesThatDifferAreAFailure() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      let compiled = try nncc(
        "compile tiny.nnir --strategy folded --interval 40 --vectors 24 -o p", in: folder)
      #expect(compiled.status == 0, "\(compiled.errors)")
      let benches = try FileManager.default.contentsOfDirectory(atPath: folder + "/p/tb")
      let bench = folder + "/p/tb/" + (try #require(benches.first { $0.hasSuffix("_tb.v") }))
      let text = try String(contentsOfFile: bench, encoding: .utf8)
      let altered = text.replacing(/localparam LATENCY = (\d+);/) { match in
        "localparam LATENCY = \(Int(match.1)! + 1);"
      }
      #expect(altered != text)
      try write(altered, to: bench)
      let run = try nncc("sim p --simulator verilator", in: folder)
      #expect(run.status == 1 && run.ids == ["sim.timing"], "\(run.errors)")
    }
  }
}
