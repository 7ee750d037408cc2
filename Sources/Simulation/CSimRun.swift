// One C simulation: the emitted Vitis HLS C++ compiled with g++ and run with its testbench.

import Diagnostics
import FileFormats
import Foundation

struct CSimRun {
  let folder: String
  let options: Simulator.Options

  /// Where `ap_int.h` and `ap_fixed.h` are: `NNCC_AP_TYPES`, else the headers that `make test`
  /// puts below `.venv` of the working folder.
  static func apTypes() throws(Diagnostic) -> String {
    let variable = ProcessInfo.processInfo.environment["NNCC_AP_TYPES"] ?? ""
    let candidates = [variable, ".venv/ap_types/include"].filter { !$0.isEmpty }
    for candidate in candidates
    where FileManager.default.fileExists(atPath: candidate + "/ap_int.h") {
      return absolute(candidate)
    }
    throw .noApTypes(candidates)
  }

  func run() throws(Diagnostic) -> SimulationResult {
    _ = try Tool.compiler.required()
    let make = try Tool.make.required()
    let apTypes = try CSimRun.apTypes()
    let stimulus = absolute(options.stimulus ?? folder + "/tb/vectors/stimulus.hex")
    let expected = absolute(options.expected ?? folder + "/tb/vectors/expected.hex")
    let workspace = try TemporaryFolder("csim")
    return try workspace.use { () throws(Diagnostic) in
      try run(in: workspace, make: make, apTypes: apTypes, stimulus, expected)
    }
  }

  private func run(
    in workspace: TemporaryFolder, make: String, apTypes: String, _ stimulus: String,
    _ expected: String
  ) throws(Diagnostic) -> SimulationResult {
    let binary = workspace.path + "/csim"
    _ = try ChildProcess.run(
      make,
      [
        "-s", "-C", absolute(folder + "/hls"), "AP_TYPES=\(apTypes)", "BUILD=\(workspace.path)",
        "-j", "\(ProcessInfo.processInfo.activeProcessorCount)", binary,
      ], timeout: options.timeout
    ).succeeded(.make, "compiling the HLS C++ with g++")
    var arguments = [stimulus, expected]
    if let frames = options.frames { arguments += ["--frames", "\(frames)"] }
    if let results = options.results { arguments += ["--results", absolute(results)] }
    let result = try ChildProcess.run(binary, arguments, timeout: options.timeout)
    let details = result.errors.split(separator: "\n").map(String.init)
    guard let line = result.output.split(separator: "\n").last(where: { $0.hasPrefix("{") }),
      let field = try? JSONField(parsing: String(line), file: "csim")
    else { throw .noVerdict(.compiler, details) }
    let mismatches = try field.member("mismatches").integer()
    if (mismatches == 0) != (result.status == 0) { throw .noVerdict(.compiler, details) }
    return SimulationResult(
      frames: try field.member("frames").integer(), mismatches: mismatches,
      details: details)
  }
}

extension Diagnostic {
  static func noApTypes(_ searched: [String]) -> Diagnostic {
    Diagnostic(
      id: "simulation.no-ap-types",
      "the headers ap_int.h and ap_fixed.h are not there (searched: "
        + (searched.isEmpty ? "nothing" : searched.joined(separator: ", ")) + ")",
      suggestion: "set NNCC_AP_TYPES to their folder: that of Vitis HLS, or the one make test "
        + "puts into .venv")
  }
}
