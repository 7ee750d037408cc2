// From a stage to its JSON, with every default spelled out.

import FileFormats
import FixedPoint
import NeuralNet

extension Stage {
  var json: JSONValue {
    var object = JSONObject([
      .init("name", .string(name)), .init("epochs", JSONValue(epochs)),
      .init("batch", JSONValue(batch)), .init("loss", loss.json),
    ])
    object["distillation"] = distillation?.json
    object["optimizer"] = optimizer.json
    object["schedule"] = schedule.json
    object["warm_up"] = warmUp?.json
    object["plateau"] = plateau?.json
    object["clipping"] = clipping?.json
    object["early_stopping"] = earlyStopping?.json
    object["shuffle"] = .string(shuffle.rawValue)
    object["l2"] = .float(l2)
    object["augmentation"] = augmentation?.json
    object["fold_batch_norm"] = .bool(foldsBatchNorms)
    object["pruning"] = pruning?.json
    object["quantization"] = quantization?.json
    object["cost"] = cost?.json
    object["keep"] = .string(keep.rawValue)
    return .object(object)
  }
}

extension Loss {
  fileprivate var json: JSONValue {
    switch self {
    case .crossEntropy(let smoothing), .divergence(let smoothing),
      .binaryCrossEntropy(let smoothing):
      ["type": .string(word), "smoothing": .float(smoothing)]
    case .squaredError, .hinge, .squaredHinge: ["type": .string(word)]
    }
  }
}

extension DistillationSpec {
  fileprivate var json: JSONValue {
    [
      "teacher": .string(teacher), "alpha": .float(objective.alpha),
      "temperature": .float(objective.temperature),
      "compatibility": .string(
        objective.softensProbabilities ? DistillationSpec.softenedProbabilities : "none"),
    ]
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
    case .rmsprop(let rate, let rho, let momentum, let epsilon, let isCentered, let isInRoot):
      [
        "type": "rmsprop", "rate": .float(rate), "rho": .float(rho),
        "momentum": .float(momentum), "epsilon": .float(epsilon), "centered": .bool(isCentered),
        "epsilon_in_root": .bool(isInRoot),
      ]
    case .adam(let rate, let beta1, let beta2, let epsilon, let weightDecay, let isAMSGrad):
      [
        "type": "adam", "rate": .float(rate), "beta1": .float(beta1), "beta2": .float(beta2),
        "epsilon": .float(epsilon), "weight_decay": .float(weightDecay),
        "amsgrad": .bool(isAMSGrad),
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
    case .piecewise(let pieces):
      [
        "type": "piecewise",
        "pieces": .array(
          pieces.map { ["epoch": JSONValue($0.epoch), "factor": .float($0.factor)] }),
      ]
    case .exponential(let factor, let epochs):
      ["type": "exponential", "factor": .float(factor), "epochs": JSONValue(epochs)]
    case .cosine(let final): ["type": "cosine", "final": .float(final)]
    case .oneCycle(let initial, let rise, let final):
      [
        "type": "one_cycle", "initial": .float(initial), "rise": .float(rise),
        "final": .float(final),
      ]
    }
  }
}

extension WarmUp {
  fileprivate var json: JSONValue {
    switch self {
    case .steps(let count): ["steps": JSONValue(count)]
    case .epochs(let count): ["epochs": JSONValue(count)]
    }
  }
}

extension Plateau {
  fileprivate var json: JSONValue {
    [
      "monitor": .string(monitor.rawValue), "factor": .float(factor),
      "patience": JSONValue(patience), "min_rate": .float(minimumRate),
      "min_delta": .double(minimumDelta), "cooldown": JSONValue(cooldown),
    ]
  }
}

extension GradientClipping {
  fileprivate var json: JSONValue {
    switch self {
    case .value(let limit): ["value": .float(limit)]
    case .norm(let limit): ["norm": .float(limit)]
    case .globalNorm(let limit): ["global_norm": .float(limit)]
    }
  }
}

extension EarlyStopping {
  fileprivate var json: JSONValue {
    [
      "monitor": .string(monitor.rawValue), "patience": JSONValue(patience),
      "min_delta": .double(minimumDelta), "restore_best": .bool(restoresBest),
    ]
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
    object["trainable"] = widths?.json
    object["accumulator"] = accumulatorBits.map { JSONValue($0) }
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
