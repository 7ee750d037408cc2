// TensorFlow Lite to GraphIR.
//
// Integers: a node holds the integers of its tensor minus the zero point, so zeros are zeros. Inputs
// lose the zero point behind their quantizer, outputs get it back.

import Diagnostics
import FixedPoint
import GraphIR

/// The graph in the `.tflite` file `bytes`, checked and verified; integers are those of `kernels`.
public func importTFLite(
  _ bytes: [UInt8], file: String, kernels: TFLiteKernels = .xnnpack
) throws(Diagnostic) -> Graph {
  let model = try TFLiteModel(bytes, file: file)
  var builder = TFLiteBuilder(model, kernels)
  do { return try builder.build() } catch { throw error.inFile(file) }
}

/// Turns operators into nodes, one after the other.
struct TFLiteBuilder {
  let model: TFLiteModel
  let kernels: TFLiteKernels
  var graph: Graph
  /// What computes a tensor.
  var nodes: [Int: Node.ID] = [:]
  /// Constants that operators made of constants.
  var folded: [Int: TFLiteConstant] = [:]
  /// Tensors that only say something of shapes.
  var shapeTensors: Set<Int> = []
  var shapes: [Shape] = []
  private var names: Set<String> = []
  /// The extent of the batch axis.
  private let batch: Int
  /// How many more elements constants may have: files can name one buffer again and again.
  private var constantBudget: Int

  init(_ model: TFLiteModel, _ kernels: TFLiteKernels) {
    self.model = model
    self.kernels = kernels
    graph = Graph(name: model.name.isEmpty || model.name == "main" ? "model" : model.name)
    let first = model.inputs.first.map { model.tensors[$0].extents } ?? []
    batch = first.count > 1 ? first[0] : 1
    constantBudget = 4 * model.bytes.count + 1024
  }

  mutating func build() throws(Diagnostic) -> Graph {
    for input in model.inputs { try addInput(input) }
    for (index, operation) in model.operators.enumerated() {
      try convert(TFLiteStep(operation, model.tensors[operation.outputs[0]].name, index))
    }
    for output in model.outputs { graph.outputs.append(try outputNode(output)) }
    if !model.description.isEmpty {
      graph.provenance.append(Provenance("converter", model.description))
    }
    graph.provenance.append(Provenance("format", "tflite"))
    graph.provenance.append(Provenance("kernels", kernels.rawValue))
    graph.removeUnreachableNodes()
    if let problem = graph.verify().first { throw problem }
    return graph
  }

  // MARK: Ends

  private mutating func addInput(_ index: Int) throws(Diagnostic) {
    let tensor = model.tensors[index]
    let name = fresh(tensor.name)
    guard tensor.data == nil, tensor.type.size != nil else {
      throw .tfliteInput(tensor.name)
    }
    let shape = try shape(of: tensor, step: nil)
    let input = append(name, .input(Input(shape: shape)), [])
    nodes[index] = input
    guard tensor.isQuantized else { return }
    guard tensor.scales.count == 1 else { throw .tfliteInput(tensor.name) }
    let quantized = append(
      fresh(name + "_integers"), .quantize(Quantize(tensor.format, .halfEven, .saturate)), [input])
    nodes[index] = try shifted(quantized, by: -tensor.zeroPoint, fresh(name + "_centered"))
  }

  /// The node of a model's output, with its zero point.
  private mutating func outputNode(_ index: Int) throws(Diagnostic) -> Node.ID {
    let tensor = model.tensors[index]
    guard let node = nodes[index] else { throw .tfliteOutput(tensor.name) }
    guard tensor.isQuantized else { return node }
    return try shifted(node, by: tensor.zeroPoint, fresh(graph[node].name + "_integers"))
  }

  private mutating func shifted(_ node: Node.ID, by offset: Int64, _ name: String)
    throws(Diagnostic) -> Node.ID
  {
    if offset == 0 { return node }
    let term = append(
      fresh(name + "_offset"), .constant(Constant(FixedTensor(shape: [1], integers: [offset]))), [])
    return append(name, .add(Add()), [node, term])
  }

  // MARK: Nodes

  mutating func append(_ name: String, _ op: Op, _ inputs: [Node.ID], epilogue: [Op] = [])
    -> Node.ID
  {
    let operands = inputs.map { shapes[$0.index] }
    // Shapes that do not fit are reported when the graph is verified.
    shapes.append((try? op.definition.resultShape(operands)) ?? operands.first ?? [1])
    return graph.append(name, op, inputs, epilogue: epilogue)
  }

  /// A name that no node has yet.
  mutating func fresh(_ name: String) -> String {
    let base = name.isEmpty ? "node" : name
    if names.insert(base).inserted { return base }
    var number = 2
    while !names.insert("\(base)_\(number)").inserted { number += 1 }
    return "\(base)_\(number)"
  }

  /// Makes a node the value of the step's output, in the shape of that tensor.
  mutating func finish(
    _ step: TFLiteStep, _ op: Op, _ inputs: [Node.ID], epilogue: [Op] = [], output: Int = 0
  ) throws(Diagnostic) {
    let index = step.outputs[output]
    let tensor = model.tensors[index]
    let operands = inputs.map { shapes[$0.index] }
    let result: Shape
    do { result = try op.definition.resultShape(operands) } catch {
      throw step.unsupported(error.reason)
    }
    let shape = try shape(of: tensor, step: step, knownCount: result.count)
    if shape == result {
      nodes[index] = append(fresh(tensor.name), op, inputs, epilogue: epilogue)
      return
    }
    guard shape.count == result.count else {
      throw step.unsupported("its result has the shape \(result), and the file says \(shape)")
    }
    let flat = append(fresh(tensor.name + "_result"), op, inputs, epilogue: epilogue)
    nodes[index] = append(fresh(tensor.name), .reshape(Reshape(shape: shape)), [flat])
  }

  /// Makes a node that exists the value of the step's output.
  mutating func alias(_ step: TFLiteStep, _ node: Node.ID) throws(Diagnostic) {
    let tensor = model.tensors[step.outputs[0]]
    let shape = try shape(of: tensor, step: step, knownCount: shapes[node.index].count)
    if shape == shapes[node.index] {
      nodes[step.outputs[0]] = node
      return
    }
    guard shape.count == shapes[node.index].count else {
      throw step.unsupported("it makes \(shape) of \(shapes[node.index])")
    }
    nodes[step.outputs[0]] = append(fresh(tensor.name), .reshape(Reshape(shape: shape)), [node])
  }

  // MARK: Shapes

  /// The shape of one sample: the batch axis is dropped, or a leading axis of extent 1.
  ///
  /// A tensor of a single element may have no shape in the file; `knownCount` then says how many
  /// elements it really has.
  func shape(of tensor: TFLiteTensor, step: TFLiteStep?, knownCount: Int? = nil)
    throws(Diagnostic) -> Shape
  {
    var extents = tensor.extents
    if extents.count > 1, extents[0] == batch { extents.removeFirst() }
    if extents.isEmpty { extents = [1] }
    let shape = Shape(extents)
    if shape.isReasonable { return shape }
    if let knownCount { return [knownCount] }
    throw .tfliteShape(tensor.name, tensor.extents)
  }

  /// How many leading axes the graph's tensor lacks.
  func droppedAxes(_ tensor: TFLiteTensor) -> Int {
    tensor.extents.count > 1 && tensor.extents[0] == batch ? 1 : 0
  }

  /// The axis of the graph's tensor for one of the file's, negative ones counting from the end; nil for
  /// the batch axis.
  func axis(_ axis: Int, of tensor: TFLiteTensor, _ step: TFLiteStep) throws(Diagnostic) -> Int? {
    let rank = tensor.extents.count
    guard axis >= -rank, axis < rank else { throw step.unsupported("there is no axis \(axis)") }
    let own = (axis < 0 ? axis + rank : axis) - droppedAxes(tensor)
    return own < 0 ? nil : own
  }

  // MARK: Operands

  func tensor(_ step: TFLiteStep, _ input: Int) throws(Diagnostic) -> TFLiteTensor {
    guard let index = step.input(input) else {
      throw step.unsupported("operand \(input) is missing")
    }
    return model.tensors[index]
  }

  /// The node of an operand that is computed.
  func operand(_ step: TFLiteStep, _ input: Int) throws(Diagnostic) -> Node.ID {
    guard let index = step.input(input) else {
      throw step.unsupported("operand \(input) is missing")
    }
    if let node = nodes[index] { return node }
    if constant(index) != nil || shapeTensors.contains(index) {
      throw step.unsupported("operand \(input) is a constant")
    }
    throw step.unsupported("operand \(input), \(model.tensors[index].name), is not computed")
  }

  func isComputed(_ step: TFLiteStep, _ input: Int) -> Bool {
    step.input(input).map { nodes[$0] != nil } ?? false
  }

  /// A constant operand.
  mutating func parameter(_ step: TFLiteStep, _ input: Int) throws(Diagnostic) -> TFLiteConstant {
    guard let index = step.input(input), let constant = constant(index) else {
      throw step.unsupported("operand \(input) must be a constant")
    }
    constantBudget -= constant.count
    guard constantBudget >= 0 else { throw step.unsupported("the constants are too large") }
    if case .integers(let values) = constant.elements {
      // Sums of them must stay far from overflow; a list of indices may say "to the end".
      guard values.allSatisfy({ $0.magnitude < 1 << 48 }) else {
        throw step.unsupported("a constant of more than 48 bits")
      }
    }
    return constant
  }

  private func constant(_ index: Int) -> TFLiteConstant? {
    if let known = folded[index] { return known }
    let tensor = model.tensors[index]
    guard tensor.elementCount != nil else { return nil }
    if let reals = model.reals(tensor) { return TFLiteConstant(tensor, .reals(reals)) }
    if let integers = model.integers(tensor) { return TFLiteConstant(tensor, .integers(integers)) }
    return nil
  }

  /// A list of integers such as axes or paddings.
  mutating func list(_ step: TFLiteStep, _ input: Int) throws(Diagnostic) -> [Int] {
    guard case .integers(let values) = try parameter(step, input).elements, values.count <= 64
    else { throw step.unsupported("operand \(input) must be a list of integers") }
    return values.map { Int($0) }
  }
}

/// The elements of a constant.
struct TFLiteConstant {
  enum Elements {
    case reals([Float])
    case integers([Int64])
  }

  var tensor: TFLiteTensor
  var elements: Elements

  init(_ tensor: TFLiteTensor, _ elements: Elements) {
    self.tensor = tensor
    self.elements = elements
  }

  var count: Int {
    switch elements {
    case .reals(let values): values.count
    case .integers(let values): values.count
    }
  }

  var extents: [Int] { tensor.extents }
}

extension FixedTensor {
  /// Integers.
  init(shape: Shape, integers: [Int64]) {
    self.init(shape: shape, fraction: 0, values: integers)
  }
}
