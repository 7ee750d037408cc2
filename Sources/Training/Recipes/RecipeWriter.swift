// From a recipe to its JSON text, with every default spelled out.

import FileFormats
import NeuralNet

extension Recipe {
  /// The recipe as JSON text; reading it gives the same recipe.
  public var text: String { json.pretty + "\n" }

  /// The recipe as a JSON value.
  public var json: JSONValue {
    [
      "name": .string(name), "summary": .string(summary), "data": .string(data),
      "seed": JSONValue(seed), "validation": validation.json,
      "input": input.json,
      "layers": .array(layers.map(\.json)), "stages": .array(stages.map(\.json)),
    ]
  }
}

extension Recipe.Validation {
  fileprivate var json: JSONValue {
    switch self {
    case .none: "none"
    case .test: "test"
    case .first(let count): ["first": JSONValue(count)]
    case .last(let count): ["last": JSONValue(count)]
    case .fraction(let share): ["fraction": .double(share)]
    }
  }
}

extension PreprocessingRule {
  fileprivate var json: JSONValue {
    switch self {
    case .scale(let scale, let offset): ["scale": .float(scale), "offset": .float(offset)]
    case .zeroCentre: ["rule": "zero-centre"]
    case .standardize(let axis): ["rule": "standardize", "per": .string(axis.rawValue)]
    case .minMax(let axis): ["rule": "min-max", "per": .string(axis.rawValue)]
    }
  }
}
