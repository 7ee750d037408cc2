import DataflowIR
import Foundation
import TestSupport
import Testing

@testable import HLSBackend

/// The emitted bench, run by the emitted Makefile: it must accept what is right and nothing else.
@Suite(
  .enabled(
    if: Oracle.apTypes != nil && Oracle.compiler != nil,
    "needs g++ and the ap_int headers: make test installs them"))
struct BenchTests {
  private let quick = ["CXXFLAGS=-std=c++14 -O0 -w"]

  private func written(_ text: String, _ options: HLSOptions, in folder: String) throws
    -> HLSProject
  {
    let design = try Design(parsing: text)
    let project = try emit(design, options)
    for file in project.files { try write(file.text, to: file.path, in: folder) }
    var random = RandomDesigns(seed: 3)
    try writeVectors(design, project, frames: random.frames(50, for: design), in: folder)
    return project
  }

  @Test func acceptsTheExpectedVectorsAndNoOthers() throws {
    try withTemporaryFolder { folder in
      _ = try written(uniformText, HLSOptions(interface: .axis(width: 16)), in: folder)
      let good = try simulate(folder, quick)
      #expect(good.0 == 0, "\(good.1)")
      #expect(good.1.hasSuffix("{\"frames\": 50, \"mismatches\": 0}\n"))

      let path = folder + "/tb/vectors/expected.hex"
      let expected = try String(contentsOfFile: path, encoding: .utf8)
      let lines = expected.split(separator: "\n").map(String.init)
      func outcome(_ lines: [String]) throws -> (status: Int32, output: String) {
        try write(lines.joined(separator: "\n") + "\n", to: "tb/vectors/expected.hex", in: folder)
        return try runProgram(
          folder + "/hls/build/csim", [folder + "/tb/vectors/stimulus.hex", path])
      }
      var corrupt = lines
      corrupt[7] = corrupt[7] == "0000" ? "0001" : "0000"
      let wrong = try outcome(corrupt)
      #expect(wrong.status == 1)
      #expect(wrong.output.contains("frame 6 beat 0: got \(lines[7]) last, expected \(corrupt[7])"))
      #expect(wrong.output.hasSuffix("{\"frames\": 50, \"mismatches\": 1}\n"))
      #expect(try outcome(lines.dropLast()).status == 2)
      #expect(try outcome(lines + ["0000"]).status == 2)
      #expect(try outcome(["// nothing"]).status == 2)
      #expect(try outcome(lines.map { $0.replacing("0", with: "g") }).status == 2)
      #expect(try outcome(lines.map { $0.hasPrefix("/") ? $0 : "1" + $0 }).status == 2)
      let results = folder + "/results.hex"
      _ = try outcome(lines)
      let limited = try runProgram(
        folder + "/hls/build/csim",
        ["--frames", "3", "--results", results, folder + "/tb/vectors/stimulus.hex", path])
      #expect(limited.output.hasSuffix("{\"frames\": 3, \"mismatches\": 0}\n"))
      #expect(
        try String(contentsOfFile: results, encoding: .utf8)
          == lines[1...3].joined(separator: "\n") + "\n")
    }
  }

  @Test func mutantsOfTheLayersAreCaught() throws {
    try withTemporaryFolder { folder in
      let project = try written(uniformText, HLSOptions(interface: .axis(width: 64)), in: folder)
      let layer = try #require(project.files.first { $0.path == "hls/firmware/hidden.cpp" })
      for (original, mutant) in [
        ("shl<9>(x_0, 2)", "shl<9>(x_0, 1)"),  // a shift off by one
        ("const ap_int<9> acc_0", "const ap_uint<9> acc_0"),  // a sign dropped
        ("sub<9>(shl<9>(x_0, 2), x_1)", "sub<9>(x_1, shl<9>(x_0, 2))"),  // operands swapped
        ("AP_RND_CONV", "AP_TRN"), ("relu(v8)", "v8"),
      ] {
        let text = layer.text.replacing(original, with: mutant)
        #expect(text != layer.text, "\(original) is not there")
        try write(text, to: layer.path, in: folder)
        let result = try simulate(folder, quick)
        #expect(result.0 != 0, "\(mutant) was not caught: \(result.1)")
        #expect(result.1.contains("\"frames\": 50"), "\(mutant): \(result.1)")
      }
      // The weight check sees the first mutant without any expected vector.
      try write(
        layer.text.replacing("shl<9>(x_0, 2)", with: "shl<9>(x_0, 1)"), to: layer.path, in: folder)
      let checked = try simulate(folder, quick + ["WEIGHTS=1"])
      #expect(checked.0 != 0)
      #expect(checked.1.contains("hidden: sum 0 is"))
      try write(layer.text, to: layer.path, in: folder)
      let good = try simulate(folder, quick + ["WEIGHTS=1"])
      #expect(good.0 == 0, "\(good.1)")
    }
  }

  @Test func plainProjectsCompileWithoutWarnings() throws {
    try withTemporaryFolder { folder in
      _ = try written(mixedText, HLSOptions(interface: .plain), in: folder)
      let result = try simulate(folder)
      #expect(result.0 == 0, "\(result.1)")
      #expect(!result.1.contains("warning"), "\(result.1.prefix(2000))")
    }
  }
}
