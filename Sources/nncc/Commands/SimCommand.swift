// nncc sim: an emitted folder in a simulator.

import Compiler
import Diagnostics
import FileFormats
import FixedPoint
import Foundation
import GraphIR
import Importers
import Simulation

enum SimCommand: Command {
  static let spec = CommandSpec(
    name: "sim", summary: "simulate an emitted folder and compare every output bit",
    positionals: [PositionalSpec("DIR", "a folder that nncc compile wrote")],
    options: [
      OptionSpec("--simulator", "NAME", "icarus, verilator (default) or csim (the HLS C++)"),
      OptionSpec("--frames", "N", "only the first N frames"),
      OptionSpec("--data", "SPEC", "the samples of a data set instead of the test vectors"),
      OptionSpec("--input", "X.npy", "raw samples instead of the test vectors"),
      OptionSpec("--output", "Y.npy", "write the results as numbers (also: -o)"),
      OptionSpec("--stall", "random", "random gaps and stalls on both sides"),
      OptionSpec("--seed", "N", "the seed of the stalls (default 1)"),
      OptionSpec("--profile", nil, "what every kernel did (of a design compiled with --profile)"),
    ],
    example: "nncc sim build/model --simulator verilator --data digits --stall random")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let folder = arguments.positionals[0]
    var options = Simulator.Options()
    options.frames = try arguments.integer("--frames", in: 1...Int.max)
    let seed = try arguments.integer("--seed", in: 0...Int(Int32.max)) ?? 1
    if try arguments.choice("--stall", as: Stall.self) == .random { options.stallSeed = seed }
    if arguments.has("--data"), arguments.has("--input") {
      throw UsageError("--data and --input both say what to simulate: choose one")
    }
    let emitted = try EmittedFolder(folder)
    let asked = try arguments.choice("--simulator", as: Simulator.self)
    let simulator = asked ?? (emitted.target == .verilog ? .verilator : .csim)
    guard (simulator == .csim) == (emitted.target == .vitis) else {
      throw UsageError(
        "\(simulator.rawValue) does not simulate a \(emitted.target.rawValue) folder")
    }
    if simulator == .csim, options.stallSeed != nil {
      console.note("note: the C++ has no cycles, so --stall changes nothing")
    }
    if arguments.has("--profile") {
      if simulator != .verilator { throw UsageError("--profile needs --simulator verilator") }
      if options.stallSeed != nil { throw UsageError("--profile is of full rate, without --stall") }
      guard emitted.isProfiled else { throw Diagnostic.notProfiled(folder) }
      options.readsProfile = true
    }
    if let output = arguments.string("--output") { try checkFileReplaceable(output) }
    var labels: [Int]?
    var samples: [[Double]]?
    if let data = arguments.string("--data") {
      let loaded = try SharedOptions.samples(data, limit: options.frames, for: emitted.model)
      (samples, labels) = (loaded.raw, loaded.labels)
    } else if let input = arguments.string("--input") {
      samples = try SharedOptions.samples(npy: input, for: emitted.model)
    }
    let workspace = try TemporaryFolder("sim")
    try workspace.use {
      try simulate(
        emitted, simulator, options, samples, labels, workspace, arguments, console)
    }
  }

  private enum Stall: String, CaseIterable {
    case none, random
  }

  private static func simulate(
    _ emitted: EmittedFolder, _ simulator: Simulator, _ asked: Simulator.Options,
    _ samples: [[Double]]?, _ labels: [Int]?, _ workspace: TemporaryFolder,
    _ arguments: Arguments, _ console: Console
  ) throws {
    var options = asked
    if let samples {
      let host = emitted.host
      let frames = parallelMap(samples.count) { host.frame([samples[$0]]) }
      let expected = parallelMap(samples.count) { host.expected(frames[$0]) }
      options.stimulus = try workspace.write("stimulus.hex", Vectors.text(frames, emitted.input))
      options.expected = try workspace.write("expected.hex", Vectors.text(expected, emitted.output))
    }
    let results = workspace.path + "/results.hex"
    options.results = results
    let result = try Compiler.simulate(
      emitted.path, simulator: simulator, options, SharedOptions.assets(arguments))
    try report(result, results, labels, emitted, arguments, console)
  }

  private static func report(
    _ result: SimulationResult, _ results: String, _ labels: [Int]?, _ emitted: EmittedFolder,
    _ arguments: Arguments, _ console: Console
  ) throws {
    var json = result.json
    var line = "\(result.frames) frames, \(result.mismatches) mismatches"
    if let latency = result.latencyCycles { line += ", latency \(latency) cycles" }
    if let interval = result.intervalCycles { line += ", interval \(fixed(interval, 2)) cycles" }
    if result.mismatches == 0, labels != nil || arguments.has("--output") {
      let text = String(decoding: try readFile(results), as: UTF8.self)
      let outputs = try Vectors.frames(in: text, emitted.output, file: results)
        .map { emitted.host.values($0) }
      if let labels {
        let accuracy = Accuracy(outputs, labels: labels, areProbabilities: false)
        line += ", accuracy \(percent(accuracy.accuracy))"
        if case .object(var object) = json {
          object["accuracy"] = .double(accuracy.accuracy)
          json = .object(object)
        }
      }
      if let output = arguments.string("--output") {
        try SharedOptions.write(outputs, npy: output, asIntegers: false)
      }
    }
    console.print(line)
    if let profile = result.profile {
      console.print(profileText(profile))
      if case .object(var object) = json {
        object["profile"] = profile.json
        json = .object(object)
      }
    }
    console.json(json)
    if let difference = result.timingDifference {
      throw Diagnostic(
        id: "sim.timing", at: Location(file: emitted.path), difference,
        suggestion: "this is a bug in nncc: please report it with the model")
    }
    if result.mismatches > 0 {
      for detail in result.details { console.note(detail) }
      throw Failed()
    }
  }
  /// The table of a profile.
  private static func profileText(_ profile: ProfileReading) -> String {
    var rows = [["kernel", "steps", "starved", "blocked", "busy", "multipliers used"]]
    for kernel in profile.kernels {
      rows.append(
        [kernel.name, "\(kernel.steps)", "\(kernel.starved)", "\(kernel.blocked)"] + [
          percent(profile.utilization(kernel)), profile.usefulShare(kernel).map(percent) ?? "",
        ])
    }
    return "\nsteady state: \(profile.frames) frames in \(profile.cycles) cycles\n" + table(rows)
  }
}

extension Diagnostic {
  static func notProfiled(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "sim.not-profiled", at: Location(file: folder), "this design has no counters",
      suggestion: "compile it with --profile, for streaming hardware")
  }
}
