// nncc demo: everything once, on the built-in digits.

import Assets
import Compiler
import Diagnostics
import Exporters
import FileFormats
import Foundation
import GraphIR
import Reports
import Simulation
import Synchronization
import Training

enum DemoCommand: Command {
  static let spec = CommandSpec(
    name: "demo",
    summary: "train, prune, quantize, compile, simulate and report, on the built-in digits",
    positionals: [],
    options: [
      OptionSpec("--output", "DIR", "where to write (also: -o; default nncc-demo)"),
      OptionSpec("--recipe", "NAME", "the recipe (default digits-demo)"),
      OptionSpec("--data", "SPEC", "the data (default: the recipe's)"),
      OptionSpec("--frames", "N", "how many test images to simulate (default 500)"),
    ],
    example: "nncc demo -o nncc-demo")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let folder = arguments.string("--output") ?? "nncc-demo"
    let limit = try arguments.integer("--frames", in: 1...Int.max) ?? 500
    let overrides = arguments.string("--data").map { ["data=\($0)"] } ?? []
    let recipe = try Recipe.load(
      arguments.string("--recipe") ?? "digits-demo", overrides: overrides)
    for part in ["verilog", "hls"] { try ArtifactFolder.checkReplaceable("\(folder)/\(part)") }
    var demo = Demo(
      folder: folder, recipe: recipe, limit: limit, assets: SharedOptions.assets(arguments),
      console: console)
    try demo.run()
    console.json(.object(JSONObject(demo.facts)))
  }
}

/// The steps of the demo and what they found.
private struct Demo {
  let folder: String
  let recipe: Recipe
  let limit: Int
  let assets: Assets
  let console: Console
  var facts: [JSONObject.Member] = []
  private var step = 0

  init(folder: String, recipe: Recipe, limit: Int, assets: Assets, console: Console) {
    self.folder = folder
    self.recipe = recipe
    self.limit = limit
    self.assets = assets
    self.console = console
  }

  mutating func run() throws {
    heading("train: \(recipe.summary)")
    let trained = try TrainCommand.train(recipe, console)
    let model = trained.graph()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try writeFileAtomically("\(folder)/model.nnm", exportNNM(model))
    console.print(
      "   test accuracy \(percent(trained.testAccuracy)), \(percent(trained.sparsity)) of the "
        + "weights pruned; wrote \(folder)/model.nnm")
    facts.append(.init("accuracy", .double(trained.testAccuracy)))

    heading("compile to Verilog and to Vitis HLS C++")
    let compilation = try compile(model, CompileOptions())
    try write(compilation)
    console.print(table(DesignReport(compilation.design, clock: 5).rows).indented)

    let data = try SharedOptions.samples(recipe.data, limit: limit, for: model)
    heading("simulate \(data.raw.count) test images and compare every bit")
    let synthesis = BackgroundSynthesis("\(folder)/verilog")
    // Ctrl-C ends Yosys too, which takes a moment.
    defer { if Interruption.isPending { synthesis.end() } }
    try simulateAll(compilation, data.raw, data.labels)
    heading("synthesize with Yosys (Xilinx UltraScale+)")
    switch synthesis.wait() {
    case .success(let count):
      console.print(
        "   \(count.lut) LUTs, \(count.ff) flip-flops, \(count.carry) carries, \(count.dsp) DSPs, "
          + "\(count.bram) block RAMs")
      facts.append(.init("resources", count.json))
    case .failure(let diagnostic): console.note("   skipped: \(diagnostic.rendered)")
    }
    console.print(
      """

      look at:  \(folder)/verilog/rtl/        the hardware, a module per layer
                \(folder)/hls/hls/firmware/   the same in C++
      go on:    nncc inspect \(folder)/model.nnm
                nncc sim \(folder)/verilog --simulator icarus --stall random --frames 20
      """)
  }

  private func write(_ compilation: Compilation) throws {
    try compilation.artifacts(assets).folder.write(to: "\(folder)/verilog")
    let vitis = try compile(compilation.model, DemoOptions.vitis)
    try vitis.artifacts(assets).folder.write(to: "\(folder)/hls")
  }

  private mutating func simulateAll(
    _ compilation: Compilation, _ samples: [[Double]], _ labels: [Int]
  ) throws {
    let workspace = try TemporaryFolder("demo")
    try workspace.use { try simulateAll(compilation, samples, labels, in: workspace) }
  }

  private mutating func simulateAll(
    _ compilation: Compilation, _ samples: [[Double]], _ labels: [Int],
    in workspace: TemporaryFolder
  ) throws {
    let emitted = try EmittedFolder("\(folder)/verilog")
    let host = compilation.host
    let frames = parallelMap(samples.count) { host.frame([samples[$0]]) }
    let expected = parallelMap(samples.count) { host.expected(frames[$0]) }
    let classes = expected.map { host.values($0) }
    let exact = Accuracy(classes, labels: labels, areProbabilities: false)
    console.print("   exact integers       accuracy \(percent(exact.accuracy))")
    let runs: [(name: String, folder: String, simulator: Simulator, stall: Int?, count: Int)] = [
      ("Verilog, Verilator  ", "verilog", .verilator, nil, samples.count),
      ("Verilog, Icarus     ", "verilog", .icarus, 1, min(samples.count, 20)),
      ("HLS C++, g++        ", "hls", .csim, nil, samples.count),
    ]
    for run in runs {
      var options = Simulator.Options(frames: run.count, stallSeed: run.stall)
      options.stimulus = try workspace.write("stimulus.hex", Vectors.text(frames, emitted.input))
      options.expected = try workspace.write("expected.hex", Vectors.text(expected, emitted.output))
      options.results = workspace.path + "/results.hex"
      let start = Date()
      do {
        let result = try simulate(
          "\(folder)/\(run.folder)", simulator: run.simulator, options, assets)
        let text = String(decoding: try readFile(options.results!), as: UTF8.self)
        let outputs = try Vectors.frames(in: text, emitted.output).map { host.values($0) }
        let accuracy = Accuracy(
          outputs, labels: Array(labels.prefix(run.count)), areProbabilities: false)
        let stalls = run.stall == nil ? "" : ", with random stalls"
        console.print(
          "   \(run.name) accuracy \(percent(accuracy.accuracy)), \(result.mismatches) of "
            + "\(result.frames) images differ\(stalls)  (\(fixed(-start.timeIntervalSinceNow, 1)) s)"
        )
        facts.append(.init("\(run.simulator.rawValue)_mismatches", JSONValue(result.mismatches)))
        if result.mismatches > 0 { throw Failed() }
      } catch let diagnostic as Diagnostic
        where ["tool.missing", "simulation.no-ap-types"].contains(diagnostic.id)
      {
        console.note("   \(run.name) skipped: \(diagnostic.rendered)")
      }
    }
  }

  private mutating func heading(_ text: String) {
    step += 1
    console.print((step > 1 ? "\n" : "") + "\(step). \(text)")
  }
}

private enum DemoOptions {
  static var vitis: CompileOptions {
    var options = CompileOptions()
    options.target = .vitis
    return options
  }
}

/// Yosys beside the simulations: it uses one core for a minute or two.
private final class BackgroundSynthesis: Sendable {
  private let result = Mutex<Result<ResourceCount, Diagnostic>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  init(_ folder: String) {
    Thread.detachNewThread { [self] in
      let outcome = Result { () throws(Diagnostic) in
        try Synthesizer.run(try EmittedProject(folder))
      }
      result.withLock { $0 = outcome }
      done.signal()
    }
  }

  func wait() -> Result<ResourceCount, Diagnostic> {
    done.wait()
    return result.withLock { $0! }
  }

  /// Waits unless somebody has.
  func end() {
    if result.withLock({ $0 == nil }) { done.wait() }
  }
}

extension String {
  /// Every line three columns to the right.
  fileprivate var indented: String {
    split(separator: "\n").map { "   " + $0 }.joined(separator: "\n")
  }
}
