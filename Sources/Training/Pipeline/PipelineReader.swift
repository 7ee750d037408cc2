// From the JSON text of a recipe file to the pipeline.

import Diagnostics
import FileFormats
import NeuralNet

extension Pipeline {
  /// Reads a recipe file; `file` is named in diagnostics.
  ///
  /// ```
  /// {"name": "mnist-mlp-student", "data": "mnist", "input": {"scale": 0.00390625},
  ///  "models": [
  ///    {"name": "teacher", "layers": […], "stages": […]},
  ///    {"name": "pruned", "from": "teacher", "stages": […]},
  ///    {"name": "int8", "from": "teacher", "calibration": {"bits": 8}},
  ///    {"name": "qat", "from": "teacher", "calibration": {"bits": 8}, "stages": […]},
  ///    {"name": "student", "layers": […],
  ///     "stages": [{…, "distillation": {"teacher": "pruned", "temperature": 10}}]}]}
  /// ```
  /// A model takes seed, data, validation and input from the file where it has none of its own, and
  /// with `from` the layers of the model it is made from.
  public init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    try self.init(JSONField(parsing: bytes, file: file))
  }

  init(_ json: JSONField) throws(Diagnostic) {
    let hardware = try json.optionalMember("hardware").map(HardwarePlan.init) ?? HardwarePlan()
    guard let models = try json.optionalMember("models") else {
      self.init(try Recipe(json, ignoring: ["hardware"]), hardware: hardware)
      return
    }
    try json.allowOnly(
      "name", "summary", "data", "seed", "validation", "input", "models", "hardware")
    self.init(
      name: try json.member("name").nonEmptyString(),
      summary: try json.optionalMember("summary")?.string() ?? "", models: [],
      hardware: hardware)
    for field in try models.nonEmptyElements() { try append(field, common: json) }
  }

  private mutating func append(_ json: JSONField, common: JSONField) throws(Diagnostic) {
    let name = try json.member("name")
    let text = try name.nonEmptyString()
    guard !models.contains(where: { $0.name == text }) else {
      throw name.mismatch("a name no other model has")
    }
    var source: Model?
    if let from = try json.optionalMember("from") {
      let text = try from.string()
      source = models.first { $0.name == text }
      guard source != nil else { throw from.mismatch("the name of an earlier model") }
    }
    var calibration: Calibration?
    if let field = try json.optionalMember("calibration") {
      guard source != nil else { throw json.missing("from") }
      calibration = try Calibration(field)
    }
    if let source, let calibration, try json.optionalMember("stages") == nil {
      try json.allowOnly("name", "from", "calibration")
      models.append(
        Model(
          name: text, origin: .quantizes(source.name, calibration),
          recipe: source.recipe))
      return
    }
    var recipe = try Recipe(
      json, common: common, layers: source?.recipe.layers, ignoring: ["from", "calibration"])
    recipe.name = "\(self.name)-\(text)"
    if let source {
      guard case .fresh = source.origin.root else {
        throw json.mismatch("a model made from one that was trained, not quantized afterwards")
      }
      recipe.seed = source.recipe.seed
      recipe.stages = source.recipe.stages + recipe.stages
    }
    for stage in recipe.stages {
      guard let teacher = stage.distillation?.teacher else { continue }
      guard models.contains(where: { $0.name == teacher }) else {
        throw json.mismatch("stages that learn from an earlier model, not from '\(teacher)'")
      }
    }
    models.append(
      Model(
        name: text,
        origin: source.map { source in
          calibration.map { .retrains(source.name, $0) } ?? .continues(source.name)
        } ?? .fresh, recipe: recipe))
  }
}

extension Pipeline.Origin {
  /// `.fresh` for everything that was trained.
  fileprivate var root: Pipeline.Origin {
    if case .quantizes = self { self } else { .fresh }
  }
}

extension Pipeline.HardwarePlan {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    if case .bool(let isWanted) = json.value {
      self.init(isWanted: isWanted)
      return
    }
    try json.allowOnly("clock", "frames", "synthesize")
    self.init(
      clock: try json.optionalMember("clock")?.double() ?? 5,
      frames: try json.optionalMember("frames")?.integer(in: 1...1_000_000) ?? 100,
      isSynthesized: try json.optionalMember("synthesize")?.bool() ?? false)
    guard (0.1...1000).contains(clock) else {
      throw try json.member("clock").mismatch("a clock period from 0.1 to 1000 ns")
    }
  }
}

extension Calibration {
  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly(
      "bits", "weights", "activations", "method", "granularity", "scales", "bias_correction",
      "samples")
    let bits = try json.optionalMember("bits")?.integer(in: Calibration.bits) ?? 8
    var method = Calibration.Method.squaredError
    if let field = try json.optionalMember("method") {
      guard let known = Calibration.Method(try field.string()) else {
        throw field.mismatch("'min-max', 'percentile:99.9', 'mse' or 'kl'")
      }
      method = known
    }
    self.init(
      weightBits: try json.optionalMember("weights")?.integer(in: Calibration.bits) ?? bits,
      activationBits: try json.optionalMember("activations")?.integer(in: Calibration.bits)
        ?? bits,
      method: method,
      granularity: try json.optionalMember("granularity")?.choice() ?? .channel,
      scales: try json.optionalMember("scales")?.choice() ?? .powerOfTwo,
      correctsBias: try json.optionalMember("bias_correction")?.bool() ?? true,
      samples: try json.optionalMember("samples")?.integer(in: 1...100_000) ?? 200)
  }
}
