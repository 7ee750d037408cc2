// Finding a recipe: built in, by name, or in a file.

import Diagnostics
import FileFormats

extension Recipe {
  /// Names of the built-in recipes, in the order they are listed to users.
  public static var builtInNames: [String] { builtInTexts.map(\.name) }

  /// The JSON text of the built-in recipe `name`.
  public static func builtInText(_ name: String) -> String? {
    builtInTexts.first { $0.name == name }?.text
  }

  /// The built-in recipe called `source`, or the one in the file `source`, changed by `overrides`
  /// such as `epochs=3`.
  public static func load(
    _ source: String, overrides: [String] = []
  ) throws(Diagnostic) -> Recipe {
    let recipe: Recipe
    if let builtIn = builtInText(source) {
      recipe = try Recipe(parsing: builtIn, file: source)
    } else if source.contains("/") || source.hasSuffix(".json") {
      recipe = try Recipe(parsing: try readFile(source), file: source)
    } else {
      throw .recipeUnknown(source, known: builtInNames)
    }
    if overrides.isEmpty { return recipe }
    // Every setting that may be overridden is there, defaults included.
    var json = recipe.json
    for override in overrides { try RecipeOverride(override).apply(to: &json) }
    return try Recipe(parsing: json.pretty, file: "\(source) with --set")
  }
}
