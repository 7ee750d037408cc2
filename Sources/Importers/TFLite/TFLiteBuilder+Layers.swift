// Convolutions and matrix products.

import Diagnostics
import FixedPoint
import GraphIR

/// The activation functions that layers end in.
enum TFLiteActivation: Int {
  case none = 0
  case relu, reluN1To1, relu6, tanh, signBit
}

extension TFLiteBuilder {
  // MARK: Convolutions

  mutating func convolution(_ step: TFLiteStep) throws(Diagnostic) {
    let weights = try parameter(step, 1)
    let extents = weights.extents
    let input = try image(step, 0)
    guard extents.count == 4 else { throw step.unsupported("the filter has the shape \(extents)") }
    let channels = shapes[input.index].channels
    guard extents[3] > 0, channels % extents[3] == 0 else {
      throw step.unsupported("a filter of \(extents[3]) channels on \(channels)")
    }
    let strides = [try step.operation.option(2), try step.operation.option(1)]
    let dilations = [
      try step.operation.option(5, default: 1), try step.operation.option(4, default: 1),
    ]
    let size = [extents[1], extents[2]]
    let op = Conv(
      strides: strides,
      padding: try padding(
        step, of: input, size: size, strides, dilations,
        isSame: try step.operation.option(0, Int8.self) == 0),
      dilations: dilations, groups: channels / extents[3])
    // [out, h, w, in] to [h, w, in, out].
    let kernel = try weightNode(
      step, weights, shape: Shape(size + [extents[3], extents[0]]), outputAxis: 0
    ) { position, output in output * (weights.count / extents[0]) + position }
    try layer(
      step, .conv(op), [input, kernel], weights, outputs: extents[0],
      activation: try activation(step, 3))
  }

  mutating func depthwise(_ step: TFLiteStep) throws(Diagnostic) {
    let weights = try parameter(step, 1)
    let extents = weights.extents
    let input = try image(step, 0)
    guard extents.count == 4, extents[0] == 1 else {
      throw step.unsupported("the filter has the shape \(extents)")
    }
    let strides = [try step.operation.option(2), try step.operation.option(1)]
    let dilations = [
      try step.operation.option(6, default: 1), try step.operation.option(5, default: 1),
    ]
    let size = [extents[1], extents[2]]
    let op = Conv(
      strides: strides,
      padding: try padding(
        step, of: input, size: size, strides, dilations,
        isSame: try step.operation.option(0, Int8.self) == 0),
      dilations: dilations, groups: shapes[input.index].channels)
    let outputs = extents[3]
    let kernel = try weightNode(
      step, weights, shape: Shape(size + [1, outputs]), outputAxis: 3
    ) { position, output in position * outputs + output }
    try layer(
      step, .conv(op), [input, kernel], weights, outputs: outputs,
      activation: try activation(step, 4))
  }

  /// Zeros between the elements, then a convolution with the mirrored kernel.
  mutating func transposedConvolution(_ step: TFLiteStep) throws(Diagnostic) {
    let weights = try parameter(step, 1)
    let extents = weights.extents
    let input = try image(step, 2)
    let shape = shapes[input.index]
    let output = try self.shape(of: model.tensors[step.outputs[0]], step: step)
    guard extents.count == 4, extents[3] == shape.channels, output.rank == 3 else {
      throw step.unsupported("the filter has the shape \(extents)")
    }
    let strides = [try step.operation.option(2), try step.operation.option(1)]
    let isSame = try step.operation.option(0, Int8.self) == 0
    var margins: [Int] = []
    for axis in 0..<2 {
      let (size, stride) = (extents[axis + 1], strides[axis])
      guard stride > 0, stride < 1 << 20, size > 0 else {
        throw step.unsupported("a stride of \(stride)")
      }
      let dilated = (shape.extents[axis] - 1) * stride + 1
      let total = isSame ? max(dilated + size - 1 - output.extents[axis], 0) : 0
      let front = size - 1 - total / 2
      margins += [front, output.extents[axis] + size - 1 - dilated - front]
    }
    guard margins.allSatisfy({ $0 >= 0 }) else {
      throw step.unsupported("its output is smaller than its windows")
    }
    var source = input
    if strides != [1, 1] {
      source = append(fresh(step.name + "_dilated"), .dilate(Dilate(factors: strides)), [input])
    }
    let (height, width, channels) = (extents[1], extents[2], extents[3])
    let kernel = try weightNode(
      step, weights, shape: [height, width, channels, extents[0]], outputAxis: 0
    ) { position, output in
      let (tap, channel) = (position / channels, position % channels)
      return (output * height * width + height * width - 1 - tap) * channels + channel
    }
    try layer(
      step, .conv(Conv(padding: margins)), [source, kernel], weights, outputs: extents[0],
      activation: try activation(step, 3), input: 2, bias: 3)
  }

  private func image(_ step: TFLiteStep, _ input: Int) throws(Diagnostic) -> Node.ID {
    let node = try operand(step, input)
    guard try tensor(step, input).extents.count == 4, shapes[node.index].rank == 3 else {
      throw step.unsupported("its input has the shape \(try tensor(step, input).extents)")
    }
    return node
  }

  func padding(
    _ step: TFLiteStep, of input: Node.ID, size: [Int], _ strides: [Int], _ dilations: [Int],
    isSame: Bool
  ) throws(Diagnostic) -> [Int] {
    let limit = 1 << 20
    guard (size + strides + dilations).allSatisfy({ $0 > 0 && $0 < limit }) else {
      throw step.unsupported("strides \(strides), dilations \(dilations), windows \(size)")
    }
    guard isSame else { return [] }
    let padding = SpatialWindow.samePadding(
      extents: Array(shapes[input.index].extents.prefix(2)), size: size, strides: strides,
      dilations: dilations)
    return padding.allSatisfy { $0 == 0 } ? [] : padding
  }

  // MARK: Matrices

  mutating func fullyConnected(_ step: TFLiteStep) throws(Diagnostic) {
    let weights = try parameter(step, 1)
    let extents = weights.extents
    guard extents.count == 2, extents[0] > 0, extents[1] > 0,
      try step.operation.option(1, Int8.self) == 0
    else { throw step.unsupported("the weights have the shape \(extents)") }
    let (outputs, inputs) = (extents[0], extents[1])
    var input = try operand(step, 0)
    let shape = shapes[input.index]
    if shape.channels != inputs {
      guard shape.count % inputs == 0 else {
        throw step.unsupported("\(inputs) weights of a neuron, and an input of \(shape)")
      }
      let rows = shape.count / inputs
      input = append(
        fresh(step.name + "_input"),
        .reshape(Reshape(shape: Shape(rows == 1 ? [inputs] : [rows, inputs]))), [input])
    }
    let matrix = try weightNode(step, weights, shape: [inputs, outputs], outputAxis: 0) {
      position, output in output * inputs + position
    }
    try layer(
      step, .dense(Dense()), [input, matrix], weights, outputs: outputs,
      activation: try activation(step, 0))
  }

  /// A product with a constant matrix.
  mutating func batchMatrixProduct(_ step: TFLiteStep) throws(Diagnostic) {
    let weights = try parameter(step, 1)
    var extents = weights.extents
    while extents.count > 2, extents[0] == 1 { extents.removeFirst() }
    guard extents.count == 2, extents.allSatisfy({ $0 > 0 }),
      try step.operation.option(0, UInt8.self) == 0
    else { throw step.unsupported("the second operand has the shape \(weights.extents)") }
    let isTransposed = try step.operation.option(1, UInt8.self) != 0
    let (inputs, outputs) =
      isTransposed ? (extents[1], extents[0]) : (extents[0], extents[1])
    let matrix = try weightNode(
      step, weights, shape: [inputs, outputs], outputAxis: isTransposed ? 0 : 1
    ) { position, output in
      isTransposed ? output * inputs + position : position * outputs + output
    }
    try layer(
      step, .dense(Dense()), [try operand(step, 0), matrix], weights, outputs: outputs,
      activation: .none, bias: nil)
  }

  // MARK: Parameters

  /// The weights in the order of `shape`, whose last axis is that of the outputs: `source` says where
  /// the file has weight `position` of an output.
  private mutating func weightNode(
    _ step: TFLiteStep, _ weights: TFLiteConstant, shape: Shape, outputAxis: Int,
    source: (_ position: Int, _ output: Int) -> Int
  ) throws(Diagnostic) -> Node.ID {
    guard shape.isReasonable, shape.count == weights.count else {
      throw step.unsupported("the weights have the shape \(weights.extents)")
    }
    let outputs = shape.channels
    let name = fresh(step.name + "_weights")
    let order = (0..<shape.count).map { source($0 / outputs, $0 % outputs) }
    let tensor = weights.tensor
    guard tensor.scales.count <= 1 || (tensor.scales.count == outputs && tensor.axis == outputAxis)
    else { throw step.unsupported("the weights have \(tensor.scales.count) scales") }
    switch weights.elements {
    case .reals(let values):
      return append(name, .constant(Constant(shape: shape, real: order.map { values[$0] })), [])
    case .integers(let values):
      let points = tensor.zeroPoints.isEmpty ? [0] : tensor.zeroPoints.map { Int64($0) }
      guard points.count == 1 || points.count == outputs else {
        throw step.unsupported("the weights have \(points.count) zero points")
      }
      let centered = order.indices.map { values[order[$0]] - points[$0 % outputs % points.count] }
      guard try self.tensor(step, step.operation.kind == "TRANSPOSE_CONV" ? 2 : 0).isQuantized
      else {
        // Weights of eight bits on real activations: their real values.
        let reals = centered.indices.map {
          Float(centered[$0]) * tensor.scales[$0 % outputs % tensor.scales.count]
        }
        return append(name, .constant(Constant(shape: shape, real: reals)), [])
      }
      return append(name, .constant(Constant(shape: shape, integers: centered)), [])
    }
  }

  /// The layer with its bias, its requantization and its activation.
  private mutating func layer(
    _ step: TFLiteStep, _ op: Op, _ operands: [Node.ID], _ weights: TFLiteConstant, outputs: Int,
    activation: TFLiteActivation, input: Int = 0, bias: Int? = 2
  ) throws(Diagnostic) {
    var operands = operands
    var biasType = TFLiteType.int64
    let source = try tensor(step, input)
    if let bias, step.input(bias) != nil {
      let constant = try parameter(step, bias)
      biasType = constant.tensor.type
      guard constant.count == outputs else {
        throw step.unsupported("\(constant.count) biases for \(outputs) outputs")
      }
      let node: Constant =
        switch constant.elements {
        case .reals(let values): Constant(shape: [outputs], real: values)
        case .integers(let values): Constant(shape: [outputs], integers: values)
        }
      operands.append(append(fresh(step.name + "_bias"), .constant(node), []))
    }
    let result = model.tensors[step.outputs[0]]
    guard source.isQuantized else {
      if case .integers = weights.elements, step.operation.kind != "DEPTHWISE_CONV_2D" {
        // Kernels with 8-bit weights bring what they read to 8 bits, too.
        operands[0] = append(
          fresh(step.name + "_input_grid"),
          .dynamicQuantize(DynamicQuantize(kernels == .xnnpack ? .asymmetric : .symmetric)),
          [operands[0]])
      }
      return try finish(step, op, operands, epilogue: try realActivation(step, activation))
    }
    guard result.isQuantized, case .integers = weights.elements, !weights.tensor.scales.isEmpty
    else { throw step.unsupported("integers become \(result.type) without a scale") }
    let bounds = try centeredBounds(step, activation)
    // XNNPACK leaves depthwise convolutions of unsigned integers to the built-in kernels.
    let isUnsignedDepthwise =
      step.operation.kind == "DEPTHWISE_CONV_2D" && source.type == .uint8
    let requantize: Requantize
    if source.type == .int16, biasType == .int64, step.operation.kind != "FULLY_CONNECTED" {
      requantize = TFLiteKernels.requantizeWide(
        source.scale, weights.tensor.scales, to: result.scale, bounds: bounds)
    } else {
      requantize = kernels.requantize(
        source.scale, weights.tensor.scales, to: result.scale, bounds: bounds,
        is8Bit: source.type != .int16 && !isUnsignedDepthwise,
        isMatrix: step.operation.kind == "FULLY_CONNECTED")
    }
    try finish(step, op, operands, epilogue: [.requantize(requantize)])
  }

  // MARK: Activations

  func activation(_ step: TFLiteStep, _ field: Int) throws(Diagnostic) -> TFLiteActivation {
    guard let activation = TFLiteActivation(rawValue: try step.operation.option(field, Int8.self)),
      activation != .signBit
    else { throw step.unsupported("its activation is not known") }
    return activation
  }

  func realActivation(_ step: TFLiteStep, _ activation: TFLiteActivation) throws(Diagnostic)
    -> [Op]
  {
    switch activation {
    case .none: []
    case .relu: [.relu(Relu())]
    case .reluN1To1: [.clip(Clip(low: -1, high: 1))]
    case .relu6: [.clip(Clip(low: 0, high: 6))]
    case .tanh: [.tanh(Tanh())]
    case .signBit: throw step.unsupported("its activation is not known")
    }
  }

  /// What the integers of the step's output can be behind an activation, their zero point taken off.
  func centeredBounds(_ step: TFLiteStep, _ activation: TFLiteActivation) throws(Diagnostic)
    -> ClosedRange<Int64>
  {
    let tensor = model.tensors[step.outputs[0]]
    let whole = tensor.centeredBounds
    let limits: (low: Float?, high: Float?)
    switch activation {
    case .none: return whole
    case .relu: limits = (0, nil)
    case .reluN1To1: limits = (-1, 1)
    case .relu6: limits = (0, 6)
    case .tanh, .signBit: throw step.unsupported("an activation that is not a bound")
    }
    func integer(_ limit: Float) -> Int64 {
      let quotient = (limit / tensor.scale).rounded(.toNearestOrAwayFromZero)
      return Int64(min(max(quotient, -0x1p40), 0x1p40))
    }
    let low = limits.low.map { max(integer($0), whole.lowerBound) } ?? whole.lowerBound
    let high = limits.high.map { min(integer($0), whole.upperBound) } ?? whole.upperBound
    guard low <= high else { throw step.unsupported("its activation leaves no integer") }
    return low...high
  }
}

extension Constant {
  /// Integers in the narrowest format that holds them all.
  init(shape: Shape, integers: [Int64]) {
    let bounds = (integers.min() ?? 0)...(integers.max() ?? 0)
    self.init(shape: shape, fixed: integers, format: TensorFormat(FixedFormat(holding: bounds)))
  }
}
