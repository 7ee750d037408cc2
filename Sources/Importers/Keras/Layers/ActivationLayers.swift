// Activation functions, as layers and as settings of other layers.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

extension KerasImporter {
  /// An activation in any spelling: null, `"relu"`, `{"class_name": "ReLU", "config": {…}}`, a
  /// quantizer of QKeras.
  mutating func activation(
    _ json: JSONField?, on x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    guard let json, !json.isNull else { return x }
    if case .string(let word) = json.value {
      if let quantizer = try QKerasQuantizer(word, call) {
        return try quantize(quantizer, x, call)
      }
      if call.layer.className.hasPrefix("Q"), !call.isHGQ2,
        let result = try qkerasFunction(word, on: x, call)
      {
        return result
      }
      return try activation(word, on: x, call)
    }
    let className = KerasLayer.className(try json.member("class_name").string())
    let config = try json.optionalMember("config")
    if className == "function", let config {
      return try activation(config, on: x, call)
    }
    if className == "NoOpActivation" { return x }
    if className == "QuantizeAwareActivation", let config {
      let before = try fakeQuantized(x, "pre_activation", call)
      let value = try activation(try config.member("activation"), on: before, call)
      return try fakeQuantized(value, "post_activation", call)
    }
    if let quantizer = try QKerasQuantizer(className, config, call) {
      return try quantize(quantizer, x, call)
    }
    if let config, case .object = config.value {
      var layerCall = call
      layerCall.layer.className = className
      layerCall.layer.config = config
      layerCall.inputs = [.tensor(x)]
      layerCall.name = "\(call.name)_\(className.lowercased())"
      return try activationLayer(layerCall)
    }
    return try activation(className, on: x, call)
  }

  /// The activation function called `word`.
  mutating func activation(
    _ word: String, on x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    let name = String(word.split(separator: ">").last ?? "")
    let op: Op
    switch name {
    case "linear", "identity": return x
    case "relu": op = .relu(Relu())
    case "relu6": op = .clip(Clip(low: 0, high: 6))
    case "sigmoid": op = .sigmoid(Sigmoid())
    case "tanh": op = .tanh(Tanh())
    case "softmax": op = .softmax(Softmax())
    case "elu": op = .elu(Elu(alpha: 1))
    case "hard_sigmoid": op = .hardSigmoid(isKeras3 ? HardSigmoid() : HardSigmoid(alpha: 0.2))
    case "hard_tanh": op = .clip(Clip(low: -1, high: 1))
    case "leaky_relu": op = .leakyRelu(LeakyRelu(alpha: 0.2))
    case "softplus": op = .function(Function(.softplus))
    case "softsign": op = .function(Function(.softsign))
    case "selu": op = .function(Function(.selu))
    case "celu": op = .function(Function(.celu, alpha: 1))
    case "exponential": op = .function(Function(.exp))
    case "swish", "silu": op = .function(Function(.swish, alpha: 1))
    case "hard_swish", "hard_silu": op = .function(Function(.hardSwish))
    case "gelu": op = .function(Function(.gelu))
    case "mish": op = .function(Function(.mish))
    case "log_softmax":
      let normalized = try append(.softmax(Softmax()), [x], call, "softmax")
      return try append(.function(Function(.log)), [normalized], call, "log_softmax")
    case "binary_tanh": return try sign(x, call, zeroIsPositive: false)
    case "ternary_tanh":
      op = .quantize(Quantize(.signed(2, fraction: 0), .halfEven, .saturateSymmetric))
    default: throw call.refusal("the activation '\(word)' is unknown")
    }
    return try append(
      op, [x], call, ["Activation", "QActivation"].contains(call.layer.className) ? "" : name)
  }

  /// Layers that are activation functions.
  mutating func activationLayer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    switch call.layer.className {
    case "Activation": return try activation(try call.config.member("activation"), on: x, call)
    case "ReLU": return try relu(call)
    case "LeakyReLU":
      let slope = try call.setting("negative_slope", "alpha")
      return try append(.leakyRelu(LeakyRelu(alpha: Float(try slope?.double() ?? 0.3))), [x], call)
    case "ELU":
      return try append(.elu(Elu(alpha: try call.number("alpha", default: 1))), [x], call)
    case "PReLU": return try prelu(call)
    case "ThresholdedReLU":
      let theta = Float(try call.number("theta", default: 1))
      return try append(.function(Function(.threshold, alpha: theta)), [x], call)
    case "Softmax":
      let axis = try call.setting("axis")
      var number = -1
      if let axis {
        let elements = if case .array = axis.value { try axis.elements() } else { [axis] }
        guard elements.count == 1 else { throw call.refusal("it normalizes over several axes") }
        number = try elements[0].integer()
      }
      guard number == -1 || number == builder.shape(x).rank else {
        throw call.refusal("it normalizes along axis \(number); only the last one is supported")
      }
      return try append(.softmax(Softmax()), [x], call)
    case let className:
      throw call.refusal("the activation '\(className)' is unknown")
    }
  }

  private mutating func relu(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let slope = Float(try call.number("negative_slope", default: 0))
    let threshold = Float(try call.number("threshold", default: 0))
    let bound = Float(try call.number("max_value", default: .infinity))
    if slope == 0, threshold == 0, bound.isFinite {
      return try append(.clip(Clip(low: 0, high: bound)), [x], call)
    }
    guard threshold == 0 || slope == 0 && threshold > 0 else {
      throw call.refusal(
        "it has a threshold of \(threshold) and a slope of \(slope)",
        suggestion: "use a threshold of zero")
    }
    let op: Op =
      threshold > 0
      ? .function(Function(.threshold, alpha: threshold))
      : slope == 0 ? .relu(Relu()) : .leakyRelu(LeakyRelu(alpha: slope))
    let result = try append(op, [x], call)
    guard bound.isFinite else { return result }
    return try append(.minimum(Minimum()), [result, try number(bound, call)], call, "bounded")
  }

  /// Slopes per channel are an op; others are `max(x, 0) + alpha · min(x, 0)`.
  private mutating func prelu(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let shape = builder.shape(x).extents
    guard let array = try call.variables.find(.alpha, number: 0) else {
      throw .kerasMissingWeight(parts.file, layer: call.layer.name, variable: "alpha")
    }
    guard array.shape.count == shape.count,
      zip(array.shape, shape).allSatisfy({ $0 == 1 || $0 == $1 })
    else {
      throw .kerasWeightShape(
        parts.file, layer: call.layer.name, variable: "alpha", array.shape, expected: shape)
    }
    let alpha = try call.variables.floats(array, .alpha, shape: array.shape)
    if alpha.count == array.shape.last ?? 1 {
      return try append(.prelu(PRelu(alpha: alpha)), [x], call)
    }
    let slopes = broadcast(alpha, array.shape, to: shape)
    let zero = try number(0, call)
    let negative = try append(.minimum(Minimum()), [x, zero], call, "negative")
    let parameter = try builder.parameter(
      "\(call.layer.name)_alpha", slopes, shape, layer: call.layer.name)
    let scaled = try append(.multiply(Multiply()), [negative, parameter], call, "scaled")
    let positive = try append(.relu(Relu()), [x], call, "positive")
    return try append(.add(Add()), [positive, scaled], call)
  }

  /// -1 and 1 by the sign of x: `-2 · q - 1` where q is -1 for positive x, else 0.
  mutating func sign(
    _ x: Node.ID, _ call: KerasCall, zeroIsPositive: Bool
  ) throws(Diagnostic) -> Node.ID {
    let step: Op = .quantize(Quantize(.signed(1, fraction: 0), .floor, .saturate))
    if zeroIsPositive {
      let isNegative = try append(step, [x], call, "step")
      let doubled = try append(
        .multiply(Multiply()), [isNegative, try number(2, call)], call, "doubled")
      return try append(.add(Add()), [doubled, try number(1, call)], call, "sign")
    }
    let negated = try append(.multiply(Multiply()), [x, try number(-1, call)], call, "negated")
    let isPositive = try append(step, [negated], call, "step")
    let doubled = try append(
      .multiply(Multiply()), [isPositive, try number(-2, call)], call, "doubled")
    return try append(.subtract(Subtract()), [doubled, try number(1, call)], call, "sign")
  }
}

/// `values` of `shape`, whose extents are those of `target` or 1, repeated to `target`.
func broadcast<Element>(_ values: [Element], _ shape: [Int], to target: [Int]) -> [Element] {
  if values.count == target.reduce(1, *) { return values }
  var indices = [0]
  var stride = values.count
  for (own, extent) in zip(shape, target) {
    stride /= own
    indices = indices.flatMap { start in
      (0..<extent).map { own == 1 ? start : start + $0 * stride }
    }
  }
  return indices.map { values[$0] }
}
