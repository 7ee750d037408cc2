// From a pipeline to its JSON text, with every default spelled out.

import FileFormats
import NeuralNet

extension Pipeline {
  /// Reading it gives the same pipeline.
  public var json: JSONValue {
    if models.count == 1, case .object(var object) = models[0].recipe.json {
      object["hardware"] = hardware.json
      return .object(object)
    }
    var object = JSONObject([.init("name", .string(name)), .init("summary", .string(summary))])
    guard case .object(let first) = models[0].recipe.json else { return .object(object) }
    let shared = ["data", "seed", "validation", "input"]
    for key in shared { object[key] = first[key] }
    object["models"] = .array(models.map { json(of: $0, sharing: shared, with: first) })
    object["hardware"] = hardware.json
    return .object(object)
  }

  /// A model without what it shares with the whole file.
  private func json(
    of model: Model, sharing shared: [String], with common: JSONObject
  ) -> JSONValue {
    var object = JSONObject([.init("name", .string(model.name))])
    if case .quantizes(let source, let calibration) = model.origin {
      object["from"] = .string(source)
      object["calibration"] = calibration.json
      return .object(object)
    }
    guard case .object(var own) = model.recipe.json else { return .object(object) }
    for key in shared where own[key] == common[key] { own[key] = nil }
    own["name"] = nil
    if case .retrains(_, let calibration) = model.origin {
      object["calibration"] = calibration.json
    }
    if let name = model.origin.predecessor,
      let source = models.first(where: { $0.name == name })
    {
      object["from"] = .string(name)
      own["layers"] = nil
      if case .array(let stages) = own["stages"] {
        own["stages"] = .array(Array(stages.dropFirst(source.recipe.stages.count)))
      }
    }
    object.members += own.members
    return .object(object)
  }
}

extension Pipeline.HardwarePlan {
  fileprivate var json: JSONValue {
    guard isWanted else { return false }
    return [
      "clock": .double(clock), "frames": JSONValue(frames), "synthesize": .bool(isSynthesized),
    ]
  }
}

extension Calibration {
  fileprivate var json: JSONValue {
    [
      "weights": JSONValue(weightBits), "activations": JSONValue(activationBits),
      "method": .string(method.description), "granularity": .string(granularity.rawValue),
      "scales": .string(scales.rawValue), "bias_correction": .bool(correctsBias),
      "samples": JSONValue(samples),
    ]
  }
}
