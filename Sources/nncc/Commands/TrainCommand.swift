// nncc train: a recipe and data in, a model out.

import Diagnostics
import Exporters
import FileFormats
import GraphIR
import Training

enum TrainCommand: Command {
  static let spec = CommandSpec(
    name: "train", summary: "train a network by a recipe: float, pruned, quantized",
    positionals: [
      PositionalSpec("RECIPE", "a built-in recipe's name or a .json file", isRequired: false)
    ],
    options: [
      OptionSpec("--data", "SPEC", "digits, mnist:DIR or fashion:DIR (default: the recipe's)"),
      OptionSpec("--output", "OUT.nnm", "where to write the model (also: -o)"),
      OptionSpec("--set", "KEY=VALUE", "change a setting of the recipe", repeats: true),
      OptionSpec("--list", nil, "list the built-in recipes"),
      OptionSpec("--show", "RECIPE", "print a recipe as JSON"),
    ],
    example: "nncc train digits-demo -o digits.nnm --set seed=7")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    if arguments.has("--list") {
      let recipes = try Pipeline.builtInNames.map { try Recipe.load($0) }
      console.print(table(recipes.map { [$0.name, $0.summary] }))
      console.json(["recipes": JSONValue(recipes.map(\.name))])
      return
    }
    if let name = arguments.string("--show") {
      let recipe = try Recipe.load(name, overrides: arguments.strings("--set"))
      console.print(recipe.json.pretty)
      console.json(recipe.json)
      return
    }
    guard let source = arguments.positionals.first else { throw UsageError("RECIPE is missing") }
    var overrides = arguments.strings("--set")
    if let data = arguments.string("--data") { overrides.append("data=\(data)") }
    if let output = arguments.string("--output") { try checkFileReplaceable(output) }
    let recipe = try Recipe.load(source, overrides: overrides)
    let model = try train(recipe, console)
    var json: [JSONObject.Member] = [
      .init("recipe", .string(recipe.name)), .init("accuracy", .double(model.testAccuracy)),
      .init("loss", .double(model.testLoss)), .init("sparsity", .double(model.sparsity)),
    ]
    console.print(
      "test accuracy \(percent(model.testAccuracy)), loss \(fixed(model.testLoss, 4)), "
        + "\(percent(model.sparsity)) of the weights pruned")
    if let output = arguments.string("--output") {
      try writeFileAtomically(output, exportNNM(model.graph()))
      console.print("wrote \(output)")
      json.append(.init("output", .string(output)))
    }
    console.json(.object(JSONObject(json)))
  }

  /// Trains with progress on the console.
  static func train(_ recipe: Recipe, _ console: Console) throws -> TrainedModel {
    let data = try DatasetSpec(recipe.data).load()
    let model = try Training.train(recipe, on: data, observer: TrainingProgressBar(console))
    console.clearBar()
    return model
  }
}

/// A bar within an epoch, a line behind it.
struct TrainingProgressBar: TrainingObserver {
  let console: Console

  init(_ console: Console) {
    self.console = console
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
    console.note(line + "  \(fixed(seconds, 1)) s")
  }
}
