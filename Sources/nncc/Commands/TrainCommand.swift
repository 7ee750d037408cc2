// nncc train: a recipe and data in, models and a report out.

import Compiler
import Diagnostics
import Exporters
import FileFormats
import Foundation
import GraphIR
import Reports
import Simulation
import Training

enum TrainCommand: Command {
  static let spec = CommandSpec(
    name: "train", summary: "train by a recipe: teacher, pruned, quantized, distilled student",
    positionals: [
      PositionalSpec("RECIPE", "a built-in recipe's name or a .json file", isRequired: false)
    ],
    options: [
      OptionSpec("--data", "SPEC", "digits, mnist:DIR, csv:FILE … (default: the recipe's)"),
      OptionSpec("--output", "OUT.nnm", "where to write the last model (also: -o)"),
      OptionSpec("--run", "DIR", "where to keep models, report and checkpoints (default: OUT.run)"),
      OptionSpec("--resume", nil, "go on with what an interrupted run left in DIR"),
      OptionSpec("--set", "KEY=VALUE", "change a setting of the recipe", repeats: true),
      OptionSpec("--list", nil, "list the built-in recipes"),
      OptionSpec("--show", "RECIPE", "print a recipe as JSON"),
    ],
    example: "nncc train digits-demo -o digits.nnm --set seed=7")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let assets = SharedOptions.assets(arguments)
    if arguments.has("--list") {
      let recipes = try Pipeline.builtInNames.map { try Pipeline.load($0, assets) }
      console.print(table(recipes.map { [$0.name, $0.summary] }))
      console.json(["recipes": JSONValue(recipes.map(\.name))])
      return
    }
    if let name = arguments.string("--show") {
      let recipe = try Pipeline.load(name, overrides: arguments.strings("--set"), assets)
      console.print(recipe.json.pretty)
      console.json(recipe.json)
      return
    }
    guard let source = arguments.positionals.first else { throw UsageError("RECIPE is missing") }
    var overrides = arguments.strings("--set")
    if let data = arguments.string("--data") { overrides.append("data=\(data)") }
    let output = arguments.string("--output")
    if let output { try checkFileReplaceable(output) }
    let pipeline = try Pipeline.load(source, overrides: overrides, assets)
    // First the data: a wrong name must not cost the run that is there.
    let data = try DatasetSpec(pipeline.data).load()
    let folder = try runFolder(arguments, output)
    let result: PipelineResult
    if let folder {
      result = try Compiler.run(
        pipeline, on: data, in: folder, assets, observer: PipelineProgress(console))
    } else {
      let workspace = try TemporaryFolder("train")
      result = try workspace.use {
        try Compiler.run(
          pipeline, on: data, in: workspace.path, assets, observer: PipelineProgress(console))
      }
    }
    try finish(result, output, folder, console)
  }

  /// Where the run is kept; nil when nothing is to be kept. What is there is removed unless it is
  /// resumed.
  private static func runFolder(_ arguments: Arguments, _ output: String?) throws -> String? {
    let beside = output.map { $0.hasSuffix(".nnm") ? String($0.dropLast(4)) + ".run" : $0 + ".run" }
    guard let folder = arguments.string("--run") ?? beside else {
      if arguments.has("--resume") { throw UsageError("--resume needs --run DIR or -o OUT.nnm") }
      return nil
    }
    guard FileManager.default.fileExists(atPath: folder), !arguments.has("--resume") else {
      return folder
    }
    // Only what a run made is removed.
    let isRun = try FileManager.default.contentsOfDirectory(atPath: folder)
      .allSatisfy { runContents.contains($0) }
    guard isRun else { throw Diagnostic.notARun(folder) }
    try FileManager.default.removeItem(atPath: folder)
    return folder
  }

  private static let runContents: Set<String> = [
    "models", "front", "checkpoints", "hardware", "report.html", "report.json", "history.csv",
    "history.json", "tensorboard",
  ]

  private static func finish(
    _ result: PipelineResult, _ output: String?, _ folder: String?, _ console: Console
  ) throws {
    let last = result.models[result.models.count - 1]
    var json: [JSONObject.Member] = [
      .init("recipe", .string(result.report.name)),
      .init("accuracy", .double(last.metrics.accuracy)),
      .init("loss", .double(last.metrics.meanLoss)),
      .init("sparsity", .double(last.summary.sparsity)),
      .init(
        "models",
        .object(
          JSONObject(
            result.models.map { .init($0.name, ["accuracy": .double($0.metrics.accuracy)]) }))),
    ]
    if let comparison = result.report.comparison, result.models.count > 1 {
      console.print(table(comparison.textRows))
      for note in comparison.textNotes { console.print(note) }
    }
    console.print(
      "test accuracy \(percent(last.metrics.accuracy)), loss \(fixed(last.metrics.meanLoss, 4)), "
        + "\(percent(last.summary.sparsity)) of the weights are zero")
    if let output {
      try writeFileAtomically(output, exportNNM(last.graph))
      console.print("wrote \(output)")
      json.append(.init("output", .string(output)))
    }
    if let folder {
      console.print("look at \(folder)/report.html")
      json.append(.init("run", .string(folder)))
    }
    console.json(.object(JSONObject(json)))
    for case .made(let facts) in result.hardware where facts.mismatches > 0 { throw Failed() }
  }

  /// Trains a single network with progress on the console.
  static func train(_ recipe: Recipe, _ console: Console) throws -> TrainedModel {
    let data = try DatasetSpec(recipe.data).load()
    let model = try Training.train(
      recipe, on: data, observer: TrainingProgressBar(console), hardware: AdderCost())
    console.clearBar()
    return model
  }
}

/// Says which model is being made, and follows its training.
private struct PipelineProgress: PipelineObserver {
  let console: Console
  private let bar: TrainingProgressBar

  init(_ console: Console) {
    self.console = console
    bar = TrainingProgressBar(console)
  }

  func willMake(_ model: String, index: Int, of count: Int) {
    if count > 1 { console.note("\(model) (model \(index + 1) of \(count))") }
  }

  func didMake(_ model: MadeModel) {
    console.clearBar()
    console.note("\(model.name): test accuracy \(percent(model.metrics.accuracy))")
  }

  func willDo(_ step: String) { console.note("\(step) …") }

  func didTry(_ model: String, _ outcome: HardwareOutcome) {
    switch outcome {
    case .none(let reason): console.note("\(model): \(reason)")
    case .made(let facts):
      console.note(
        "\(model): \(facts.adders) adders, latency \(facts.latencyCycles) cycles, "
          + "\(facts.mismatches) of \(facts.frames) simulated samples differ")
    }
  }

  func didResume(_ history: [EpochSummary]) { bar.didResume(history) }
  func didProgress(_ progress: TrainingProgress) { bar.didProgress(progress) }
  func didFinish(_ epoch: EpochSummary, seconds: Double) { bar.didFinish(epoch, seconds: seconds) }
}

/// A bar within an epoch, a line behind it.
struct TrainingProgressBar: TrainingObserver {
  let console: Console

  init(_ console: Console) {
    self.console = console
  }

  func didResume(_ history: [EpochSummary]) {
    guard let last = history.last else { return }
    console.note("goes on behind \(last.stage) \(last.epoch)/\(last.epochCount)")
  }

  func didProgress(_ progress: TrainingProgress) {
    let share = Double(progress.step) / Double(max(progress.stepCount, 1))
    console.progress(
      share,
      "\(progress.stageName) \(progress.epoch)/\(progress.epochCount)  loss "
        + "\(fixed(progress.loss, 4))  accuracy \(percent(progress.accuracy))  "
        + "\(Int(progress.samplesPerSecond)) samples/s  \(Int(progress.secondsLeft)) s left")
  }

  func didFinish(_ epoch: EpochSummary, seconds: Double) {
    var line = "\(epoch.stage) \(epoch.epoch)/\(epoch.epochCount)  loss \(fixed(epoch.loss, 4))"
    line += "  accuracy \(percent(epoch.accuracy))"
    if let accuracy = epoch.validationAccuracy { line += "  validation \(percent(accuracy))" }
    if epoch.sparsity > 0 { line += "  pruned \(percent(epoch.sparsity))" }
    if let cost = epoch.cost { line += "  cost \(fixed(cost, 0))" }
    console.note(line + "  \(fixed(seconds, 1)) s")
  }
}

extension Diagnostic {
  static func notARun(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "run.not-a-run", at: Location(file: folder),
      "the folder holds other files than those of a run, and will not be removed",
      suggestion: "name another folder with --run")
  }
}
