// Changing single settings of a recipe from the command line: `--set key=value`.

import Diagnostics
import FileFormats

/// One `key=value`.
///
/// | text                              | changes                                              |
/// |-----------------------------------|------------------------------------------------------|
/// | `seed=7`                          | the seed                                             |
/// | `stages.0.epochs=3`               | the epochs of the first stage                        |
/// | `stages.qat.optimizer.rate=0.01`  | the learning rate of the stage called `qat`          |
/// | `layers.fc1.units=128`            | the width of the layer called `fc1`                  |
/// | `epochs=3`                        | the epochs of every stage                            |
/// | `pruning.final=0.8`               | the sparsity of every stage that prunes              |
///
/// A value that is not JSON is a string: `stages.qat.quantization.weights=s4f3`.
struct RecipeOverride {
  let text: String
  private let path: [String]
  private let value: JSONValue

  /// Settings of a stage that may stand alone and then mean every stage.
  private static let stageKeys = [
    "epochs", "batch", "loss", "distillation", "optimizer", "schedule", "warm_up", "plateau",
    "clipping", "early_stopping", "shuffle", "l2", "augmentation", "fold_batch_norm", "pruning",
    "quantization", "cost", "keep",
  ]
  /// Of these, what a stage has or has not: only the stages that have it change.
  private static let optionalKeys = [
    "distillation", "warm_up", "plateau", "early_stopping", "augmentation", "pruning",
    "quantization", "cost",
  ]

  init(_ text: String) throws(Diagnostic) {
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { throw .overrideSyntax(text) }
    path = pair[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !path.contains("") else { throw .overrideSyntax(text) }
    self.text = text
    do {
      value = try JSONField(parsing: String(pair[1]), file: "--set").value
    } catch {
      value = .string(String(pair[1]))
    }
  }

  /// Changes the JSON of a recipe.
  func apply(to recipe: inout JSONValue) throws(Diagnostic) {
    guard let first = path.first, RecipeOverride.stageKeys.contains(first) else {
      try set(path[...], in: &recipe)
      return
    }
    guard try setInStages(first, of: &recipe) else { throw .overridePath(text, at: first) }
  }

  /// Changes a setting in every stage, of all models; false when no stage has it.
  private func setInStages(
    _ key: String, of recipe: inout JSONValue
  ) throws(Diagnostic) -> Bool {
    guard case .object(var object) = recipe else { return false }
    var isUsed = false
    if case .array(var models) = object["models"] {
      for index in models.indices {
        if try setInStages(key, of: &models[index]) { isUsed = true }
      }
      object["models"] = .array(models)
    }
    if case .array(var stages) = object["stages"] {
      for index in stages.indices {
        if RecipeOverride.optionalKeys.contains(key) {
          guard case .object(let stage) = stages[index], stage[key] != nil else { continue }
        }
        try set(path[...], in: &stages[index])
        isUsed = true
      }
      object["stages"] = .array(stages)
    }
    recipe = .object(object)
    return isUsed
  }

  private func set(_ path: ArraySlice<String>, in json: inout JSONValue) throws(Diagnostic) {
    guard let key = path.first else {
      json = value
      return
    }
    switch json {
    case .object(var object):
      var member = object[key] ?? .object(JSONObject())
      try set(path.dropFirst(), in: &member)
      // Another kind of optimizer, schedule or layer has other settings: they start at their defaults.
      if path.count == 1, key == "type", object[key] != member {
        object.members.removeAll { $0.key != "type" && $0.key != "name" }
      }
      object[key] = member
      json = .object(object)
    case .array(var elements):
      guard let index = RecipeOverride.index(key, in: elements) else {
        throw .overridePath(text, at: key)
      }
      try set(path.dropFirst(), in: &elements[index])
      json = .array(elements)
    case .null, .bool, .integer, .double, .string:
      throw .overridePath(text, at: key)
    }
  }

  /// The element at a position, or of a name.
  private static func index(_ key: String, in elements: [JSONValue]) -> Int? {
    if let index = Int(key) { return elements.indices.contains(index) ? index : nil }
    return elements.firstIndex { element in
      if case .object(let object) = element { object["name"] == .string(key) } else { false }
    }
  }
}
