// From layers to ops, one by one.

import FixedPoint
import GraphIR
import NeuralNet

/// Appends the layers of a model to a graph.
struct GraphBuilder {
  private let model: TrainedModel
  private var graph: Graph
  private var current: Node.ID
  /// What each layer, and the input, became, and its shape.
  private var results: [String: (node: Node.ID, shape: [Int])]
  /// Input quantizers go behind a leading flatten, which is free in hardware, unless other layers
  /// read the input too.
  private var isInputQuantized = false
  private let isInputShared: Bool

  init(_ model: TrainedModel) {
    self.model = model
    let spec = model.network.spec
    graph = Graph(
      name: model.recipe.name, classNames: model.classNames, provenance: model.provenance)
    current = graph.append(
      "input",
      .input(
        Input(
          shape: Shape(spec.inputShape), scale: spec.preprocessing.scale,
          offset: spec.preprocessing.offset)))
    results = [LayerSpec.inputName: (current, spec.inputShape)]
    last = LayerSpec.inputName
    isInputShared = spec.layers.contains { $0.inputs.contains(LayerSpec.inputName) }
  }

  /// Name of the layer added last.
  private var last: String

  /// Appends a layer whose result has shape `shape`.
  mutating func add(_ layer: LayerSpec, shape: [Int]) {
    if case .flatten = layer.kind, !isInputShared {} else { quantizeInput() }
    let operands = (layer.inputs.isEmpty ? [last] : layer.inputs).map { results[$0]! }
    current = operands[0].node
    let others = operands.dropFirst().map(\.node)
    switch layer.kind {
    case .flatten: append(layer.name, .flatten(Flatten()))
    case .dense: append(layer.name, .dense(Dense()), constants(of: layer))
    case .conv(let spec): append(spec, layer, on: operands[0].shape)
    case .pool(let spec): append(spec, layer, on: operands[0].shape)
    case .globalPool(let spec): append(spec, layer, on: operands[0].shape)
    case .batchNorm(let spec):
      append(
        layer.name, .batchNorm(BatchNorm(epsilon: Double(spec.epsilon))), constants(of: layer))
    case .activation(let spec): append(layer.name, GraphBuilder.op(spec))
    case .add:
      for (index, other) in others.enumerated() {
        append(index == others.count - 1 ? layer.name : "\(layer.name)_sum", .add(Add()), [other])
      }
    case .concat: append(layer.name, .concat(Concat()), others)
    case .table(let spec): appendLookup(layer.name, spec)
    case .softmax: append(layer.name, .softmax(Softmax()))
    case .dropout:
      // Nothing happens outside of training.
      break
    }
    if let quantizer = model.network.quantization?.outputQuantizer(of: layer) {
      append("\(layer.name)_quantized", quantize(quantizer))
    } else if let widths = widths(of: layer.name), layer.kind.definition.isActivation {
      append("\(layer.name)_quantized", quantize(widths))
    }
    results[layer.name] = (current, shape)
    last = layer.name
  }

  mutating func finished() -> Graph {
    if case .softmax = model.network.spec.layers.last?.kind {
    } else {
      append("softmax", .softmax(Softmax()))
    }
    graph.outputs = [current]
    return graph
  }

  private static func op(_ spec: ActivationSpec) -> Op {
    switch spec.function {
    case .relu: .relu(Relu())
    case .relu6: .clip(Clip(low: 0, high: 6))
    case .leakyRelu: .leakyRelu(LeakyRelu(alpha: spec.alpha))
    case .elu: .elu(Elu(alpha: Double(spec.alpha)))
    case .sigmoid: .sigmoid(Sigmoid())
    case .tanh: .tanh(Tanh())
    case .hardSigmoid: .hardSigmoid(HardSigmoid(alpha: Double(spec.alpha), beta: 0.5))
    case .hardTanh: .clip(Clip(low: -1, high: 1))
    }
  }

  // MARK: Windows

  private mutating func append(_ spec: ConvSpec, _ layer: LayerSpec, on shape: [Int]) {
    let extents = asMap(spec.window, layer, shape)
    append(
      layer.name,
      .conv(
        Conv(
          strides: spec.window.map(\.stride), padding: padding(spec.window, extents),
          dilations: spec.window.map(\.dilation), groups: spec.groups(of: extents.last!).groups)),
      constants(of: layer))
  }

  private mutating func append(_ spec: PoolSpec, _ layer: LayerSpec, on shape: [Int]) {
    let extents = asMap(spec.window, layer, shape)
    let window = PoolWindow(
      size: spec.window.map(\.size), strides: spec.window.map(\.stride),
      padding: padding(spec.window, extents))
    switch spec.kind {
    case .max: append(layer.name, .maxPool(MaxPool(window)))
    case .average: appendAverage(window, layer)
    }
  }

  private mutating func append(_ spec: GlobalPoolSpec, _ layer: LayerSpec, on shape: [Int]) {
    let window = PoolWindow(size: Array(shape.dropLast()))
    switch spec.kind {
    case .max: append(layer.name, .globalMaxPool(GlobalMaxPool()))
    case .average where model.network.quantization == nil:
      append(layer.name, .globalAveragePool(GlobalAveragePool()))
    case .average:
      appendAverage(window, layer)
      append("\(layer.name)_flatten", .flatten(Flatten()))
    }
  }

  /// The mean over windows; in fixed point with the reciprocal that training used.
  private mutating func appendAverage(_ window: PoolWindow, _ layer: LayerSpec) {
    if model.network.quantization == nil {
      append(layer.name, .averagePool(AveragePool(window)))
    } else {
      current = graph.appendMean(layer.name, of: current, window)
    }
  }

  /// Gives a grey image its one channel; returns the extents of the map.
  private mutating func asMap(
    _ window: [WindowAxis], _ layer: LayerSpec, _ shape: [Int]
  ) -> [Int] {
    guard window.count == 2, shape.count == 2 else { return shape }
    let extents = shape + [1]
    append("\(layer.name)_reshape", .reshape(Reshape(shape: Shape(extents))))
    return extents
  }

  private func padding(_ window: [WindowAxis], _ extents: [Int]) -> [Int] {
    zip(window, extents).flatMap { axis, extent in
      let padding = axis.padding(over: extent)
      return [padding.before, padding.after]
    }
  }

  // MARK: Numbers

  private mutating func quantizeInput() {
    if isInputQuantized { return }
    isInputQuantized = true
    let input = results[last]!
    current = input.node
    for (index, quantizer) in (model.network.quantization?.input ?? []).enumerated() {
      append(index == 0 ? "input_quantized" : "input_quantized\(index + 1)", quantize(quantizer))
    }
    if let widths = widths(of: LayerSpec.inputName) { append("input_trimmed", quantize(widths)) }
    results[last] = (current, input.shape)
  }

  /// The quantizer of trained widths behind a layer, or behind the input.
  private func widths(of layer: String) -> WidthQuantizerLayer? {
    model.network.steps.lazy.filter { $0.name == layer }
      .compactMap { $0.layer as? WidthQuantizerLayer }.first
  }

  /// Every element has the format that its widths came to; no bits at all where nothing is left.
  private func quantize(_ layer: WidthQuantizerLayer) -> Op {
    let formats = (0..<layer.count).map { layer.format($0, model.masterParameters) }
    return .quantize(Quantize(TensorFormat(repeating: formats), layer.rounding, .saturate))
  }

  private func quantize(_ quantizer: Quantizer) -> Op {
    .quantize(Quantize(quantizer.format, quantizer.rounding, quantizer.overflow))
  }

  private mutating func append(_ name: String, _ op: Op, _ others: [Node.ID] = []) {
    current = graph.append(graph.freshName(name), op, [current] + others)
  }

  private mutating func constants(of layer: LayerSpec) -> [Node.ID] {
    var nodes: [Node.ID] = []
    for parameter in model.network.parameters
    where parameter.layer == layer.name && parameter.role != .width {
      nodes.append(appendConstant(parameter))
    }
    return nodes
  }

  /// The quantizer of the inputs, then the tables.
  private mutating func appendLookup(_ name: String, _ spec: TableSpec) {
    guard
      let layer = model.network.steps.lazy.filter({ $0.name == name })
        .compactMap({ $0.layer as? TableLayer }).first
    else { preconditionFailure("the layer \(name) has no tables") }
    append("\(name)_index", quantize(spec.input))
    let shape: Shape = [layer.groupCount, layer.outputCount, layer.entryCount]
    let tables = appendConstant(layer.tables, shape, order: layer.entriesInGraph)
    append(name, .lookup(layer.op), [tables])
  }

  /// The parameter tensor: integers by the one definition of quantization, or floats. `order` says
  /// which of its values come one after another, if not all as they are.
  private mutating func appendConstant(
    _ parameter: Parameter, _ shape: Shape? = nil, order: [Int]? = nil
  ) -> Node.ID {
    let masters = model.masterParameters
    let positions = (order ?? Array(0..<parameter.count)).map { parameter.offset + $0 }
    let shape = shape ?? Shape(parameter.shape)
    let constant: Constant
    if let quantizer = model.network.quantization?.quantizer(of: parameter) {
      constant = Constant(
        shape: shape, fixed: positions.map { quantizer.quantize(Double(masters[$0])) },
        format: TensorFormat(quantizer.format))
    } else if let tensor = model.network.trainableTensors.first(where: { $0.values == parameter }) {
      constant = Constant(trained(tensor, shape, positions))
    } else {
      constant = Constant(shape: shape, real: positions.map { masters[$0] })
    }
    return graph.append(graph.freshName(parameter.name), .constant(constant))
  }

  /// The integers of a tensor of trained widths, at the finest fraction of them all.
  private func trained(
    _ tensor: TrainableTensor, _ shape: Shape, _ positions: [Int]
  ) -> FixedTensor {
    let rounded = model.parameters
    let finest = tensor.values.range.reduce(0) { finest, position in
      rounded[position] == 0
        ? finest
        : max(
          finest, tensor.fractionBits(position - tensor.values.offset, model.masterParameters))
    }
    let scale = Double(sign: .plus, exponent: finest, significand: 1)
    return FixedTensor(
      shape: shape, fraction: finest, values: positions.map { Int64(Double(rounded[$0]) * scale) })
  }
}
