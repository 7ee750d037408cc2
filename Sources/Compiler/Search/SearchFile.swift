// A search in a file: recipe, axes and strategy.

import Diagnostics
import FileFormats
import Foundation

/// What a search file says; nil is left to the command line.
///
/// ```
/// {"recipe": "digits-demo", "set": ["epochs=4"], "strategy": "evolution", "trials": 40, "seed": 1,
///  "vary": {"layers.fc1.units": "int:8..32:8", "optimizer.rate": "log:1e-4..1e-2",
///           "quantization.weights": ["s4f3", "s6f5"]}}
/// ```
public struct SearchFile: Sendable {
  /// A built-in name, or a path; relative ones count from the folder of the file.
  public var recipe: String
  public var settings: [String]
  public var axes: [SearchAxis]
  public var data: String?
  public var strategy: String?
  public var trials: Int?
  public var seed: Int?
  public var cost: String?
  public var clock: Double?
  public var reduction: Int?
  public var population: Int?

  /// Reads the file at `path`; nil when it describes no search, but a recipe.
  public init?(_ path: String) throws(Diagnostic) {
    let json = try JSONField(parsing: try readFile(path), file: path)
    guard case .object(let object) = json.value, object["vary"] != nil else { return nil }
    try json.allowOnly(
      "recipe", "set", "vary", "data", "strategy", "trials", "seed", "cost", "clock", "reduction",
      "population")
    recipe = try json.member("recipe").nonEmptyString()
    if recipe.contains("/") || recipe.hasSuffix(".json"), !recipe.hasPrefix("/") {
      let folder = (path as NSString).deletingLastPathComponent
      if !folder.isEmpty { recipe = "\(folder)/\(recipe)" }
    }
    settings = []
    for field in try json.optionalMember("set")?.elements() ?? [] {
      settings.append(try field.nonEmptyString())
    }
    axes = []
    for (key, _, field) in try json.member("vary").members() {
      axes.append(try SearchAxis(key: key, field))
    }
    data = try json.optionalMember("data")?.nonEmptyString()
    strategy = try json.optionalMember("strategy")?.nonEmptyString()
    trials = try json.optionalMember("trials")?.integer(in: SearchLimits.trials)
    seed = try json.optionalMember("seed")?.integer(in: 0...Int.max)
    cost = try json.optionalMember("cost")?.nonEmptyString()
    clock = try json.optionalMember("clock")?.double()
    reduction = try json.optionalMember("reduction")?.integer(in: SearchLimits.reduction)
    population = try json.optionalMember("population")?.integer(in: SearchLimits.population)
    if let clock, !SearchLimits.clock.contains(clock) {
      throw try json.member("clock").mismatch("a clock period from 0.1 to 1000 ns")
    }
  }
}

/// What the numbers of a search may be.
public enum SearchLimits {
  public static let trials = 1...100_000
  public static let reduction = 2...16
  public static let population = 2...1000
  /// In ns.
  public static let clock = 0.1...1000.0
}
