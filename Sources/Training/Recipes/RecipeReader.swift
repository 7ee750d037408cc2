// From the JSON text of a recipe to the recipe; what is not understood is refused.

import Diagnostics
import FileFormats
import FixedPoint
import NeuralNet

extension Recipe {
  /// Reads a recipe from its JSON text; `file` is named in diagnostics.
  public init(parsing text: String, file: String) throws(Diagnostic) {
    try self.init(JSONField(parsing: text, file: file))
  }

  /// Reads a recipe from the bytes of its JSON text; `file` is named in diagnostics.
  public init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    try self.init(JSONField(parsing: bytes, file: file))
  }

  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly(
      "name", "summary", "data", "seed", "validation", "input", "layers", "stages")
    let input = try json.member("input")
    try input.allowOnly("scale", "offset")
    self.init(
      name: try json.member("name").nonEmptyString(),
      summary: try json.optionalMember("summary")?.string() ?? "",
      seed: try json.optionalMember("seed")?.integer() ?? 1,
      data: try json.optionalMember("data")?.string() ?? "digits",
      validation: try json.optionalMember("validation")?.validation() ?? .none,
      preprocessing: Preprocessing(
        scale: try input.optionalMember("scale")?.floats() ?? [1],
        offset: try input.optionalMember("offset")?.floats() ?? [0]),
      layers: try readLayers(json.member("layers")), stages: [])
    for (index, stage) in try json.member("stages").nonEmptyElements().enumerated() {
      stages.append(try Stage(stage, number: index + 1, in: self))
    }
  }
}

/// The layers, each with a name of its own.
private func readLayers(_ json: JSONField) throws(Diagnostic) -> [LayerSpec] {
  var layers: [LayerSpec] = []
  for field in try json.nonEmptyElements() { layers.append(try LayerSpec(field, after: layers)) }
  return layers
}

extension Stage {
  fileprivate init(_ json: JSONField, number: Int, in recipe: Recipe) throws(Diagnostic) {
    try json.allowOnly(
      "name", "epochs", "batch", "optimizer", "schedule", "pruning", "quantization", "cost",
      "keep")
    self.init(
      name: try json.optionalMember("name")?.nonEmptyString() ?? "stage\(number)",
      epochs: try json.member("epochs").integer(in: 1...100_000),
      batch: try json.optionalMember("batch")?.integer(in: 1...65_536) ?? 32,
      optimizer: try json.optionalMember("optimizer").map(Optimizer.init) ?? .adam,
      schedule: try json.optionalMember("schedule").map(RateSchedule.init) ?? .constant,
      pruning: try json.optionalMember("pruning").map(PruningSchedule.init),
      quantization: nil, cost: try json.optionalMember("cost").map(CostPenalty.init),
      keep: try json.optionalMember("keep")?.choice() ?? .last)
    if let plan = try json.optionalMember("quantization") {
      quantization = try QuantizationPlan(plan, layers: recipe.layers)
    }
    if keep != .last, recipe.validation == .none || recipe.validation == .test {
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
    try json.allowOnly("input", "weights", "biases", "activations", "layers", "trainable")
    self.init(
      weights: try json.optionalMember("weights")?.quantizer(),
      biases: try json.optionalMember("biases")?.quantizer(),
      activations: try json.optionalMember("activations")?.quantizer(),
      widths: try json.optionalMember("trainable").map(WidthPlan.init))
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
  /// One number, or a list of them.
  fileprivate func floats() throws(Diagnostic) -> [Float] {
    guard case .array = value else { return [try float()] }
    var numbers: [Float] = []
    for element in try nonEmptyElements() { numbers.append(try element.float()) }
    return numbers
  }

  fileprivate func validation() throws(Diagnostic) -> Recipe.Validation {
    let expected = "'none', 'test', {\"first\": n} or {\"last\": n}"
    switch value {
    case .string("none"): return .none
    case .string("test"): return .test
    case .object:
      try allowOnly("first", "last")
      switch (try optionalMember("first"), try optionalMember("last")) {
      case (let first?, nil): return .first(try first.integer(in: 1...Int(Int32.max)))
      case (nil, let last?): return .last(try last.integer(in: 1...Int(Int32.max)))
      default: throw mismatch(expected)
      }
    default: throw mismatch(expected)
    }
  }

  fileprivate func quantizer() throws(Diagnostic) -> Quantizer {
    guard let quantizer = Quantizer(spelling: try string()), FakeQuantizer(quantizer) != nil else {
      throw mismatch(
        "a quantizer such as 's6f5', 'u4f4 floor', 'quantized_bits(6,0)' or 'quantized_relu(6)', "
          + "of at most \(FakeQuantizer.maximumWidth) bits")
    }
    return quantizer
  }
}
