// From the JSON of a stage to the stage: optimizer, schedule, pruning, quantization.

import Diagnostics
import FileFormats
import FixedPoint
import NeuralNet

extension Stage {
  init(_ json: JSONField, number: Int, in recipe: Recipe) throws(Diagnostic) {
    try json.allowOnly(
      "name", "epochs", "batch", "optimizer", "schedule", "pruning", "quantization", "keep")
    self.init(
      name: try json.optionalMember("name")?.nonEmptyString() ?? "stage\(number)",
      epochs: try json.member("epochs").integer(in: 1...100_000),
      batch: try json.optionalMember("batch")?.integer(in: 1...65_536) ?? 32,
      optimizer: try json.optionalMember("optimizer").map(Optimizer.init) ?? .adam,
      schedule: try json.optionalMember("schedule").map(RateSchedule.init) ?? .constant,
      pruning: try json.optionalMember("pruning").map(PruningSchedule.init),
      quantization: nil,
      keep: try json.optionalMember("keep")?.choice() ?? .last)
    if let plan = try json.optionalMember("quantization") {
      quantization = try QuantizationPlan(plan, layers: recipe.layers)
    }
    if keep == .best, recipe.validation == .none || recipe.validation == .test {
      throw try json.member("keep").mismatch(
        "'last', since the recipe holds out no samples for validation")
    }
  }
}

extension Optimizer {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    let rate = try json.optionalMember("rate")?.positiveFloat()
    switch try json.member("type").string() {
    case "adam":
      try json.allowOnly("type", "rate", "beta1", "beta2", "epsilon")
      self = .adam(
        rate: rate ?? 0.001, beta1: try json.optionalMember("beta1")?.float(in: 0..<1) ?? 0.9,
        beta2: try json.optionalMember("beta2")?.float(in: 0..<1) ?? 0.999,
        epsilon: try json.optionalMember("epsilon")?.positiveFloat() ?? 1e-7)
    case "sgd":
      try json.allowOnly("type", "rate", "momentum", "nesterov")
      self = .sgd(
        rate: rate ?? 0.01, momentum: try json.optionalMember("momentum")?.float(in: 0..<1) ?? 0,
        nesterov: try json.optionalMember("nesterov")?.bool() ?? false)
    default:
      throw try json.member("type").mismatch("'adam' or 'sgd'")
    }
  }
}

extension RateSchedule {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    switch try json.member("type").string() {
    case "constant":
      try json.allowOnly("type")
      self = .constant
    case "step":
      try json.allowOnly("type", "factor", "epochs")
      self = .step(
        factor: try json.optionalMember("factor")?.positiveFloat() ?? 0.1,
        epochs: try json.optionalMember("epochs")?.integer(in: 1...100_000) ?? 10)
    case "cosine":
      try json.allowOnly("type", "final")
      self = .cosine(final: try json.optionalMember("final")?.float(in: 0..<1) ?? 0)
    default:
      throw try json.member("type").mismatch("'constant', 'step' or 'cosine'")
    }
  }
}

extension PruningSchedule {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly("initial", "final", "begin", "end", "power", "frequency")
    self.init(
      initial: try json.optionalMember("initial")?.share() ?? 0,
      final: try json.member("final").share(),
      begin: try json.optionalMember("begin")?.integer(in: 0...Int(Int32.max)) ?? 0,
      end: try json.optionalMember("end")?.integer(in: 0...Int(Int32.max)),
      power: try json.optionalMember("power")?.integer(in: 1...100) ?? 3,
      frequency: try json.optionalMember("frequency")?.integer(in: 1...Int(Int32.max)) ?? 100)
    if let end, end < begin {
      throw try json.member("end").mismatch("a step from 'begin', \(begin), on")
    }
    if final < initial {
      throw try json.member("final").mismatch("at least 'initial', \(initial)")
    }
  }
}

extension QuantizationPlan {
  fileprivate init(_ json: JSONField, layers: [LayerSpec]) throws(Diagnostic) {
    try json.allowOnly("input", "weights", "biases", "activations", "layers")
    self.init(
      weights: try json.optionalMember("weights")?.quantizer(),
      biases: try json.optionalMember("biases")?.quantizer(),
      activations: try json.optionalMember("activations")?.quantizer())
    for field in try json.optionalMember("input")?.elements() ?? [] {
      input.append(try field.quantizer())
    }
    for (name, _, field) in try json.optionalMember("layers")?.members() ?? [] {
      guard let layer = layers.first(where: { $0.name == name }) else {
        let names = layers.map { "'\($0.name)'" }.joined(separator: ", ")
        throw field.mismatch("the name of a layer (\(names)) instead of '\(name)'")
      }
      let parts = layer.kind.definition.hasKernel ? ["weights", "biases"] : []
      try field.allowOnly(parts + ["activations"])
      self.layers.append(
        LayerOverride(
          layer: name, weights: try field.optionalMember("weights")?.quantizer(),
          biases: try field.optionalMember("biases")?.quantizer(),
          activations: try field.optionalMember("activations")?.quantizer()))
    }
  }
}

extension JSONField {
  fileprivate func quantizer() throws(Diagnostic) -> Quantizer {
    guard let quantizer = Quantizer(spelling: try string()), FakeQuantizer(quantizer) != nil else {
      throw mismatch(
        "a quantizer such as 's6f5', 'u4f4 floor', 'quantized_bits(6,0)' or 'quantized_relu(6)', "
          + "of at most \(FakeQuantizer.maximumWidth) bits")
    }
    return quantizer
  }
}
