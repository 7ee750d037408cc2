// From a stage to its JSON, with every default spelled out.

import FileFormats
import FixedPoint
import NeuralNet

extension Stage {
  var json: JSONValue {
    var object = JSONObject([
      .init("name", .string(name)), .init("epochs", JSONValue(epochs)),
      .init("batch", JSONValue(batch)), .init("optimizer", optimizer.json),
      .init("schedule", schedule.json),
    ])
    object["pruning"] = pruning?.json
    object["quantization"] = quantization?.json
    object["keep"] = .string(keep.rawValue)
    return .object(object)
  }
}

extension Optimizer {
  fileprivate var json: JSONValue {
    switch self {
    case .sgd(let rate, let momentum, let nesterov):
      [
        "type": "sgd", "rate": .float(rate), "momentum": .float(momentum),
        "nesterov": .bool(nesterov),
      ]
    case .adam(let rate, let beta1, let beta2, let epsilon):
      [
        "type": "adam", "rate": .float(rate), "beta1": .float(beta1), "beta2": .float(beta2),
        "epsilon": .float(epsilon),
      ]
    }
  }
}

extension RateSchedule {
  fileprivate var json: JSONValue {
    switch self {
    case .constant: ["type": "constant"]
    case .step(let factor, let epochs):
      ["type": "step", "factor": .float(factor), "epochs": JSONValue(epochs)]
    case .cosine(let final): ["type": "cosine", "final": .float(final)]
    }
  }
}

extension PruningSchedule {
  fileprivate var json: JSONValue {
    var object = JSONObject([
      .init("initial", .double(initial)), .init("final", .double(final)),
      .init("begin", JSONValue(begin)),
    ])
    object["end"] = end.map { JSONValue($0) }
    object["power"] = JSONValue(power)
    object["frequency"] = JSONValue(frequency)
    return .object(object)
  }
}

extension QuantizationPlan {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    if !input.isEmpty { object["input"] = JSONValue(input.map(\.spelling)) }
    object["weights"] = (weights?.spelling).map { .string($0) }
    object["biases"] = (biases?.spelling).map { .string($0) }
    object["activations"] = (activations?.spelling).map { .string($0) }
    if !layers.isEmpty {
      object["layers"] = .object(JSONObject(layers.map { .init($0.layer, $0.json) }))
    }
    return .object(object)
  }
}

extension QuantizationPlan.LayerOverride {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["weights"] = (weights?.spelling).map { .string($0) }
    object["biases"] = (biases?.spelling).map { .string($0) }
    object["activations"] = (activations?.spelling).map { .string($0) }
    return .object(object)
  }
}
