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
      "input": ["scale": preprocessing.scale.json, "offset": preprocessing.offset.json],
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

extension [Float] {
  /// One number, or a list of them.
  fileprivate var json: JSONValue { count == 1 ? .float(self[0]) : .array(map(JSONValue.float)) }
}
