// From a trained model to the graph that the compiler, the evaluators and the model file know.

import FileFormats
import FixedPoint
import GraphIR
import NeuralNet

extension TrainedModel {
  /// The network as a graph: what was quantized while training is exact integers, the rest float32.
  ///
  /// ```
  /// graph "digits-demo" {
  ///   input           = input() {shape: [28, 28], scale: [0.00390625]}
  ///   flatten         = flatten(input)
  ///   input_quantized = quantize(flatten) {format: u8f8, …}
  ///   input_quantized2 = quantize(input_quantized) {format: u4f4, rounding: floor, …}
  ///   fc1/kernel      = constant() {shape: [784, 24], format: s6f5, …}
  ///   fc1             = dense(input_quantized2, fc1/kernel, fc1/bias)
  ///   relu1           = relu(fc1)
  ///   relu1_quantized = quantize(relu1) {format: u6f2, …}
  ///   …
  ///   softmax         = softmax(scores)
  ///   return softmax
  /// }
  /// ```
  public func graph() -> Graph {
    var builder = GraphBuilder(self)
    for layer in recipe.layers { builder.add(layer) }
    return builder.finished()
  }

  /// How the model came about. Names no file of this machine.
  var provenance: [Provenance] {
    var portable = recipe
    if let colon = recipe.data.firstIndex(of: ":"), !recipe.data.hasPrefix("digits") {
      portable.data = String(recipe.data[..<colon])
    }
    var facts = [
      Provenance("recipe", portable.json.compact), Provenance("seed", String(recipe.seed)),
      Provenance("data", dataName), Provenance("test_accuracy", String(testAccuracy)),
      Provenance("test_loss", String(testLoss)), Provenance("sparsity", String(sparsity)),
    ]
    if let validationAccuracy {
      facts.append(Provenance("validation_accuracy", String(validationAccuracy)))
    }
    return facts
  }
}

/// Appends the layers of a model to a graph, one by one.
private struct GraphBuilder {
  private let model: TrainedModel
  private var graph: Graph
  private var current: Node.ID
  /// What each layer, and the input, became.
  private var results: [String: Node.ID]
  /// Input quantizers go behind a leading flatten, which is free in hardware.
  private var isInputQuantized = false

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
    results = [LayerSpec.inputName: current]
  }

  mutating func add(_ layer: LayerSpec) {
    if case .flatten = layer.kind, layer.inputs.isEmpty {} else { quantizeInput() }
    let operands = layer.inputs.isEmpty ? [current] : layer.inputs.map { results[$0]! }
    current = operands[0]
    switch layer.kind {
    case .flatten: append(layer.name, .flatten(Flatten()))
    case .dense: append(layer.name, .dense(Dense()), constants(of: layer))
    case .activation(let spec): append(layer.name, activation(spec))
    case .add: for operand in operands.dropFirst() { append(layer.name, .add(Add()), [operand]) }
    case .table(let spec): appendLookup(layer.name, spec)
    case .softmax: append(layer.name, .softmax(Softmax()))
    case .dropout:
      // Nothing happens outside of training.
      break
    case .conv, .pool, .globalPool, .batchNorm, .concat:
      preconditionFailure("the layer \(layer.name) has no op yet")
    }
    if let quantizer = model.network.quantization?.outputQuantizer(of: layer) {
      append("\(layer.name)_quantized", quantize(quantizer))
    } else if let widths = widths(of: layer.name), layer.kind.definition.isActivation {
      append("\(layer.name)_quantized", quantize(widths))
    }
    results[layer.name] = current
  }

  private func activation(_ spec: ActivationSpec) -> Op {
    switch spec.function {
    case .relu: .relu(Relu())
    case .leakyRelu: .leakyRelu(LeakyRelu(alpha: spec.alpha))
    case .sigmoid: .sigmoid(Sigmoid())
    case .tanh: .tanh(Tanh())
    case .relu6, .elu, .hardSigmoid, .hardTanh:
      preconditionFailure("the function \(spec.function) has no op yet")
    }
  }

  private mutating func constants(of layer: LayerSpec) -> [Node.ID] {
    var nodes: [Node.ID] = []
    for parameter in model.network.parameters
    where parameter.layer == layer.name && parameter.role != .width {
      nodes.append(appendConstant(parameter))
    }
    return nodes
  }

  mutating func finished() -> Graph {
    if case .softmax = model.recipe.layers.last?.kind {
    } else {
      append("softmax", .softmax(Softmax()))
    }
    graph.outputs = [current]
    return graph
  }

  private mutating func quantizeInput() {
    if isInputQuantized { return }
    isInputQuantized = true
    for (index, quantizer) in (model.network.quantization?.input ?? []).enumerated() {
      append(index == 0 ? "input_quantized" : "input_quantized\(index + 1)", quantize(quantizer))
    }
    if let widths = widths(of: LayerSpec.inputName) {
      append("input_trimmed", quantize(widths))
    }
    results[LayerSpec.inputName] = current
  }

  /// The quantizer of trained widths behind a layer, or behind the input.
  private func widths(of layer: String) -> WidthQuantizerLayer? {
    model.network.steps.lazy.filter { $0.name == layer }
      .compactMap { $0.layer as? WidthQuantizerLayer }.first
  }

  /// Every element has the format that its widths came to; no bits at all where nothing is left.
  private func quantize(_ layer: WidthQuantizerLayer) -> Op {
    let formats = (0..<layer.count).map { layer.format($0, model.masterParameters) }
    return .quantize(
      Quantize(TensorFormat(repeating: formats), layer.rounding, .saturate))
  }

  private func quantize(_ quantizer: Quantizer) -> Op {
    .quantize(Quantize(quantizer.format, quantizer.rounding, quantizer.overflow))
  }

  private mutating func append(_ name: String, _ op: Op, _ others: [Node.ID] = []) {
    current = graph.append(unused(name), op, [current] + others)
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
    return graph.append(unused(parameter.name), .constant(constant))
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

  /// `name`, or a variation when a layer of the recipe has taken it.
  private func unused(_ name: String) -> String {
    var candidate = name
    var number = 2
    while graph.nodes.contains(where: { $0.name == candidate }) {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }
}
