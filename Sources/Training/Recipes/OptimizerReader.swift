// From JSON to optimizers, learning rates and clipping.

import Diagnostics
import FileFormats

/// Whose values settings have that a stage does not state.
enum DefaultSettings: String, CaseIterable {
  case keras
  /// Those of `trainingOptions`.
  case matlab
}

extension Optimizer {
  /// What a recipe may call an optimizer.
  private static let words = ["sgd", "sgdm", "nesterov", "rmsprop", "adam", "adamw", "amsgrad"]

  /// Reads a word or an object with one; `adamw` and the like are other defaults of the same three
  /// optimizers.
  init(_ json: JSONField, defaults: DefaultSettings) throws(Diagnostic) {
    if case .string = json.value {
      self = try Optimizer(word: json, JSONField(parsing: "{}", file: ""), defaults)
      return
    }
    let own: DefaultSettings? = try json.optionalMember("defaults")?.choice()
    self = try Optimizer(word: json.member("type"), json, own ?? defaults)
  }

  private init(
    word: JSONField, _ json: JSONField, _ defaults: DefaultSettings
  ) throws(Diagnostic) {
    let isMATLAB = defaults == .matlab
    let epsilon: Float = isMATLAB ? 1e-8 : 1e-7
    switch try word.string() {
    case "sgd": try self.init(sgd: json, momentum: isMATLAB ? 0.9 : 0, nesterov: false)
    case "sgdm": try self.init(sgd: json, momentum: 0.9, nesterov: false)
    case "nesterov": try self.init(sgd: json, momentum: 0.9, nesterov: true)
    case "rmsprop":
      try json.allowOnly(
        "type", "defaults", "rate", "rho", "momentum", "epsilon", "centered", "epsilon_in_root")
      self = .rmsprop(
        rate: try json.rate(0.001), rho: try json.float("rho", 0..<1, 0.9),
        momentum: try json.float("momentum", 0..<1, 0),
        epsilon: try json.optionalMember("epsilon")?.positiveFloat() ?? epsilon,
        isCentered: try json.optionalMember("centered")?.bool() ?? false,
        isEpsilonInRoot: try json.optionalMember("epsilon_in_root")?.bool() ?? !isMATLAB)
    case "adam": try self.init(adam: json, epsilon, weightDecay: 0, isAMSGrad: false)
    case "adamw": try self.init(adam: json, epsilon, weightDecay: 0.004, isAMSGrad: false)
    case "amsgrad": try self.init(adam: json, epsilon, weightDecay: 0, isAMSGrad: true)
    default:
      throw word.mismatch("one of " + Optimizer.words.map { "'\($0)'" }.joined(separator: ", "))
    }
  }

  private init(sgd json: JSONField, momentum: Float, nesterov: Bool) throws(Diagnostic) {
    try json.allowOnly("type", "defaults", "rate", "momentum", "nesterov")
    self = .sgd(
      rate: try json.rate(0.01), momentum: try json.float("momentum", 0..<1, momentum),
      nesterov: try json.optionalMember("nesterov")?.bool() ?? nesterov)
  }

  private init(
    adam json: JSONField, _ epsilon: Float, weightDecay: Float, isAMSGrad: Bool
  ) throws(Diagnostic) {
    try json.allowOnly(
      "type", "defaults", "rate", "beta1", "beta2", "epsilon", "weight_decay", "amsgrad")
    self = .adam(
      rate: try json.rate(0.001), beta1: try json.float("beta1", 0..<1, 0.9),
      beta2: try json.float("beta2", 0..<1, 0.999),
      epsilon: try json.optionalMember("epsilon")?.positiveFloat() ?? epsilon,
      weightDecay: try json.float("weight_decay", 0..<1, weightDecay),
      isAMSGrad: try json.optionalMember("amsgrad")?.bool() ?? isAMSGrad)
  }
}

extension RateSchedule {
  private static let words = [
    "constant", "step", "piecewise", "exponential", "cosine", "one_cycle",
  ]

  init(_ json: JSONField) throws(Diagnostic) {
    switch try json.member("type").string() {
    case "constant":
      try json.allowOnly("type")
      self = .constant
    case "step":
      try json.allowOnly("type", "factor", "epochs")
      self = .step(factor: try json.factor(0.1), epochs: try json.epochs(10))
    case "piecewise":
      try json.allowOnly("type", "pieces")
      var pieces: [Piece] = []
      for field in try json.member("pieces").nonEmptyElements() {
        try field.allowOnly("epoch", "factor")
        let epoch = try field.member("epoch")
        pieces.append(
          Piece(
            epoch: try epoch.integer(in: 1...100_000),
            factor: try field.member("factor").positiveFloat()))
        if pieces.count > 1, pieces[pieces.count - 2].epoch >= pieces[pieces.count - 1].epoch {
          throw epoch.mismatch("a later epoch than the piece before")
        }
      }
      self = .piecewise(pieces)
    case "exponential":
      try json.allowOnly("type", "factor", "epochs")
      self = .exponential(factor: try json.factor(0.9), epochs: try json.epochs(1))
    case "cosine":
      try json.allowOnly("type", "final")
      self = .cosine(final: try json.float("final", 0..<1, 0))
    case "one_cycle":
      try json.allowOnly("type", "initial", "rise", "final")
      self = .oneCycle(
        initial: try json.float("initial", 0..<1, 0.04), rise: try json.float("rise", 0..<1, 0.3),
        final: try json.float("final", 0..<1, 4e-6))
    default:
      throw try json.member("type").mismatch(
        "one of " + RateSchedule.words.map { "'\($0)'" }.joined(separator: ", "))
    }
  }
}

extension WarmUp {
  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly("steps", "epochs")
    let range = 0...Int(Int32.max)
    switch (try json.optionalMember("steps"), try json.optionalMember("epochs")) {
    case (let steps?, nil): self = .steps(try steps.integer(in: range))
    case (nil, let epochs?): self = .epochs(try epochs.integer(in: range))
    default: throw json.mismatch("{\"steps\": n} or {\"epochs\": n}")
    }
  }
}

extension GradientClipping {
  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly("value", "norm", "global_norm")
    let value = try json.optionalMember("value")?.positiveFloat()
    let norm = try json.optionalMember("norm")?.positiveFloat()
    let globalNorm = try json.optionalMember("global_norm")?.positiveFloat()
    switch (value, norm, globalNorm) {
    case (let limit?, nil, nil): self = .value(limit)
    case (nil, let limit?, nil): self = .norm(limit)
    case (nil, nil, let limit?): self = .globalNorm(limit)
    default: throw json.mismatch("{\"value\": x}, {\"norm\": x} or {\"global_norm\": x}")
    }
  }
}

extension JSONField {
  fileprivate func rate(_ standard: Float) throws(Diagnostic) -> Float {
    try optionalMember("rate")?.positiveFloat() ?? standard
  }

  fileprivate func factor(_ standard: Float) throws(Diagnostic) -> Float {
    try optionalMember("factor")?.positiveFloat() ?? standard
  }

  fileprivate func epochs(_ standard: Int) throws(Diagnostic) -> Int {
    try optionalMember("epochs")?.integer(in: 1...100_000) ?? standard
  }

  /// The number called `key` in `range`, or `standard`.
  func float(
    _ key: String, _ range: Range<Float>, _ standard: Float
  ) throws(Diagnostic) -> Float {
    try optionalMember(key)?.float(in: range) ?? standard
  }
}
