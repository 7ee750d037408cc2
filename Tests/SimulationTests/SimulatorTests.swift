import FileFormats
import Foundation
import TestSupport
import Testing

@testable import Simulation

/// A folder as `compile` writes it, of one register without any network.
private func writeProject(_ folder: String) throws {
  for name in ["rtl", "tb", "tb/vectors"] { mkdir(folder + "/" + name, 0o777) }
  for (path, text) in [
    ("net.f", "rtl/net.v\n"), ("rtl/net.v", "module net; endmodule\n"),
    (
      "tb/net_tb.v",
      "module net_tb;\n  parameter FRAMES = 2;\n  initial $display(\"hello\");\nendmodule\n"
    ),
    ("tb/vectors/stimulus.hex", "// two\n0\n1\n"), ("tb/vectors/expected.hex", "// two\n0\n1\n"),
  ] { try writeFileAtomically(folder + "/" + path, Array(text.utf8)) }
}

@Suite struct SimulatorTests {
  @Test func whatIsNoProjectIsRefused() throws {
    try withTemporaryFolder { folder in
      #expect(difference(from: "simulation.not-emitted") { try EmittedProject(folder) } == nil)
      #expect(
        difference(from: "simulation.not-emitted") { try EmittedProject(folder + "/no") } == nil)
      try writeProject(folder)
      let project = try EmittedProject(folder)
      #expect(project.top == "net")
      #expect(project.files == ["rtl/net.v"])
      for path in ["rtl/net.v", "tb/net_tb.v"] {
        try FileManager.default.moveItem(atPath: folder + "/" + path, toPath: folder + "/aside")
        #expect(difference(from: "simulation.not-emitted") { try EmittedProject(folder) } == nil)
        try FileManager.default.moveItem(atPath: folder + "/aside", toPath: folder + "/" + path)
      }
      try writeFileAtomically(folder + "/second.f", [])
      #expect(difference(from: "simulation.not-emitted") { try EmittedProject(folder) } == nil)
    }
  }

  @Test(.enabled(if: Tool.icarus.find() != nil && Tool.icarusRuntime.find() != nil, "needs Icarus"))
  func simulationsWithoutVerdictAreNoSuccess() throws {
    try withTemporaryFolder { folder in
      try writeProject(folder)
      func run(_ options: Simulator.Options = .init()) throws -> SimulationResult {
        try Simulator.icarus.run(folder, options, harness: "")
      }
      #expect(difference(from: "simulation.no-verdict") { try run() } == nil)
      #expect(
        difference(
          from: "simulation.too-few-frames", message: "the vector file holds 2 frames, not 3"
        ) { try run(Simulator.Options(frames: 3)) } == nil)
      #expect(
        difference(from: "simulation.no-vectors") {
          try run(Simulator.Options(stimulus: folder + "/none.hex"))
        } == nil)
      try writeFileAtomically(folder + "/rtl/net.v", Array("module net; oops\n".utf8))
      #expect(
        difference(from: "tool.failed", message: "'iverilog' failed while compiling net") {
          try run()
        } == nil)
    }
  }

  @Test func toolsAreFoundInThePath() throws {
    try withTemporaryFolder { folder in
      #expect(Tool.yosys.find(path: folder) == nil)
      #expect(Tool.yosys.find(path: nil) == nil)
      mkdir(folder + "/yosys", 0o777)
      #expect(Tool.yosys.find(path: folder) == nil, "a folder is no program")
      mkdir(folder + "/bin", 0o777)
      try writeFileAtomically(folder + "/bin/yosys", Array("#!/bin/sh\n".utf8))
      chmod(folder + "/bin/yosys", 0o644)
      #expect(Tool.yosys.find(path: folder + "/bin") == nil, "it may not be run")
      chmod(folder + "/bin/yosys", 0o755)
      #expect(
        Tool.yosys.find(path: "/nonexistent:\(folder):\(folder)/bin") == folder + "/bin/yosys")
    }
  }
}

@Suite struct SynthesizerTests {
  @Test func cellsAreCounted() throws {
    let text = """
      banner { not JSON
      """
    #expect(difference(from: "simulation.no-verdict") { try Synthesizer.count(text) } == nil)
    #expect(difference(from: "simulation.no-verdict") { try Synthesizer.count("") } == nil)
    let report = """
      1. Printing statistics.
      {"design": {"num_cells_by_type": {"LUT6": 3, "LUT2": 2, "FDRE": 7, "FDSE": 1, "CARRY4": 5,
        "DSP48E1": 1, "RAMB36E1": 2, "RAM64M": 1, "IBUF": 9, "SB_DFFSR": 2, "SB_LUT4": 4}}}
      end
      """
    let count = try Synthesizer.count(report)
    #expect(count.lut == 3 + 2 + 4 + 4)
    #expect(count.ff == 7 + 1 + 2)
    #expect(count.carry == 5)
    #expect(count.dsp == 1)
    #expect(count.bram == 2)
    #expect(count.json.compact == #"{"lut":13,"ff":10,"carry":5,"dsp":1,"bram":2}"#)
  }
}
