// The layers of QKeras.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

extension KerasImporter {
  /// Layers whose names QKeras shares with others.
  mutating func qkerasLayer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    guard let result = try qkerasOnlyLayer(call) else {
      throw call.refusal("QKeras has no such layer")
    }
    return result
  }

  /// The output of a layer of QKeras; nil for other layers.
  mutating func qkerasOnlyLayer(_ call: KerasCall) throws(Diagnostic) -> Node.ID? {
    func kernel(_ key: String) throws(Diagnostic) -> any KerasParameterQuantizer {
      guard let quantizer = try QKerasQuantizer(try call.setting(key), call) else {
        return UnquantizedParameter()
      }
      return QKerasParameterQuantizer(kernel: quantizer)
    }
    var bias: any KerasParameterQuantizer = UnquantizedParameter()
    if let quantizer = try QKerasQuantizer(try call.setting("bias_quantizer"), call) {
      bias = QKerasParameterQuantizer(bias: quantizer)
    }
    switch call.layer.className {
    case "QDense": return try dense(call, kernel: kernel("kernel_quantizer"), bias: bias)
    case "QConv1D", "QConv2D":
      return try convolution(call, kernel: kernel("kernel_quantizer"), bias: bias)
    case "QConv2DTranspose":
      return try transposedConvolution(call, kernel: kernel("kernel_quantizer"), bias: bias)
    case "QDepthwiseConv2D":
      return try depthwise(call, kernel: kernel("depthwise_quantizer"), bias: bias)
    case "QSeparableConv1D", "QSeparableConv2D":
      return try separable(
        call, depthwise: kernel("depthwise_quantizer"), pointwise: kernel("pointwise_quantizer"),
        bias: bias)
    case "QDenseBatchnorm":
      let fold = try folding(call, channels: call.count("units"))
      return try dense(
        call, kernel: fold.kernel(kernel("kernel_quantizer")), bias: fold.bias(bias))
    case "QConv2DBatchnorm":
      let fold = try folding(call, channels: call.count("filters"))
      return try convolution(
        call, kernel: fold.kernel(kernel("kernel_quantizer")), bias: fold.bias(bias))
    case "QDepthwiseConv2DBatchnorm":
      let multiplier = try call.extents(["depth_multiplier"], rank: 1, default: [1])[0]
      let channels = builder.shape(try call.input()).channels
      let fold = try folding(call, channels: channels * multiplier)
      return try depthwise(
        call, kernel: fold.kernel(kernel("depthwise_quantizer")), bias: fold.bias(bias))
    case "QActivation":
      return try activation(try call.config.member("activation"), on: try call.input(), call)
    case "QAdaptiveActivation":
      throw call.refusal(
        "its integer bits are not in the file",
        suggestion: "replace it by QActivation(\"quantized_relu(bits,integer)\") before saving")
    case "QBatchNormalization": return try quantizedNormalization(call)
    case "QAveragePooling2D", "QGlobalAveragePooling2D": return try quantizedMean(call)
    default: return nil
    }
  }

  // MARK: Batch normalization

  /// The factors of a batch normalization that is part of the layer.
  private func folding(
    _ call: KerasCall, channels: Int
  ) throws(Diagnostic) -> FoldedNormalization {
    var inner = call
    inner.variables = call.variables.part(["batchnorm"])
    return FoldedNormalization(try statistics(inner, channels: channels))
  }

  private mutating func quantizedNormalization(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    var statistics = try statistics(call, channels: builder.shape(x).channels)
    func quantized(_ values: [Float], _ key: String) throws(Diagnostic) -> [Float] {
      guard let quantizer = try QKerasQuantizer(try call.setting(key), call) else { return values }
      let parameter = try QKerasParameterQuantizer(bias: quantizer)
        .quantized(values, [values.count], call)
      return (parameter.scaled() ?? parameter.constant).value.asReal.values.map { Float($0) }
    }
    statistics.gamma = try quantized(statistics.gamma, "gamma_quantizer")
    statistics.beta = try quantized(statistics.beta, "beta_quantizer")
    statistics.mean = try quantized(statistics.mean, "mean_quantizer")
    statistics.variance = try quantized(statistics.variance, "variance_quantizer")
    return try batchNormalization(statistics, on: x, call)
  }

  // MARK: Activations

  /// A mean as a sum times a quantized reciprocal.
  private mutating func quantizedMean(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let shape = builder.shape(x)
    var inner = call
    let isGlobal = call.layer.className == "QGlobalAveragePooling2D"
    inner.layer.className = isGlobal ? "GlobalAveragePooling2D" : "AveragePooling2D"
    let mean: Node.ID
    if let quantizer = try QKerasQuantizer(try call.setting("average_quantizer"), call) {
      try call.requireChannelsLast()
      guard shape.rank == 3 else { throw call.refusal("its input has shape \(shape)") }
      let size =
        isGlobal
        ? Array(shape.extents.prefix(2))
        : try call.extents(["pool_size"], rank: 2, default: [2, 2])
      let strides = isGlobal ? size : try call.extents(["strides"], rank: 2, default: size)
      let padding = isGlobal ? [] : try call.padding(shape, size: size, strides: strides)
      guard padding.isEmpty else {
        throw call.refusal(
          "its windows reach beyond the image", suggestion: "use padding=\"valid\"")
      }
      let factor = try QKerasParameterQuantizer(bias: quantizer)
        .quantized([1 / Float(size[0] * size[1])], [1], call)
      var sum = try append(
        .sumPool(SumPool(PoolWindow(size: size, strides: strides))), [x], call, "sum")
      if isGlobal { sum = try append(.flatten(Flatten()), [sum], call, "vector") }
      let reciprocal = try builder.parameter(
        "\(call.layer.name)_reciprocal", factor.scaled() ?? factor.constant, layer: call.layer.name)
      mean = try append(.multiply(Multiply()), [sum, reciprocal], call)
    } else {
      mean = try isGlobal ? globalPooling(inner) : pooling(inner)
    }
    return try activation(try call.setting("activation"), on: mean, call)
  }

  /// What a quantizer makes of activations.
  mutating func quantize(
    _ quantizer: QKerasQuantizer, _ x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    guard case .number(let factor) = quantizer.scale else {
      throw call.refusal(
        "its scale follows from the activations of a batch", suggestion: "train with alpha=1")
    }
    let result = try quantized(quantizer.kind, x, call)
    if factor == 1 { return result }
    return try append(.multiply(Multiply()), [result, try number(factor, call)], call, "scaled")
  }

  private mutating func quantized(
    _ kind: QKerasQuantizer.Kind, _ x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    let isActivation = call.layer.className == "QActivation"
    func rounding(_ format: FixedFormat, isSymmetric: Bool = false) -> Op {
      .quantize(Quantize(format, .halfEven, isSymmetric ? .saturateSymmetric : .saturate))
    }
    let last = isActivation ? "" : "quantized"
    switch kind {
    case .fixed(let format, let isSymmetric):
      return try append(rounding(format, isSymmetric: isSymmetric), [x], call, last)
    case .binary(let isZeroOne):
      if !isZeroOne { return try sign(x, call, zeroIsPositive: true) }
      let isNegative = try append(QKerasStep.op, [x], call, "step")
      return try append(.add(Add()), [isNegative, try number(1, call)], call, last)
    case .ternary(let threshold, _):
      // Steps are -1 in front of their threshold, 0 from there on.
      let bound = try number(threshold, call)
      let above = try append(.subtract(Subtract()), [x, bound], call, "above")
      let negated = try append(
        .multiply(Multiply()), [x, try number(-1, call)], call, "negated")
      let below = try append(.subtract(Subtract()), [negated, bound], call, "below")
      let steps = [
        try append(QKerasStep.op, [above], call, "above_step"),
        try append(QKerasStep.op, [below], call, "below_step"),
      ]
      return try append(.subtract(Subtract()), steps, call, last)
    case .leakyRelu(let format, let slope, let integer):
      let leaky = try append(.leakyRelu(LeakyRelu(alpha: slope)), [x], call, "leaky")
      let rounded = try append(rounding(format), [leaky], call, "rounded")
      let bound = -slope * Float(sign: .plus, exponent: integer, significand: 1)
      return try append(.maximum(Maximum()), [rounded, try number(bound, call)], call, last)
    case .sigmoidRelu(let bits, let integer):
      return try sigmoidRelu(bits: bits, integer: integer, x, call, last)
    case .tanh(let format, let isSymmetric, let isReal):
      let value = isReal ? try append(.tanh(Tanh()), [x], call, "tanh") : x
      return try append(rounding(format, isSymmetric: isSymmetric), [value], call, last)
    case .sigmoid(let format, let isSymmetric, let isReal):
      let value =
        isReal ? try append(.sigmoid(Sigmoid()), [x], call, "sigmoid") : try halved(x, call)
      let rounded = try append(rounding(format), [value], call, isSymmetric ? "rounded" : last)
      guard isSymmetric else { return rounded }
      let step = Float(sign: .plus, exponent: -format.fraction, significand: 1)
      return try append(.maximum(Maximum()), [rounded, try number(step, call)], call, last)
    case .hardSwish(let format, let isSymmetric, let shift, let bound):
      let shifted = try append(.add(Add()), [x, try number(shift, call)], call, "shifted")
      let gate = try append(.clip(Clip(low: 0, high: bound)), [shifted], call, "gate")
      let product = try append(.multiply(Multiply()), [x, gate], call, "product")
      let mean = try append(.divide(Divide()), [product, try number(bound, call)], call, "mean")
      return try append(rounding(format, isSymmetric: isSymmetric), [mean], call, last)
    case .powerOfTwo:
      throw call.refusal(
        "activations that are powers of two are not supported",
        suggestion: "train with quantized_relu or quantized_bits")
    }
  }

  /// `x / 2 + 1/2`, what QKeras calls a sigmoid.
  mutating func halved(_ x: Node.ID, _ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let half = try number(0.5, call)
    let scaled = try append(.multiply(Multiply()), [x, half], call, "half")
    return try append(.add(Add()), [scaled, half], call, "sigmoid")
  }

  private mutating func sigmoidRelu(
    bits: Int, integer: Int, _ x: Node.ID, _ call: KerasCall, _ last: String
  ) throws(Diagnostic) -> Node.ID {
    func power(_ exponent: Int) -> Float {
      Float(sign: .plus, exponent: exponent, significand: 1)
    }
    let scaled = try append(
      .multiply(Multiply()), [x, try number(power(-integer - 1), call)], call, "half")
    let shifted = try append(.add(Add()), [scaled, try number(0.5, call)], call, "sigmoid")
    // One bit more than the result: 1 is among the values.
    let clipped = try append(.clip(Clip(low: 0, high: 1)), [shifted], call, "clipped")
    let rounded = try append(
      .quantize(Quantize(.unsigned(bits + 1, fraction: bits), .halfEven, .saturate)), [clipped],
      call, "rounded")
    let doubled = try append(
      .multiply(Multiply()), [rounded, try number(2, call)], call, "doubled")
    let centered = try append(
      .subtract(Subtract()), [doubled, try number(1, call)], call, "centered")
    let bounded = try append(
      .clip(Clip(low: 0, high: 1 - power(-bits))), [centered], call, "bounded")
    return try append(
      .multiply(Multiply()), [bounded, try number(power(integer), call)], call, last)
  }
}

/// -1 for negative numbers, else 0.
enum QKerasStep {
  static let op = Op.quantize(Quantize(.signed(1, fraction: 0), .floor, .saturate))
}

/// A batch normalization as factors of a kernel and a bias, in float32 as QKeras computes them.
struct FoldedNormalization {
  private let factors: [Float]
  private let statistics: KerasStatistics

  init(_ statistics: KerasStatistics) {
    self.statistics = statistics
    factors = zip(statistics.variance, statistics.gamma).map {
      1 / ($0 + statistics.epsilon).squareRoot() * $1
    }
  }

  func kernel(_ quantizer: any KerasParameterQuantizer) -> any KerasParameterQuantizer {
    FoldedKernel(factors: factors, quantizer: quantizer)
  }

  func bias(_ quantizer: any KerasParameterQuantizer) -> any KerasParameterQuantizer {
    FoldedBias(factors: factors, statistics: statistics, quantizer: quantizer)
  }

  private struct FoldedKernel: KerasParameterQuantizer {
    var factors: [Float]
    var quantizer: any KerasParameterQuantizer

    func quantized(
      _ values: [Float], _ shape: [Int], _ call: KerasCall
    ) throws(Diagnostic) -> KerasParameter {
      let folded = values.indices.map { values[$0] * factors[$0 % factors.count] }
      if let index = folded.firstIndex(where: { !$0.isFinite }) {
        throw call.refusal("its normalization makes weight \(index) \(folded[index])")
      }
      return try quantizer.quantized(folded, shape, call)
    }
  }

  private struct FoldedBias: KerasParameterQuantizer {
    var factors: [Float]
    var statistics: KerasStatistics
    var quantizer: any KerasParameterQuantizer

    func quantized(
      _ values: [Float], _ shape: [Int], _ call: KerasCall
    ) throws(Diagnostic) -> KerasParameter {
      let folded = values.indices.map {
        factors[$0] * (values[$0] - statistics.mean[$0]) + statistics.beta[$0]
      }
      if let index = folded.firstIndex(where: { !$0.isFinite }) {
        throw call.refusal("its normalization makes bias \(index) \(folded[index])")
      }
      return try quantizer.quantized(folded, shape, call)
    }

    func quantizedBias(
      _ values: [Float]?, count: Int, _ call: KerasCall
    ) throws(Diagnostic) -> KerasParameter? {
      try quantized(values ?? [Float](repeating: 0, count: count), [count], call)
    }
  }
}
