// nncc search: many variants of a recipe in, those that trade accuracy for hardware best out.

import Compiler
import Diagnostics
import FileFormats
import Foundation
import Reports
import Training

enum SearchCommand: Command {
  static let spec = CommandSpec(
    name: "search", summary: "search settings of a recipe by accuracy and hardware cost",
    positionals: [
      PositionalSpec("SEARCH", "a built-in recipe's name, a recipe.json, or a search.json")
    ],
    options: [
      OptionSpec(
        "--vary", "KEY=VALUES",
        "a setting and its values: a,b,c, int:8..64:8, real:0.3..0.9 or log:1e-4..1e-2",
        repeats: true),
      OptionSpec("--strategy", "NAME", "random (default), halving or evolution"),
      OptionSpec("--trials", "N", "points that are tried (default 20)"),
      OptionSpec("--seed", "S", "seed of what is tried (default 1)"),
      OptionSpec("--cost", "KIND", "adders (of the compiled design), bits or macs"),
      OptionSpec("--clock", "NS", "the clock period to pipeline for (default: the recipe's)"),
      OptionSpec(
        "--reduction", "N", "halving: one trial in N goes on, N times as long (default 3)"),
      OptionSpec("--population", "N", "evolution: trials of a generation (default 8)"),
      OptionSpec("--data", "SPEC", "digits, mnist:DIR, csv:FILE … (default: the recipe's)"),
      OptionSpec("--set", "KEY=VALUE", "change a setting of the recipe", repeats: true),
      OptionSpec("--output", "DIR", "where to keep trials, models and report (also: -o)"),
      OptionSpec("--resume", nil, "go on with what an interrupted search left in DIR"),
      OptionSpec("--jobs", "N", "trials at once (default: one per core)"),
    ],
    example:
      "nncc search digits-demo --vary layers.fc1.units=8,16,24 --strategy evolution -o found")

  enum Strategy: String, CaseIterable {
    case random, halving, evolution
  }

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let folder = arguments.string("--output") else { throw UsageError("-o DIR is missing") }
    let source = arguments.positionals[0]
    let file = source.hasSuffix(".json") ? try SearchFile(source) : nil
    var settings = (file?.settings ?? []) + arguments.strings("--set")
    if let data = arguments.string("--data") ?? file?.data { settings.append("data=\(data)") }
    var axes = file?.axes ?? []
    for text in arguments.strings("--vary") { axes.append(try SearchAxis(text)) }
    let space = try SearchSpace(axes)
    let pipeline = try Pipeline.load(
      file?.recipe ?? source, overrides: settings, SharedOptions.assets(arguments))
    let method = try method(arguments, file)
    let cost =
      try arguments.choice("--cost", as: SearchCost.self)
      ?? choice("cost", of: source, file?.cost, as: SearchCost.self)
    let jobs = try arguments.integer("--jobs", in: 1...1024)
    let data = try DatasetSpec(pipeline.data).load()
    let plan = try SearchPlan(
      pipeline, space, method,
      trials: try arguments.integer("--trials", in: SearchLimits.trials) ?? file?.trials ?? 20,
      seed: UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? file?.seed ?? 1),
      cost: cost,
      clock: try arguments.number("--clock", in: SearchLimits.clock) ?? file?.clock, on: data)
    let result = try search(
      plan, on: data, in: folder, resuming: arguments.has("--resume"),
      jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
      observer: SearchProgress(console, plan))
    finish(result, plan, folder, console)
  }

  private static func method(
    _ arguments: Arguments, _ file: SearchFile?
  ) throws -> SearchMethod {
    let strategy =
      try arguments.choice("--strategy", as: Strategy.self)
      ?? choice("strategy", of: arguments.positionals[0], file?.strategy, as: Strategy.self)
    let reduction = try arguments.integer("--reduction", in: SearchLimits.reduction)
    let population = try arguments.integer("--population", in: SearchLimits.population)
    if reduction != nil, strategy != .halving {
      throw UsageError("--reduction is of --strategy halving")
    }
    if population != nil, strategy != .evolution {
      throw UsageError("--population is of --strategy evolution")
    }
    switch strategy ?? .random {
    case .random: return .random
    case .halving: return .halving(reduction: reduction ?? file?.reduction ?? 3)
    case .evolution: return .evolution(population: population ?? file?.population ?? 8)
    }
  }

  /// A word of the search file.
  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of file: String, _ text: String?, as: Choice.Type
  ) throws(Diagnostic) -> Choice? where Choice.RawValue == String {
    guard let text else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .searchWord(file, key, text, known: Choice.allCases.map(\.rawValue))
    }
    return choice
  }

  private static func finish(
    _ result: SearchResult, _ plan: SearchPlan, _ folder: String, _ console: Console
  ) {
    let count = result.front.count
    console.print(
      "\(count) of \(result.trials.count) trials on the front of validation accuracy and "
        + "\(plan.cost.title):")
    console.print(table(result.rows(plan)))
    console.print("models in \(folder)/models; look at \(folder)/report.html")
    console.json([
      "recipe": .string(plan.pipeline.name), "trials": JSONValue(result.trials.count),
      "cost": .string(plan.cost.rawValue), "output": .string(folder),
      "front": .array(
        result.front.map { trial in
          [
            "trial": JSONValue(trial.trial), "model": .string("\(folder)/models/\(trial.name).nnm"),
            "set": JSONValue(plan.space.settings(of: trial.point)),
            "validation_accuracy": .double(trial.measurement?.validationAccuracy ?? 0),
            "test_accuracy": .double(trial.measurement?.testAccuracy ?? 0),
            "cost": .double(trial.measurement?.cost ?? 0),
          ]
        }),
    ])
  }
}

extension SearchResult {
  /// The front for a terminal, a row per model, the header first.
  fileprivate func rows(_ plan: SearchPlan) -> [[String]] {
    let header = ["trial", "validation", "test", plan.cost.title] + plan.space.axes.map(\.key)
    return [header]
      + front.map { trial in
        let measurement = trial.measurement
        return [
          trial.name, percent(measurement?.validationAccuracy ?? 0),
          percent(measurement?.testAccuracy ?? 0), fixed(measurement?.cost ?? 0, 0),
        ] + trial.point.values
      }
  }
}

/// A line per trial.
private struct SearchProgress: SearchObserver {
  let console: Console
  let plan: SearchPlan

  init(_ console: Console, _ plan: SearchPlan) {
    self.console = console
    self.plan = plan
  }

  func willDo(_ step: String) { console.note("\(step) …") }

  func didFinish(_ result: TrialResult, isKnown: Bool, done: Int, of count: Int) {
    var line = "\(done)/\(count)  \(result.name)"
    switch result.outcome {
    case .failed(let reason): line += "  failed: \(reason)"
    case .measured(let measurement):
      line += "  validation \(percent(measurement.validationAccuracy))"
      line += measurement.cost.map { "  \(plan.cost.title) \(fixed($0, 0))" } ?? ""
      if !result.isWhole { line += "  after \(measurement.epochs) epochs" }
    }
    line += "  " + plan.space.settings(of: result.point).joined(separator: " ")
    console.note(line + (isKnown ? "  (known)" : ""))
  }
}

extension Diagnostic {
  static func searchWord(
    _ file: String, _ key: String, _ word: String, known: [String]
  ) -> Diagnostic {
    Diagnostic(
      id: "search.word", at: Location(file: file, path: key), "'\(word)' is not known here",
      suggestion: "known words: \(known.joined(separator: ", "))")
  }
}
