// One simulation with Verilator: built for the folder, then thousands of frames back to back.

import Diagnostics
import FileFormats
import Foundation

struct VerilatorRun {
  let project: EmittedProject
  let options: Simulator.Options
  /// The text of sim/verilator_main.cpp.
  let harness: String

  func run() throws(Diagnostic) -> SimulationResult {
    let verilator = try Tool.verilator.required()
    let make = try Tool.make.required()
    _ = try Tool.compiler.required()
    let stimulus = absolute(options.stimulus ?? project.stimulus)
    let expected = absolute(options.expected ?? project.expected)
    let found = try countWords(stimulus) / project.inputWords
    let frames = options.frames ?? found
    if found < frames { throw .tooFewFrames(stimulus, asked: frames, found: found) }

    let workspace = try TemporaryFolder("verilator")
    let result = try workspace.use { () throws(Diagnostic) in
      let program = try build(in: workspace, verilator: verilator, make: make)
      var arguments = [
        stimulus, expected, "\(project.inputWords)", "\(project.outputWords)", "--frames",
        "\(frames)",
      ]
      if let seed = options.stallSeed { arguments += ["--stall", "\(seed)"] }
      if let results = options.results { arguments += ["--results", absolute(results)] }
      if let timing = project.timing {
        arguments += ["--patience", "\(16 * (timing.latency + timing.interval))"]
        arguments += ["--interval", "\(timing.interval)", "--settled", "\(timing.settledFrame)"]
      }
      // Memories are read relative to the project's folder.
      return try ChildProcess.run(
        program, arguments, in: project.folder, timeout: options.timeout)
    }
    return try verdict(result)
  }

  /// Builds the model with its harness; returns the program.
  private func build(
    in workspace: TemporaryFolder, verilator: String, make: String
  ) throws(Diagnostic) -> String {
    let model = options.model.map(absolute) ?? workspace.path + "/model"
    let program = model + "/Vtop"
    if FileManager.default.isExecutableFile(atPath: program) { return program }
    let main = try workspace.write("main.cpp", harness)
    if !project.weights.isEmpty {
      _ = try workspace.write(
        "weight_ports.inc",
        project.weights.map { "NNCC_WEIGHTS(\($0.port), \"\($0.vectors)\", \($0.repeats))\n" }
          .joined())
    }
    _ = try ChildProcess.run(
      verilator,
      [
        "--cc", "--exe", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert",
        // Large files, because each includes a header that names every net; small functions, because
        // the C++ compiler takes more than linear time for large ones.
        "--output-split", "100000", "--output-split-cfuncs", "500", "--prefix", "Vtop",
        "--top-module", project.top, "--Mdir", model,
        "-CFLAGS", defines, "-f", project.top + ".f", main,
      ], in: project.folder, timeout: options.timeout
    ).succeeded(.verilator, "reading \(project.top)")
    _ = try ChildProcess.run(
      make,
      [
        "-s", "-C", model, "-f", "Vtop.mk", "-j", "\(ProcessInfo.processInfo.activeProcessorCount)",
        // More optimization costs more than it saves below some hundred thousand frames.
        "OPT_FAST=-O1", "OPT_SLOW=-O0", "OPT_GLOBAL=-O0",
      ], timeout: options.timeout
    ).succeeded(.make, "building the model of \(project.top)")
    return program
  }

  private var isProfiled: Bool { options.readsProfile && project.profiledKernels != nil }

  private var defines: String {
    switch project.interface {
    case .axis:
      "-DNNCC_AXIS" + (isProfiled ? " -DNNCC_PROFILE=\(project.profiledKernels ?? 0)" : "")
    case .plain(let isClocked): isClocked ? "-DNNCC_PLAIN -DNNCC_CLOCKED" : "-DNNCC_PLAIN"
    }
  }

  private func verdict(_ result: ChildProcess) throws(Diagnostic) -> SimulationResult {
    let details = result.errors.split(separator: "\n").map(String.init)
    guard let line = result.output.split(separator: "\n").last(where: { $0.hasPrefix("{") }),
      let field = try? JSONField(parsing: String(line), file: "Vtop")
    else { throw .noVerdict(.verilator, details) }
    var verdict = SimulationResult(
      frames: try field.member("frames").integer(),
      mismatches: try field.member("mismatches").integer(),
      latencyCycles: try field.member("latency_cycles").integer(),
      intervalCycles: try field.member("interval_cycles").double(), details: details)
    if options.stallSeed == nil, verdict.mismatches == 0, let latency = verdict.latencyCycles {
      verdict.timingDifference = project.timing?.difference(
        latency: latency, lastCycle: try field.member("last_cycle").integer(),
        frames: verdict.frames)
    }
    if isProfiled, verdict.mismatches == 0 {
      guard let printed = try field.optionalMember("profile") else {
        throw .tooFewFramesToProfile(project.folder, frames: verdict.frames)
      }
      verdict.profile = try ProfileReading(printed, in: project.folder)
    }
    return verdict
  }
}
