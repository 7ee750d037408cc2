import DataflowIR
import FixedPoint
import Foundation
import Simulation
import TestSupport
import Testing
import VerilogBackend

/// The emitted text in the hands of the tools.
@Suite struct EmittedVerilogTests {
  private func sample(
    _ interface: VerilogOptions.Interface, frames count: Int = 50
  ) throws -> EmittedFolder {
    let design = try Design(parsing: sampleText)
    var random = RandomDesigns(seed: 2)
    return try EmittedFolder(
      design, VerilogOptions(interface: interface), frames: random.frames(count, for: design))
  }

  /// All inputs of 8 bits through every rounding and overflow, into narrower and wider formats.
  @Test(
    .enabled(if: isInstalled(.icarus)),
    arguments: [
      (FixedFormat.signed(8, fraction: 4), FixedFormat.signed(4, fraction: 1)),
      (.signed(8, fraction: 4), .unsigned(4, fraction: 1)),
      (.unsigned(8, fraction: 4), .signed(4, fraction: 1)),
      (.unsigned(8, fraction: 4), .unsigned(4, fraction: 2)),
      (.signed(8, fraction: 0), .signed(5, fraction: 2)),
      (.signed(8, fraction: 9), .signed(3, fraction: 0)),
      (.unsigned(8, fraction: 8), .unsigned(1, fraction: 0)),
      (.signed(8, fraction: 4), .signed(1, fraction: 3)),
      (.signed(8, fraction: 2), .signed(12, fraction: 5)),
    ])
  func quantizersAreExact(_ input: FixedFormat, _ format: FixedFormat) throws {
    let design = quantizerDesign(input: input, to: format)
    #expect(design.verify() == [])
    let frames = (input.minimum...input.maximum).map { [$0] }
    let emitted = try EmittedFolder(design, VerilogOptions(interface: .plain), frames: frames)
    #expect(try emitted.lint() == [])
    let result = try emitted.simulate(.icarus)
    #expect(result.mismatches == 0, "\(result.details)")
    #expect(result.frames == frames.count)
  }

  @Test(.enabled(if: isInstalled(.icarus)))
  func theFolderWorksWithoutFlags() throws {
    for interface in [VerilogOptions.Interface.plain, .axis(width: 8)] {
      let emitted = try sample(interface)
      _ = try ChildProcess.run(
        Tool.icarus.required(), ["-o", "sim", "-f", "sample.f", "tb/sample_tb.v"], in: emitted.path)
      let result = try ChildProcess.run(
        Tool.icarusRuntime.required(), ["sim"], in: emitted.path)
      #expect(result.output.hasSuffix("PASS 50 frames\n"), "\(result.output)")
    }
  }

  @Test(.enabled(if: isInstalled(.icarus, .verilator, .yosys, .make)))
  func theMakefileWorks() throws {
    let emitted = try sample(.axis(width: 32))
    let result = try ChildProcess.run(
      Tool.make.required(), ["-s", "sim", "lint", "synth", "FAMILY=ice40"], in: emitted.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("SB_LUT4"))
    // A wrong result makes `make sim` fail.
    try emitted.write("tb/vectors/expected.hex", String(repeating: "7\n", count: 50))
    let wrong = try ChildProcess.run(Tool.make.required(), ["-s", "sim"], in: emitted.path)
    #expect(wrong.status != 0)
  }

  /// Beats of more than 64 bits are arrays in Verilator's C++.
  @Test(.enabled(if: isInstalled(.verilator, .compiler, .make)))
  func wideStreamsMayBeStalled() throws {
    let emitted = try sample(.axis(width: 128))
    let result = try emitted.simulate(.verilator, .init(stallSeed: 1))
    #expect(result.mismatches == 0, "\(result.details)")
  }

  @Test(.enabled(if: isInstalled(.icarus)), arguments: [8, 32, 1024])
  func streamsRunAtFullRate(_ width: Int) throws {
    let emitted = try sample(.axis(width: width))
    let result = try emitted.simulate(.icarus)
    #expect(result.mismatches == 0, "\(result.details)")
    #expect(result.intervalCycles == Double(max(1, 24 / width)))
    for seed in 1...3 {
      #expect(try emitted.simulate(.icarus, .init(stallSeed: seed)).mismatches == 0)
    }
  }

  @Test(
    .enabled(if: isInstalled(.icarus, .verilator, .make, .compiler)),
    arguments: [VerilogOptions.Interface.axis(width: 8), .plain])
  func verilatorSeesWhatIcarusSees(_ interface: VerilogOptions.Interface) throws {
    let emitted = try sample(interface)
    let options = Simulator.Options(stallSeed: 5, results: emitted.path + "/results.hex")
    let fast = try emitted.simulate(.verilator)
    let exact = try emitted.simulate(.icarus)
    #expect(fast == exact)
    #expect(try emitted.simulate(.verilator, options).mismatches == 0)
    let results = try String(contentsOfFile: emitted.path + "/results.hex", encoding: .utf8)
    let expected = try String(
      contentsOfFile: emitted.path + "/tb/vectors/expected.hex", encoding: .utf8)
    #expect(
      try Vectors.frames(in: results, emitted.project.output)
        == Vectors.frames(in: expected, emitted.project.output))
    // One wrong bit in one frame is one mismatch.
    var lines = expected.split(separator: "\n").map(String.init)
    lines[7] = lines[7].hasSuffix("0") ? lines[7].dropLast() + "1" : lines[7].dropLast() + "0"
    try emitted.write("tb/vectors/expected.hex", lines.joined(separator: "\n") + "\n")
    #expect(try emitted.simulate(.verilator).mismatches == 1)
    let found = try emitted.simulate(.icarus)
    #expect(found.mismatches == 1)
    #expect(found.details.first?.contains("FAIL frame 6 ") == true, "\(found.details)")
  }

  /// What an emitter may get wrong, done to its text: each must fail on the vectors.
  @Test(
    .enabled(if: isInstalled(.icarus)),
    arguments: [
      ("rtl/sample_fc1.v", "+ {{2{x0[7]}}, x0}", "+ {{2{x0[7]}}, x1}", "swapped operand"),
      ("rtl/sample_fc1.v", "x0, 1'b0}", "1'b0, x0}", "dropped shift"),
      ("rtl/sample_fc1.v", "{x0[7],", "{1'b0,", "dropped sign extension"),
      ("rtl/sample_fc1.v", "x1, 2'b00}", "x1[6:0], 3'b000}", "shift off by one"),
      ("rtl/sample_fc1.v", "12'sd7", "12'sd6", "constant off by one"),
      ("rtl/sample_fc1.v", "acc_0[11] ?", "1'b0 ?", "no relu"),
      ("rtl/sample_fc1.v", "v2_1} - {", "v2_1} + {", "wrong sign"),
      ("rtl/sample_fc1.v", "valid_2 <= valid_1", "valid_2 <= x_valid", "stage skipped"),
      ("rtl/sample_fc1.v", "8'h80", "8'h00", "wrong table entry"),
      ("rtl/sample_class.v", " < ", " > ", "wrong comparison"),
      ("rtl/sample.v", ".reserve   (issue)", ".reserve   (1'b0)", "results overrun"),
      ("rtl/sample.v", "s_frame[7:0]", "s_frame[8:1]", "lanes shifted"),
    ])
  func mutantsFail(_ file: String, _ find: String, _ put: String, _ what: String) throws {
    let emitted = try sample(.axis(width: 64), frames: 2000)
    let text = try String(contentsOfFile: emitted.path + "/" + file, encoding: .utf8)
    let range = try #require(text.range(of: find), "\(what): '\(find)' is not in \(file)")
    try emitted.write(file, text.replacingCharacters(in: range, with: put))
    #expect(
      try emitted.simulate(.icarus).mismatches > 0
        || emitted.simulate(.icarus, .init(stallSeed: 1)).mismatches > 0, "\(what) survives")
  }
}
