// From the JSON of a stage to the stage; what is not understood is refused.

import Diagnostics
import FileFormats
import FixedPoint
import NeuralNet

extension Stage {
  /// Settings a recipe may state, in the order they are written.
  static let keys = [
    "name", "epochs", "batch", "defaults", "loss", "distillation", "optimizer", "schedule",
    "warm_up", "plateau", "clipping", "early_stopping", "shuffle", "l2", "augmentation",
    "fold_batch_norm", "pruning", "quantization", "cost", "keep",
  ]

  init(_ json: JSONField, number: Int, in recipe: Recipe) throws(Diagnostic) {
    try json.allowOnly(Stage.keys)
    let defaults: DefaultSettings = try json.optionalMember("defaults")?.choice() ?? .keras
    let isMATLAB = defaults == .matlab
    let epochs = try isMATLAB ? json.optionalMember("epochs") : json.member("epochs")
    self.init(
      name: try json.optionalMember("name")?.nonEmptyString() ?? "stage\(number)",
      epochs: try epochs?.integer(in: 1...100_000) ?? 30,
      batch: try json.optionalMember("batch")?.integer(in: 1...65_536) ?? (isMATLAB ? 128 : 32),
      loss: try json.optionalMember("loss").map(Loss.init) ?? .crossEntropy,
      distillation: try json.optionalMember("distillation").map(DistillationSpec.init),
      schedule: try json.optionalMember("schedule").map(RateSchedule.init) ?? .constant,
      warmUp: try json.optionalMember("warm_up").map(WarmUp.init),
      clipping: try json.optionalMember("clipping").map(GradientClipping.init),
      shuffle: try json.optionalMember("shuffle")?.choice() ?? (isMATLAB ? .once : .everyEpoch),
      // trainingOptions adds 0.0001 · w to the gradient of a weight w.
      l2: try json.optionalMember("l2")?.nonNegativeFloat() ?? (isMATLAB ? 0.00005 : 0),
      augmentation: try json.optionalMember("augmentation").map(Augmentation.init),
      foldsBatchNorms: try json.optionalMember("fold_batch_norm")?.bool() ?? false,
      keep: try json.optionalMember("keep")?.choice() ?? .last)
    if let field = try json.optionalMember("optimizer") {
      optimizer = try Optimizer(field, defaults: defaults)
    } else if isMATLAB {
      optimizer = .sgd(momentum: 0.9)
    }
    if let field = try json.optionalMember("plateau") { plateau = try Plateau(field, in: recipe) }
    if let field = try json.optionalMember("early_stopping") {
      earlyStopping = try EarlyStopping(field, in: recipe)
    }
    if let field = try json.optionalMember("pruning") {
      pruning = try PruningSpec(field, layers: recipe.layers)
    }
    if let plan = try json.optionalMember("quantization") {
      quantization = try QuantizationPlan(plan, layers: recipe.layers)
    }
    cost = try json.optionalMember("cost").map(CostPenalty.init)
    guard keep != .last else { return }
    if !recipe.validation.isHeldOut {
      throw try json.member("keep").mismatch(
        "'last', since the recipe holds out no samples for validation")
    }
    if earlyStopping?.restoresBest == true {
      throw try json.member("keep").mismatch("'last', since early stopping restores its best epoch")
    }
  }
}

extension Recipe.Validation {
  /// Whether there are samples that are neither trained on nor part of the test.
  var isHeldOut: Bool { self != .none && self != .test }
}

extension Loss {
  private static let words = [
    Loss.crossEntropy, .divergence(smoothing: 0), .binaryCrossEntropy(smoothing: 0), .squaredError,
    .hinge, .squaredHinge,
  ].map(\.word)

  /// Reads a word, or an object with `type` and, where targets can be smoothed, `smoothing`.
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    var type = json
    var smoothing: Float?
    if case .object = json.value {
      try json.allowOnly("type", "smoothing")
      type = try json.member("type")
      smoothing = try json.optionalMember("smoothing")?.float(in: 0..<1)
    }
    let word = try type.string()
    let losses: [Loss] = [
      .crossEntropy(smoothing: smoothing ?? 0), .divergence(smoothing: smoothing ?? 0),
      .binaryCrossEntropy(smoothing: smoothing ?? 0), .squaredError, .hinge, .squaredHinge,
    ]
    guard let loss = losses.first(where: { $0.word == word }) else {
      throw type.mismatch("one of " + Loss.words.map { "'\($0)'" }.joined(separator: ", "))
    }
    switch loss {
    case .crossEntropy, .divergence, .binaryCrossEntropy: break
    case .squaredError, .hinge, .squaredHinge: if smoothing != nil { try json.allowOnly("type") }
    }
    self = loss
  }
}

extension DistillationSpec {
  /// Softens probabilities instead of logits: for comparison with recipes that do.
  static let softenedProbabilities = "softened-probabilities"

  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly("teacher", "alpha", "temperature", "compatibility")
    let standard = Distillation()
    self.init(
      teacher: try json.member("teacher").nonEmptyString(),
      Distillation(
        alpha: try json.optionalMember("alpha").map { field throws(Diagnostic) in
          Float(try field.share())
        } ?? standard.alpha,
        temperature: try json.optionalMember("temperature")?.positiveFloat()
          ?? standard.temperature))
    guard let field = try json.optionalMember("compatibility") else { return }
    switch try field.string() {
    case "none": break
    case DistillationSpec.softenedProbabilities: objective.softensProbabilities = true
    default: throw field.mismatch("'none' or '\(DistillationSpec.softenedProbabilities)'")
    }
  }
}

extension Plateau {
  fileprivate init(_ json: JSONField, in recipe: Recipe) throws(Diagnostic) {
    try json.allowOnly("monitor", "factor", "patience", "min_rate", "min_delta", "cooldown")
    self.init(
      monitor: try json.monitor(in: recipe), factor: try json.float("factor", 0..<1, 0.1),
      patience: try json.optionalMember("patience")?.integer(in: 0...100_000) ?? 10,
      minimumRate: try json.optionalMember("min_rate")?.nonNegativeFloat() ?? 0,
      minimumDelta: try json.minimumDelta(1e-4),
      cooldown: try json.optionalMember("cooldown")?.integer(in: 0...100_000) ?? 0)
  }
}

extension EarlyStopping {
  fileprivate init(_ json: JSONField, in recipe: Recipe) throws(Diagnostic) {
    try json.allowOnly("monitor", "patience", "min_delta", "restore_best")
    self.init(
      monitor: try json.monitor(in: recipe),
      patience: try json.optionalMember("patience")?.integer(in: 0...100_000) ?? 0,
      minimumDelta: try json.minimumDelta(0),
      restoresBest: try json.optionalMember("restore_best")?.bool() ?? false)
  }
}

extension JSONField {
  func nonNegativeFloat() throws(Diagnostic) -> Float {
    let value = try float()
    guard value >= 0 else { throw mismatch("a number of at least 0") }
    return value
  }

  fileprivate func minimumDelta(_ standard: Double) throws(Diagnostic) -> Double {
    guard let field = try optionalMember("min_delta") else { return standard }
    let value = try field.double()
    guard value >= 0 else { throw field.mismatch("a number of at least 0") }
    return value
  }

  /// The member `monitor` of this object, `val_loss` where it is absent.
  fileprivate func monitor(in recipe: Recipe) throws(Diagnostic) -> Monitor {
    let field = try optionalMember("monitor")
    let monitor: Monitor = try field?.choice() ?? .validationLoss
    if monitor.needsValidation, !recipe.validation.isHeldOut {
      throw (field ?? self).mismatch(
        "'loss' or 'accuracy' as monitor, since the recipe holds out no samples for validation")
    }
    return monitor
  }
}

extension QuantizationPlan {
  fileprivate init(_ json: JSONField, layers: [LayerSpec]) throws(Diagnostic) {
    try json.allowOnly(
      "input", "weights", "biases", "activations", "layers", "trainable", "accumulator")
    self.init(
      weights: try json.optionalMember("weights")?.quantizer(),
      biases: try json.optionalMember("biases")?.quantizer(),
      activations: try json.optionalMember("activations")?.quantizer(),
      widths: try json.optionalMember("trainable").map(WidthPlan.init),
      accumulatorBits: try json.optionalMember("accumulator")?.integer(in: 2...24))
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
