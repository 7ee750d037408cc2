// ONNX to GraphIR: the nodes of the model one after the other, each by the importer of its operator.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// The graph in the ONNX file `bytes`, which may be gzipped; `file` names it and is where its external
/// data lie.
public func importONNX(_ bytes: [UInt8], file: String) throws(Diagnostic) -> Graph {
  var bytes = bytes
  if isGzip(bytes) {
    // Weights hardly shrink: a ratio beyond this is no model.
    bytes = try gunzip(bytes, file: file, limit: max(bytes.count, 1 << 16) * 64)
  }
  let model = try ONNXModel(bytes, file: file)
  return try importONNX(model, bytes, file: file)
}

/// The graph of `model`, whose tensors are in `bytes`; inputs named in `constants` are these numbers.
///
/// The first axis counts samples. Where an operator mixes what would be samples, the whole tensor is
/// taken for one sample.
func importONNX(
  _ model: ONNXModel, _ bytes: [UInt8], file: String, constants: [String: ONNXTensor] = [:]
) throws(Diagnostic) -> Graph {
  var importer = ONNXImporter(model, bytes, file: file, samples: .alongFirstAxis)
  importer.values = constants.mapValues { .constant($0) }
  do { return try importer.run() } catch {
    guard importer.hasFixedBatch else { throw error }
    var whole = ONNXImporter(model, bytes, file: file, samples: .none)
    whole.values = importer.values.filter { constants[$0.key] != nil }
    do { return try whole.run() } catch { throw error }
  }
}

/// Imports one model.
struct ONNXImporter {
  /// Which axis of the model's inputs counts samples.
  enum Samples {
    case alongFirstAxis, none
  }

  let model: ONNXModel
  let file: String
  let samples: Samples
  var tensors: TensorReader
  var builder: GraphBuilder
  /// What each name stands for, as far as the import has come.
  var values: [String: ONNXValue] = [:]
  /// How often each name is read, by nodes and outputs.
  private(set) var uses: [String: Int] = [:]
  private var initializers: [String: ONNXTensorProto] = [:]
  /// Whether an input has a batch of several samples.
  private(set) var hasFixedBatch = false

  init(_ model: ONNXModel, _ bytes: [UInt8], file: String, samples: Samples) {
    self.model = model
    self.file = file
    self.samples = samples
    tensors = TensorReader(bytes, file: file)
    builder = GraphBuilder(name: model.graph.name.isEmpty ? "model" : model.graph.name, file: file)
  }

  mutating func run() throws(Diagnostic) -> Graph {
    for tensor in model.graph.initializers { initializers[tensor.name] = tensor }
    let nodes = try liveNodes()
    for input in model.graph.inputs
    where initializers[input.name] == nil && values[input.name] == nil {
      try importInput(input, nodes)
    }
    for node in nodes { try importNode(node) }
    try finishOutputs()
    var graph = builder.finished()
    graph.provenance.append(Provenance("format", "ONNX opset \(model.opset)"))
    if !model.producer.isEmpty { graph.provenance.append(Provenance("producer", model.producer)) }
    if let problem = graph.verify().first { throw problem.inFile(file) }
    return graph
  }

  /// The nodes that outputs depend on, each behind those it reads, else in the order of the file.
  private mutating func liveNodes() throws(Diagnostic) -> [ONNXNode] {
    guard !model.graph.outputs.isEmpty else {
      throw .onnxGraph(Location(file: file), "it has no output")
    }
    let nodes = model.graph.nodes
    var producer: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard producer.updateValue(index, forKey: output) == nil else {
          throw .onnxGraph(node.location(in: file), "'\(output)' is made twice")
        }
      }
    }
    enum Mark { case new, open, done }
    var marks = [Mark](repeating: .new, count: nodes.count)
    var live: [Int] = []
    var stack: [Int] = []
    for output in model.graph.outputs {
      uses[output.name, default: 0] += 1
      if let root = producer[output.name] { stack.append(root) }
      while let index = stack.last {
        switch marks[index] {
        case .done: stack.removeLast()
        case .open:
          stack.removeLast()
          marks[index] = .done
          live.append(index)
        case .new:
          marks[index] = .open
          for input in nodes[index].inputs {
            uses[input, default: 0] += 1
            guard let source = producer[input], marks[source] != .done else { continue }
            guard marks[source] == .new else {
              throw .onnxGraph(
                nodes[index].location(in: file), "it reads '\(input)', which depends on it")
            }
            stack.append(source)
          }
        }
      }
    }
    return inFileOrder(live, nodes, producer)
  }

  /// `live`, whose nodes stand behind those they read, in the order of the file where that does as
  /// well.
  private func inFileOrder(
    _ live: [Int], _ nodes: [ONNXNode], _ producer: [String: Int]
  ) -> [ONNXNode] {
    let isSorted = live.allSatisfy { index in
      nodes[index].inputs.allSatisfy { producer[$0] ?? -1 < index }
    }
    return (isSorted ? live.sorted() : live).map { nodes[$0] }
  }

  // MARK: Values

  /// What `name` stands for; initializers are read when they are first needed.
  mutating func value(_ name: String, of node: ONNXNode) throws(Diagnostic) -> ONNXValue {
    if let value = values[name] { return value }
    guard let proto = initializers[name] else {
      throw .onnxGraph(
        node.location(in: file), "no node, input or initializer makes '\(name)'")
    }
    let value = ONNXValue.constant(try tensors.tensor(proto, name))
    values[name] = value
    return value
  }

  /// The name of a constant operand, for the graph: that of the initializer.
  func constantName(_ node: NodeContext, _ index: Int) -> String {
    let name = index < node.node.inputs.count ? node.node.inputs[index] : ""
    return name.isEmpty ? "\(node.node.displayName)_constant" : name
  }

  /// `value` as a node of the graph.
  mutating func traced(_ value: ONNXValue, name: String) throws(Diagnostic) -> Traced {
    switch value {
    case .traced(let traced): return traced
    case .constant(let tensor):
      guard tensor.count > 0 else { throw builder.context.refusal("\(name) is empty") }
      // A node has as many axes as the value has atoms.
      let extents = tensor.shape.filter { $0 != 1 }
      let shape = Shape(extents.isEmpty ? [1] : extents)
      let id: Node.ID
      switch tensor.numbers {
      case .reals(let values): id = try builder.realConstant(values, shape, name: name)
      case .integers(let values):
        id = try builder.exactConstant(values, fraction: 0, shape, name: name)
      }
      let like = Traced(
        node: id, atoms: [], axes: tensor.shape.map { _ in [] }, type: tensor.type)
      return builder.value(
        id, storedAxes: tensor.shape.indices.filter { tensor.shape[$0] != 1 }, like: like)
    }
  }

  /// Input `index` of `node` as a node of the graph.
  mutating func traced(_ node: NodeContext, _ index: Int) throws(Diagnostic) -> Traced {
    try traced(node.value(index), name: constantName(node, index))
  }

  // MARK: Nodes

  private mutating func importNode(_ node: ONNXNode) throws(Diagnostic) {
    let location = node.location(in: file)
    let operation = ONNXOperators.find(node.domain, node.type)
    let fold = ONNXConstantOperators.find(node)
    guard operation != nil || fold != nil else {
      throw .onnxUnsupported(
        location, node, isFunction: model.functions.contains(node.operatorName))
    }
    var inputs: [ONNXValue?] = []
    for name in node.inputs { inputs.append(name.isEmpty ? nil : try value(name, of: node)) }
    let opset =
      node.domain.isEmpty ? model.opset : model.opsets[node.domain] ?? 1
    let context = NodeContext(node: node, file: file, opset: opset, inputs: inputs)
    builder.context = context
    var results: [ONNXValue]?
    if let fold {
      let constants = inputs.compactMap {
        if case .constant(let tensor)? = $0 { tensor } else { nil }
      }
      if constants.count == inputs.lazy.filter({ $0 != nil }).count {
        results = try fold(&self, context)?.map { .constant($0) }
      }
    }
    if results == nil {
      guard let operation else {
        throw .onnxNeedsConstant(location, node.type, "every input")
      }
      results = try operation(&self, context)
    }
    let produced = results ?? []
    for (index, name) in node.outputs.enumerated() where !name.isEmpty {
      guard index < produced.count else {
        if uses[name] == nil { continue }
        throw context.refusal("its output number \(index) is not supported")
      }
      values[name] = produced[index]
    }
  }

  // MARK: Outputs

  private mutating func finishOutputs() throws(Diagnostic) {
    var outputs: [Node.ID] = []
    for output in model.graph.outputs {
      var node = ONNXNode()
      node.type = "output"
      node.name = output.name
      node.outputs = [output.name]
      builder.context = NodeContext(node: node, file: file, opset: model.opset, inputs: [])
      var value = try traced(self.value(output.name, of: node), name: output.name)
      value = try builder.materialized(value)
      // The model's own order of axes, without that of the samples.
      let hasSamples = samples == .alongFirstAxis && !value.axes.isEmpty && value.axes[0].isEmpty
      if value.batchAxis != nil, value.batchAxis != 0 {
        throw builder.context.refusal("its samples are not along the first axis")
      }
      let axes = hasSamples ? Array(value.axes.dropFirst()) : value.axes
      let stored = try builder.stored(value, axes.isEmpty ? [[]] : axes)
      outputs.append(stored.node)
    }
    builder.setOutputs(outputs)
  }

  // MARK: Inputs

  /// The extents of an input; an open first axis counts samples.
  private func extents(_ input: ONNXValueInfo) throws(Diagnostic) -> [Int] {
    let location = Location(file: file, path: input.name)
    guard input.isTensor, let type = ONNXType(rawValue: input.type), type != .string else {
      throw .onnxInput(location, "it is a \(input.isTensor ? ONNXType.name(input.type) : "list") ")
    }
    guard let shape = input.shape else {
      throw .onnxInput(location, "its shape is not given")
    }
    var extents: [Int] = []
    for (axis, extent) in shape.enumerated() {
      switch extent {
      case .fixed(let value): extents.append(value)
      case .open(let name):
        guard axis == 0 else {
          throw .onnxInput(
            location, "axis \(axis)" + (name.isEmpty ? "" : ", '\(name)',") + " has no fixed extent"
          )
        }
        extents.append(1)
      }
    }
    return extents
  }

  private mutating func importInput(
    _ input: ONNXValueInfo, _ nodes: [ONNXNode]
  ) throws(Diagnostic) {
    let extents = try extents(input)
    let location = Location(file: file, path: input.name)
    // A vector has no samples: it is one.
    let hasBatch = samples == .alongFirstAxis && extents.count > 1
    let first = hasBatch || (samples == .alongFirstAxis && extents == [1]) ? 1 : 0
    let isBatch = hasBatch && extents[0] > 1
    if isBatch { hasFixedBatch = true }
    let raw = Array(first..<extents.count)
    guard Shape(raw.map { extents[$0] }).isReasonable, extents.first ?? 1 <= 1 << 31 else {
      throw .onnxInput(location, "its shape \(extents) is too large")
    }
    let stored = InputOrder(nodes: nodes).axes(of: input.name, rank: extents.count) ?? raw
    let order = Set(stored) == Set(raw) ? stored : raw
    var node = ONNXNode()
    node.type = "input"
    node.name = input.name
    builder.context = NodeContext(node: node, file: file, opset: model.opset, inputs: [])
    let shape = Shape(order.isEmpty ? [1] : order.map { extents[$0] })
    let positions = order.map { $0 - first }
    let id = builder.appendInput(input.name, Input(shape: shape, order: positions))
    var like = Traced(node: id, atoms: [], axes: extents.map { _ in [] })
    like.type = ONNXType(rawValue: input.type) ?? .float
    if isBatch { (like.batchAxis, like.batch) = (0, extents[0]) }
    var value = builder.value(id, storedAxes: order, like: like)
    if let format = integerFormat(of: input, value.type) {
      value.node = try builder.append(
        .quantize(Quantize(format, .halfEven, .saturate)), [id], suffix: "_integers",
        extent: GraphBuilder.Extent(magnitude: exp2(format.width), fraction: 0))
    }
    values[input.name] = .traced(value)
  }

  /// The integers that an input is known to hold.
  private func integerFormat(of input: ONNXValueInfo, _ type: ONNXType) -> FixedFormat? {
    if let annotation = model.graph.annotations[input.name] {
      return FINNType(annotation)?.format
    }
    guard !type.isReal, type != .bool, type.width <= 16 else { return nil }
    return FixedFormat(signed: type.isSigned, width: type.width, fraction: 0)
  }
}

extension Diagnostic {
  static func onnxGraph(_ location: Location, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "onnx.bad-graph", at: location, "the graph is not sound: \(reason)",
      suggestion: "check the file with onnx.checker")
  }

  static func onnxInput(_ location: Location, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "onnx.input", at: location, "the input cannot be used: \(reason)",
      suggestion: "give every axis of the input but the first a fixed extent, in float32")
  }

  static func onnxUnsupported(
    _ location: Location, _ node: ONNXNode, isFunction: Bool
  ) -> Diagnostic {
    let hint = ONNXOperators.hint(node.type)
    return Diagnostic(
      id: "onnx.unsupported-operator", at: location,
      isFunction
        ? "the model's own function \(node.operatorName) is not supported"
        : "the operator \(node.operatorName) is not supported",
      suggestion: isFunction ? "export the model with its functions inlined" : hint)
  }
}
