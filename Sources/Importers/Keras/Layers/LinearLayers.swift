// Dense layers and convolutions.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// Parameters of a layer after quantization: `values` · `scale`.
struct KerasParameter {
  var constant: Constant
  /// Factors per output that are no powers of two, applied behind the sum; nil for none.
  var scale: [Float]?

  init(_ constant: Constant, scale: [Float]? = nil) {
    self.constant = constant
    self.scale = scale
  }

  init(real values: [Float], _ shape: [Int]) {
    self.init(Constant(shape: Shape(shape), real: values))
  }
}

/// How the parameters of a layer become what the layer computes with.
protocol KerasParameterQuantizer {
  func quantized(
    _ values: [Float], _ shape: [Int], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter
  /// What is added to `count` outputs, given the layer's bias.
  func quantizedBias(
    _ values: [Float]?, count: Int, _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter?
}

extension KerasParameterQuantizer {
  func quantizedBias(
    _ values: [Float]?, count: Int, _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter? {
    guard let values else { return nil }
    return try quantized(values, [count], call)
  }
}

/// Parameters that are used as they are.
struct UnquantizedParameter: KerasParameterQuantizer {
  func quantized(
    _ values: [Float], _ shape: [Int], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    let name = call.layer.className.hasPrefix("Depthwise") ? "depthwise_kernel" : "kernel"
    if shape.count > 1, let (low, high) = try call.ranges?.range(name, call) {
      return try FakeQuantizedKernel(low: low, high: high).quantized(values, shape, call)
    }
    guard call.hasExactWeights else { return KerasParameter(real: values, shape) }
    guard let constant = exactConstant(values.map { Double($0) }, shape) else {
      throw call.refusal("its weights are no fixed-point numbers")
    }
    return KerasParameter(constant)
  }
}

extension KerasImporter {
  /// A product with a kernel, its factors, a bias: the linear part of a layer.
  mutating func linear(
    _ op: Op, on x: Node.ID, kernel: KerasParameter, bias: KerasParameter?, _ call: KerasCall,
    suffix: String = ""
  ) throws(Diagnostic) -> Node.ID {
    let layer = call.layer.name
    let base = suffix.isEmpty ? layer : "\(layer)_\(suffix)"
    let weights = try builder.parameter("\(base)_kernel", kernel.constant, layer: layer)
    var biasNode: Node.ID?
    if let bias {
      biasNode = try builder.parameter(
        "\(base)_bias", bias.scaled() ?? bias.constant, layer: layer)
    }
    guard let scale = kernel.scale else {
      return try append(op, [x, weights] + (biasNode.map { [$0] } ?? []), call, suffix)
    }
    guard let factors = exactConstant(scale.map { Double($0) }, [scale.count]) else {
      throw call.refusal("the scales of its weights lie too far apart")
    }
    let name = suffix.isEmpty ? "" : "\(suffix)_"
    let product = try append(op, [x, weights], call, suffix)
    let factor = try builder.parameter("\(base)_scale", factors, layer: layer)
    let scaled = try append(.multiply(Multiply()), [product, factor], call, "\(name)scaled")
    guard let biasNode else { return scaled }
    return try append(.add(Add()), [scaled, biasNode], call, "\(name)biased")
  }

  mutating func dense(
    _ call: KerasCall, kernel kernelQuantizer: any KerasParameterQuantizer = UnquantizedParameter(),
    bias biasQuantizer: any KerasParameterQuantizer = UnquantizedParameter()
  ) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let units = try call.count("units", "output_dim")
    let shape = [builder.shape(x).channels, units]
    let hasBias = try call.hasBias()
    let values = try call.variables.floats(
      [(.kernel, shape)] + (hasBias ? [(.bias, [units])] : []))
    let kernel = try kernelQuantizer.quantized(values[.kernel]!, shape, call)
    let bias = try biasQuantizer.quantizedBias(values[.bias], count: units, call)
    let sum = try linear(.dense(Dense()), on: x, kernel: kernel, bias: bias, call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  /// The convolution that a layer describes.
  struct ConvolutionSettings {
    var size: [Int]
    var conv: Conv
    var rank: Int { size.count }
  }

  func convolutionSettings(_ call: KerasCall, on x: Shape) throws(Diagnostic) -> ConvolutionSettings
  {
    try call.requireChannelsLast()
    let rank = call.layer.className.contains("1D") ? 1 : 2
    var keys = ["kernel_size", "filter_length"]
    var size: [Int]
    if let rows = try call.config.optionalMember("nb_row"),
      let columns = try call.config.optionalMember("nb_col")
    {
      let range = 1...Shape.maximumCount
      size = [try rows.integer(in: range), try columns.integer(in: range)]
      keys = []
    } else {
      size = try call.extents(keys, rank: rank)
    }
    let ones = [Int](repeating: 1, count: rank)
    let strides = try call.extents(
      ["strides", "subsample", "subsample_length"], rank: rank, default: ones)
    let dilations = try call.extents(["dilation_rate"], rank: rank, default: ones)
    let groups = try call.config.optionalMember("groups")?.integer(in: 1...Shape.maximumCount) ?? 1
    let padding = try call.padding(x, size: size, strides: strides, dilations: dilations)
    return ConvolutionSettings(
      size: size,
      conv: Conv(
        strides: strides == ones ? [] : strides, padding: padding,
        dilations: dilations == ones ? [] : dilations, groups: groups))
  }

  mutating func convolution(
    _ call: KerasCall, kernel kernelQuantizer: any KerasParameterQuantizer = UnquantizedParameter(),
    bias biasQuantizer: any KerasParameterQuantizer = UnquantizedParameter()
  ) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let channels = builder.shape(x).channels
    let settings = try convolutionSettings(call, on: builder.shape(x))
    let filters = try call.count("filters", "nb_filter")
    let groups = settings.conv.groups
    guard channels % groups == 0 else {
      throw call.refusal("\(groups) groups do not divide \(channels) channels")
    }
    let shape = settings.size + [channels / groups, filters]
    let hasBias = try call.hasBias()
    let values = try call.variables.floats(
      [(.kernel, shape)] + (hasBias ? [(.bias, [filters])] : []))
    let kernel = try kernelQuantizer.quantized(values[.kernel]!, shape, call)
    let bias = try biasQuantizer.quantizedBias(values[.bias], count: filters, call)
    let sum = try linear(.conv(settings.conv), on: x, kernel: kernel, bias: bias, call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  mutating func depthwise(
    _ call: KerasCall, kernel kernelQuantizer: any KerasParameterQuantizer = UnquantizedParameter(),
    bias biasQuantizer: any KerasParameterQuantizer = UnquantizedParameter()
  ) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let channels = builder.shape(x).channels
    var settings = try convolutionSettings(call, on: builder.shape(x))
    settings.conv.groups = channels
    let multiplier = try call.extents(["depth_multiplier"], rank: 1, default: [1])[0]
    let shape = settings.size + [channels, multiplier]
    let hasBias = try call.hasBias()
    let outputs = channels * multiplier
    let values = try call.variables.floats(
      [(.depthwiseKernel, shape)] + (hasBias ? [(.bias, [outputs])] : []))
    let kernel = try kernelQuantizer.quantized(values[.depthwiseKernel]!, shape, call)
      .depthwise(settings.size, channels: channels, multiplier: multiplier)
    let bias = try biasQuantizer.quantizedBias(values[.bias], count: outputs, call)
    let sum = try linear(.conv(settings.conv), on: x, kernel: kernel, bias: bias, call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  mutating func separable(
    _ call: KerasCall,
    depthwise depthwiseQuantizer: any KerasParameterQuantizer = UnquantizedParameter(),
    pointwise pointwiseQuantizer: any KerasParameterQuantizer = UnquantizedParameter(),
    bias biasQuantizer: any KerasParameterQuantizer = UnquantizedParameter()
  ) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let channels = builder.shape(x).channels
    var settings = try convolutionSettings(call, on: builder.shape(x))
    settings.conv.groups = channels
    let multiplier = try call.extents(["depth_multiplier"], rank: 1, default: [1])[0]
    let filters = try call.count("filters", "nb_filter")
    let hasBias = try call.hasBias()
    let shape = settings.size + [channels, multiplier]
    let ones = [Int](repeating: 1, count: settings.rank)
    let pointShape = ones + [channels * multiplier, filters]
    let values = try call.variables.floats(
      [(.depthwiseKernel, shape), (.pointwiseKernel, pointShape)]
        + (hasBias ? [(.bias, [filters])] : []))
    let kernel = try depthwiseQuantizer.quantized(values[.depthwiseKernel]!, shape, call)
      .depthwise(settings.size, channels: channels, multiplier: multiplier)
    let each = try linear(
      .conv(settings.conv), on: x, kernel: kernel, bias: nil, call, suffix: "depthwise")
    let point = try pointwiseQuantizer.quantized(values[.pointwiseKernel]!, pointShape, call)
    let bias = try biasQuantizer.quantizedBias(values[.bias], count: filters, call)
    let sum = try linear(.conv(Conv()), on: each, kernel: point, bias: bias, call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  /// A dense layer that is written as a sum over indices: `abc,cd->abd`.
  mutating func einsum(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let units = try einsumProduct(call, on: x)
    let hasBias = try call.setting("bias_axes") != nil
    let kernelShape = [builder.shape(x).channels, units]
    let values = try call.variables.floats(
      [(.kernel, kernelShape)] + (hasBias ? [(.bias, [units])] : []))
    let sum = try linear(
      .dense(Dense()), on: x, kernel: KerasParameter(real: values[.kernel]!, kernelShape),
      bias: values[.bias].map { KerasParameter(real: $0, [units]) }, call)
    return try activation(try call.setting("activation"), on: sum, call)
  }
}

extension KerasImporter {
  /// The number of outputs of a layer with an equation, which must be a product along the last axis.
  func einsumProduct(_ call: KerasCall, on x: Node.ID) throws(Diagnostic) -> Int {
    let equation = try call.config.member("equation").string()
    guard let product = EinsumProduct(equation, rank: builder.shape(x).rank) else {
      throw call.refusal("its equation '\(equation)' is no product along the last axis")
    }
    return try product.units(call)
  }
}

/// The equation of a dense layer, `…c,cd->…d`, that is a product along the last axis.
struct EinsumProduct {
  /// Nil for anything else; `rank` is that of the input without the batch.
  init?(_ equation: String, rank: Int) {
    let sides = equation.split(separator: ">", omittingEmptySubsequences: false)
    guard sides.count == 2, sides[0].hasSuffix("-") else { return nil }
    let operands = sides[0].dropLast().split(separator: ",").map { $0.filter { $0 != " " } }
    let output = sides[1].filter { $0 != " " }
    guard operands.count == 2, operands[1].count == 2, let old = operands[1].first,
      let new = operands[1].last, old != new, operands[0].last == old, output.last == new,
      operands[0].dropLast() == output.dropLast(), !output.dropLast().contains(old),
      !output.dropLast().contains(new)
    else { return nil }
    if !operands[0].hasPrefix("...") {
      guard operands[0].count == rank + 1, Set(operands[0]).count == rank + 1 else { return nil }
    }
  }

  /// How many elements the new axis has.
  func units(_ call: KerasCall) throws(Diagnostic) -> Int {
    let field = try call.config.member("output_shape")
    guard case .array = field.value else { return try field.integer(in: 1...Shape.maximumCount) }
    guard let last = try field.elements().last else { throw field.mismatch("a shape") }
    return try last.integer(in: 1...Shape.maximumCount)
  }
}

extension KerasParameter {
  /// A kernel [k…, C, m] of a depthwise convolution as the graph has it: [k…, 1, C · m].
  func depthwise(_ size: [Int], channels: Int, multiplier: Int) -> KerasParameter {
    var result = self
    result.constant.shape = Shape(size + [1, channels * multiplier])
    if case .fixed(let values, let format) = constant.elements, !format.isUniform,
      format.formats.count != values.count
    {
      let formats = values.indices.map { format.format(of: $0) }
      result.constant.elements = .fixed(values, TensorFormat(repeating: formats))
    }
    result.scale = scale.map { scale in
      (0..<channels * multiplier).map { scale[$0 % scale.count] }
    }
    return result
  }

  /// Values and factors in one constant; nil when there are no factors, or they lie too far apart.
  func scaled() -> Constant? {
    guard let scale else { return nil }
    let values = constant.value.asReal.values
    return exactConstant(
      values.indices.map { values[$0] * Double(scale[$0 % scale.count]) }, constant.shape.extents)
  }
}
