import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Simulation

/// A folder like an emitted one, around a module of a few lines.
private func writeProject(_ folder: String) throws {
  let files = [
    ("inverter.f", "rtl/inverter.v\n"),
    (
      "rtl/inverter.v",
      """
      module inverter (
        input  wire clk, rst, x_valid, input wire [3:0] x_data,
        output reg y_valid, output reg [3:0] y_data
      );
        always @(posedge clk) begin
          y_data  <= ~x_data;
          y_valid <= x_valid;
          if (rst) y_valid <= 1'b0;
        end
      endmodule

      """
    ),
    ("tb/inverter_tb.v", "// .clk (clk)\n"),
    ("tb/vectors/stimulus.hex", "0\n5\n"),
    ("tb/vectors/expected.hex", "f\na\n"),
  ]
  for (path, text) in files {
    let file = URL(fileURLWithPath: folder + "/" + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
}

@Suite struct EmittedProjectTests {
  @Test func foldersOfOtherKindsAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(difference(from: "simulation.not-emitted") { try EmittedProject(folder) } == nil)
    }
    #expect(difference(from: "simulation.not-emitted") { try EmittedProject("/nowhere") } == nil)
  }

  @Test(.enabled(if: Tool.icarus.find() != nil))
  func vectorsMustBeThere() throws {
    try withTemporaryFolder { folder in
      try writeProject(folder)
      #expect(
        difference(from: "simulation.no-vectors") {
          try Simulator.icarus.run(folder, .init(stimulus: folder + "/none.hex"), harness: "")
        } == nil)
      #expect(
        difference(from: "simulation.too-few-frames") {
          try Simulator.icarus.run(folder, .init(frames: 3), harness: "")
        } == nil)
    }
  }

  @Test func aBenchWithoutAVerdictIsNoPass() throws {
    try withTemporaryFolder { folder in
      try writeProject(folder)
      let run = IcarusRun(project: try EmittedProject(folder), options: .init())
      for output in ["", "PASS 2 frames\n", "latency 1 cycles, interval 1 cycles\nPASS 3 frames\n"]
      {
        let result = ChildProcess(status: 0, output: output, errors: "")
        #expect(
          difference(from: "simulation.no-verdict") {
            try run.verdict(result, frames: 2)
          } == nil)
      }
      let failed = ChildProcess(status: 0, output: "FAIL frame 1\nPASS 2 frames\n", errors: "")
      #expect(try run.verdict(failed, frames: 2).mismatches == 1)
    }
  }

  @Test(.enabled(if: Tool.yosys.find() != nil), arguments: Synthesizer.Family.allCases)
  func yosysCountsResources(_ family: Synthesizer.Family) throws {
    try withTemporaryFolder { folder in
      try writeProject(folder)
      let count = try Synthesizer.run(EmittedProject(folder), family: family)
      #expect(count.ff == 5)
      #expect(count.dsp == 0 && count.bram == 0 && count.carry == 0)
      #expect((0...4).contains(count.lut))
    }
  }
}
