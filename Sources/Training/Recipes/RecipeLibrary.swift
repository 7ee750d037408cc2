// Finding a recipe: built in, by name, or in a file.

import Assets
import Diagnostics
import FileFormats

extension Pipeline {
  private static let folder = "templates/recipes/"

  /// Names of the built-in recipes, sorted.
  public static var builtInNames: [String] {
    Assets.paths.filter { $0.hasPrefix(folder) && $0.hasSuffix(".json") }
      .map { String($0.dropFirst(folder.count).dropLast(".json".count)) }
  }

  /// The built-in recipe called `source`, or the one in the file `source`, changed by `overrides`
  /// such as `epochs=3`.
  public static func load(
    _ source: String, overrides: [String] = [], _ assets: Assets = Assets(overrideFolder: nil)
  ) throws(Diagnostic) -> Pipeline {
    let pipeline: Pipeline
    if builtInNames.contains(source) {
      let text = try assets.text("\(folder)\(source).json")
      pipeline = try Pipeline(parsing: Array(text.utf8), file: source)
    } else if source.contains("/") || source.hasSuffix(".json") {
      pipeline = try Pipeline(parsing: try readFile(source), file: source)
    } else {
      throw .recipeUnknown(source, known: builtInNames)
    }
    return try pipeline.changed(by: overrides, name: "\(source) with --set")
  }

  /// The pipeline changed by `overrides` such as `epochs=3`; `name` stands in diagnostics.
  public func changed(by overrides: [String], name: String) throws(Diagnostic) -> Pipeline {
    if overrides.isEmpty { return self }
    // Every setting that may be overridden is there, defaults included.
    var json = self.json
    for override in overrides { try RecipeOverride(override).apply(to: &json) }
    return try Pipeline(parsing: Array(json.pretty.utf8), file: name)
  }
}

extension Recipe {
  /// The recipe of the one network that `source` describes, for what takes a single one.
  public static func load(
    _ source: String, overrides: [String] = []
  ) throws(Diagnostic) -> Recipe {
    let pipeline = try Pipeline.load(source, overrides: overrides)
    guard pipeline.models.count == 1 else { throw .recipeOfSeveral(source) }
    return pipeline.models[0].recipe
  }
}

extension Diagnostic {
  static func recipeOfSeveral(_ source: String) -> Diagnostic {
    Diagnostic(
      id: "recipe.several", "the recipe '\(source)' describes several models, not one",
      suggestion: "run it with nncc train")
  }
}
