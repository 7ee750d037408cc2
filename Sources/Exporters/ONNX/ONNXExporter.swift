// GraphIR to ONNX: one function per kind of op.

import Diagnostics
import FixedPoint
import GraphIR

/// How quantization is written.
public enum ONNXDialect: String, CaseIterable, Sendable {
  /// `Quant` nodes of QONNX: any width.
  case qonnx
  /// `QuantizeLinear` and `DequantizeLinear` where they can say it, plain arithmetic elsewhere: runs in every
  /// ONNX runtime.
  case onnx
}

/// The ONNX file of `graph`, which must verify. The batch axis is free; images are channels first inside,
/// inputs and outputs keep the axes that the model has outside.
///
/// Exact numbers become float32: a tensor that needs more than its 24 bits is refused.
public func exportONNX(_ graph: Graph, _ dialect: ONNXDialect) throws(Diagnostic) -> [UInt8] {
  var exporter = ONNXExporter(graph, dialect, shapes: try graph.inferShapes())
  return try exporter.file()
}

struct ONNXExporter {
  /// Where the axis of the channels is.
  enum Layout {
    case last
    /// Right behind the batch axis.
    case first
  }

  /// A node's result in the file, by layout.
  struct Result {
    var last: String?
    var first: String?
  }

  let graph: Graph
  let dialect: ONNXDialect
  let shapes: [Shape]
  /// What nodes can be, where all of them are known.
  let ranges: [ValueRange]?
  var builder = ONNXBuilder()
  var results: [Result]

  init(_ graph: Graph, _ dialect: ONNXDialect, shapes: [Shape]) {
    self.graph = graph
    self.dialect = dialect
    self.shapes = shapes
    ranges = try? graph.inferRanges()
    results = [Result](repeating: Result(), count: graph.nodes.count)
  }

  mutating func file() throws(Diagnostic) -> [UInt8] {
    var inputs: [ONNXBuilder.Port] = []
    for id in graph.ids {
      let node = graph[id]
      switch node.op {
      case .input(let input): inputs.append(addInput(id, input))
      case .constant: break
      default: try lower(id, node)
      }
      if case .constant = node.op {
      } else {
        for step in node.epilogue { try elementwise(step, id, [id], isStep: true) }
      }
    }
    var outputs: [ONNXBuilder.Port] = []
    for id in graph.outputs {
      let name = builder.node("Identity", [try last(id)], as: graph[id].name + "_out")
      outputs.append((name, .float, [nil] + shapes[id.index].extents.map { $0 }))
    }
    return builder.model(name: graph.name, inputs: inputs, outputs: outputs)
  }

  private mutating func addInput(_ id: Node.ID, _ input: Input) -> ONNXBuilder.Port {
    let raw = builder.fresh(graph[id].name)
    let rank = input.shape.rank
    let isFirst = rank > 1 && input.order == Array(1..<rank) + [0]
    if isFirst {
      results[id.index].first = raw
    } else if input.order.isEmpty {
      results[id.index].last = raw
    } else {
      results[id.index].last = builder.node(
        "Transpose", [raw], as: raw + "_order",
        [("perm", .integers([0] + input.order.map { $0 + 1 }))])
    }
    for (type, list, neutral) in [("Mul", input.scale, Float(1)), ("Add", input.offset, 0)]
    where list != [neutral] {
      let isUniform = list.count == 1
      let layout: Layout = isFirst && isUniform ? .first : .last
      let constant = builder.floats(
        list, isUniform ? [] : input.shape.extents, as: "\(raw)_\(type.lowercased())")
      set(
        id, layout,
        builder.node(
          type, [layout == .first ? first(id) : computed(id), constant],
          as: raw + "_scaled"))
    }
    return (raw, .float, [nil] + input.rawShape.extents.map { $0 })
  }

  // MARK: - Layouts

  mutating func set(_ id: Node.ID, _ layout: Layout, _ name: String) {
    results[id.index] =
      layout == .last ? Result(last: name, first: nil) : Result(last: nil, first: name)
  }

  /// The layout in which `id` is there without a transpose.
  func layout(_ id: Node.ID) -> Layout { results[id.index].last == nil ? .first : .last }

  /// The computed result of `id` with channels last.
  mutating func computed(_ id: Node.ID) -> String {
    if let name = results[id.index].last { return name }
    guard let first = results[id.index].first else {
      preconditionFailure("\(graph[id].name) is not computed")
    }
    let rank = shapes[id.index].rank
    let name = builder.node(
      "Transpose", [first], as: first + "_last",
      [("perm", .integers([0] + Array(2..<rank + 1) + [1]))])
    results[id.index].last = name
    return name
  }

  /// The computed result of `id` with channels first.
  mutating func first(_ id: Node.ID) -> String {
    if let name = results[id.index].first { return name }
    let last = computed(id)
    let rank = shapes[id.index].rank
    let name = builder.node(
      "Transpose", [last], as: last + "_first",
      [("perm", .integers([0, rank] + Array(1..<rank)))])
    results[id.index].first = name
    return name
  }

  /// The result or constant `id` with channels last.
  mutating func last(_ id: Node.ID) throws(Diagnostic) -> String {
    guard case .constant = graph[id].op else { return computed(id) }
    if let name = results[id.index].last { return name }
    let name = try constant(id, shape: shapes[id.index].extents) { $0 }
    results[id.index].last = name
    return name
  }

  // MARK: - Ops

  private mutating func lower(_ id: Node.ID, _ node: Node) throws(Diagnostic) {
    switch node.op {
    case .dense: try dense(id, node)
    case .conv(let op): try conv(id, node, op)
    case .maxPool(let op): try pool(id, node, "MaxPool", op.window)
    case .averagePool(let op): try pool(id, node, "AveragePool", op.window)
    case .sumPool(let op): try sumPool(id, node, op.window)
    case .globalMaxPool: globalPool(id, node, "GlobalMaxPool")
    case .globalAveragePool: globalPool(id, node, "GlobalAveragePool")
    case .add: try pair(id, node, "Add")
    case .subtract: try pair(id, node, "Sub")
    case .multiply: try pair(id, node, "Mul")
    case .divide: try pair(id, node, "Div")
    case .minimum: try pair(id, node, "Min")
    case .maximum: try pair(id, node, "Max")
    case .batchNorm(let op): try batchNorm(id, node, op)
    case .concat, .softmax, .argmax, .flatten, .reshape, .pad, .crop, .upsample, .slice,
      .transpose, .gather, .reduce:
      try rearrange(id, node)
    default: try elementwise(node.op, id, node.inputs, isStep: false)
    }
  }

  private mutating func dense(_ id: Node.ID, _ node: Node) throws(Diagnostic) {
    let product = builder.node(
      "MatMul", [computed(node.inputs[0]), try last(node.inputs[1])], as: node.name)
    let name =
      node.inputs.count == 3
      ? builder.node("Add", [product, try last(node.inputs[2])], as: node.name + "_bias") : product
    set(id, .last, name)
  }

  private mutating func conv(_ id: Node.ID, _ node: Node, _ op: Conv) throws(Diagnostic) {
    let kernel = shapes[node.inputs[1].index]
    let window = op.window(kernel)
    let rank = window.size.count
    // [k…, in, out] becomes [out, in, k…].
    let order = [rank + 1, rank] + Array(0..<rank)
    let weights = try constant(node.inputs[1], shape: order.map { kernel.extents[$0] }) { values in
      Transpose(permutation: order).sources(kernel).map { values[$0!] }
    }
    var inputs = [first(node.inputs[0]), weights]
    let isSeparate = node.inputs.count == 3 && hasFineBias(node)
    if node.inputs.count == 3 && !isSeparate { inputs.append(try last(node.inputs[2])) }
    var attributes = windowAttributes(window, rank)
    attributes.append(("group", .integer(op.groups)))
    if !window.dilations.isEmpty { attributes.append(("dilations", .integers(window.dilations))) }
    var name = builder.node("Conv", inputs, as: node.name, attributes)
    if isSeparate {
      let bias = try constant(node.inputs[2], shape: [kernel.channels] + window.size.map { _ in 1 })
      {
        $0
      }
      name = builder.node("Add", [name, bias], as: node.name + "_bias")
    }
    set(id, .first, name)
  }

  /// Whether the bias has steps finer than the products. Runtimes that compute in integers would round
  /// it as an operand of the convolution.
  private func hasFineBias(_ node: Node) -> Bool {
    func fraction(_ input: Int) -> Int? {
      guard case .fixed(let range)? = ranges?[node.inputs[input].index] else { return nil }
      return range.hull.fraction
    }
    guard dialect == .onnx, let x = fraction(0), let weights = fraction(1), let bias = fraction(2)
    else { return false }
    return bias > x + weights
  }

  /// Kernel shape, strides and padding as ONNX orders them: all begins, then all ends.
  func windowAttributes(_ window: SpatialWindow, _ rank: Int) -> [(String, ONNXAttribute)] {
    var attributes: [(String, ONNXAttribute)] = [("kernel_shape", .integers(window.size))]
    if !window.strides.isEmpty { attributes.append(("strides", .integers(window.strides))) }
    if !window.padding.isEmpty {
      let begins = (0..<rank).map { window.padding[2 * $0] }
      let ends = (0..<rank).map { window.padding[2 * $0 + 1] }
      attributes.append(("pads", .integers(begins + ends)))
    }
    return attributes
  }

  private mutating func pool(_ id: Node.ID, _ node: Node, _ type: String, _ window: PoolWindow)
    throws(Diagnostic)
  {
    let attributes = windowAttributes(window.spatial, window.size.count)
    set(id, .first, builder.node(type, [first(node.inputs[0])], as: node.name, attributes))
  }

  /// A depthwise convolution with ones.
  private mutating func sumPool(_ id: Node.ID, _ node: Node, _ window: PoolWindow)
    throws(Diagnostic)
  {
    let channels = shapes[id.index].channels
    let shape = [channels, 1] + window.size
    let ones = builder.floats(
      [Float](repeating: 1, count: shape.reduce(1, *)), shape, as: node.name + "_ones")
    let attributes =
      windowAttributes(window.spatial, window.size.count) + [("group", .integer(channels))]
    set(id, .first, builder.node("Conv", [first(node.inputs[0]), ones], as: node.name, attributes))
  }

  private mutating func globalPool(_ id: Node.ID, _ node: Node, _ type: String) {
    let pooled = builder.node(type, [first(node.inputs[0])], as: node.name)
    set(id, .last, builder.node("Flatten", [pooled], as: node.name + "_flat"))
  }

  private mutating func pair(_ id: Node.ID, _ node: Node, _ type: String) throws(Diagnostic) {
    let (a, b) = (node.inputs[0], node.inputs[1])
    let isConstant = if case .constant = graph[a].op { true } else { false }
    if !isConstant, layout(a) == .first, shapes[a.index] == shapes[b.index],
      graph.realConstant(b) == nil, graph.fixedConstant(b) == nil
    {
      set(id, .first, builder.node(type, [first(a), first(b)], as: node.name))
    } else {
      set(id, .last, builder.node(type, [try last(a), try last(b)], as: node.name))
    }
  }

  /// As scale and offset, both float32, which is what it is.
  private mutating func batchNorm(_ id: Node.ID, _ node: Node, _ op: BatchNorm) throws(Diagnostic) {
    var parameters: [[Double]] = []
    for input in node.inputs.dropFirst() {
      guard case .constant(let constant) = graph[input].op else {
        throw .notInONNX(node, "its parameters are computed")
      }
      parameters.append(constant.value.asReal.values)
    }
    let (scale, offset) = op.affine(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
    let factors = builder.floats(scale, [scale.count], as: node.name + "_scale")
    let offsets = builder.floats(offset, [offset.count], as: node.name + "_offset")
    let product = builder.node(
      "Mul", [computed(node.inputs[0]), factors], as: node.name + "_product")
    set(id, .last, builder.node("Add", [product, offsets], as: node.name))
  }
}

extension Diagnostic {
  static func notInONNX(_ node: Node, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "export.not-in-onnx", at: Location(path: node.name),
      "ONNX cannot say it: \(reason)",
      suggestion: "export as .nnm, which holds every graph")
  }
}
