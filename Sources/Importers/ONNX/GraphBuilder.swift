// The graph while it grows: nodes with their shapes, names, and how large their numbers can be.

import Diagnostics
import FixedPoint
import GraphIR

/// Appends nodes and keeps what later ones need to know of them.
struct GraphBuilder {
  private(set) var graph: Graph
  /// Of each node.
  private(set) var shapes: [Shape] = []
  /// Whether each node's numbers are exact: behind a quantizer.
  private(set) var isExact: [Bool] = []
  /// How large each exact node's numbers can be, and in which steps.
  private(set) var extents: [Extent] = []
  private var names: Set<String> = []
  /// The node of the model that is being imported.
  var context: NodeContext
  /// How many more elements may be made by repeating constants: a file cannot fill the memory.
  private var expansionBudget = 1 << 25

  /// An upper bound of the size of exact numbers.
  struct Extent {
    var magnitude: Double
    /// They are multiples of 2^-fraction.
    var fraction: Int

    /// Whether they fit the exact arithmetic, with a little room.
    var isNarrow: Bool {
      magnitude == 0 || (magnitude.isFinite && Extent.log2(magnitude) + fraction <= 58)
    }

    static func log2(_ value: Double) -> Int { value == 0 ? 0 : Int(value.exponent) + 1 }
  }

  init(name: String, file: String) {
    graph = Graph(name: name)
    context = NodeContext(node: ONNXNode(), file: file, opset: 0, inputs: [])
  }

  // MARK: Nodes

  /// A name that no node has, made from `base`.
  private mutating func unique(_ base: String) -> String {
    let base = base.isEmpty ? "node" : base
    var name = base
    var number = 2
    while !names.insert(name).inserted {
      name = "\(base)_\(number)"
      number += 1
    }
    return name
  }

  /// Appends a node named after the model's node, with `suffix` for nodes that only help it.
  mutating func append(
    _ op: Op, _ inputs: [Node.ID], suffix: String = "", name: String? = nil,
    extent: Extent? = nil
  ) throws(Diagnostic) -> Node.ID {
    let shape: Shape
    do { shape = try op.definition.resultShape(inputs.map { shapes[$0.index] }) } catch {
      throw context.refusal(error.reason)
    }
    guard shape.isReasonable else { throw context.refusal("its result \(shape) is too large") }
    let id = graph.append(unique(name ?? context.node.displayName + suffix), op, inputs)
    let exact = inputs.map { isExact[$0.index] }
    shapes.append(shape)
    isExact.append(op.isExact(exact))
    let operands = inputs.map { extents[$0.index] }
    extents.append(
      extent
        ?? Extent(
          magnitude: operands.map(\.magnitude).max() ?? 0,
          fraction: operands.map(\.fraction).max() ?? 0))
    return id
  }

  mutating func appendInput(_ name: String, _ input: Input) -> Node.ID {
    shapes.append(input.shape)
    isExact.append(false)
    extents.append(Extent(magnitude: 0, fraction: 0))
    return graph.append(unique(name), .input(input))
  }

  /// Gives node `id` one more operand, which stands behind it until the graph is finished.
  mutating func addOperand(_ operand: Node.ID, to id: Node.ID) {
    graph[id].inputs.append(operand)
  }

  mutating func setOutputs(_ outputs: [Node.ID]) { graph.outputs = outputs }

  /// Takes `count` elements off what may be made by repeating others.
  mutating func spend(_ count: Int) throws(Diagnostic) {
    expansionBudget -= count
    guard expansionBudget >= 0 else { throw context.refusal("its constants are too large") }
  }

  // MARK: Constants

  mutating func realConstant(
    _ values: [Float], _ shape: Shape, name: String
  ) throws(Diagnostic) -> Node.ID {
    if let bad = values.first(where: { !$0.isFinite }) {
      throw context.refusal("a constant holds \(bad)")
    }
    return try append(.constant(Constant(shape: shape, real: values)), [], name: name)
  }

  /// `integers` · 2^-fraction in one format.
  mutating func exactConstant(
    _ integers: [Int64], fraction: Int, _ shape: Shape, name: String
  ) throws(Diagnostic) -> Node.ID {
    let (low, high) = (integers.min() ?? 0, integers.max() ?? 0)
    let interval = Interval(
      low: Int128(min(low, 0)), high: Int128(max(high, 0)), fraction: fraction)
    guard let format = FixedFormat(holding: interval) else {
      throw context.refusal("the constants are too wide")
    }
    let magnitude = Double(max(low.magnitude, high.magnitude)) * exp2(-fraction)
    return try append(
      .constant(Constant(shape: shape, fixed: integers, format: TensorFormat(format))), [],
      name: name, extent: Extent(magnitude: magnitude, fraction: fraction))
  }

  /// `values` as exact numbers when they are float32s of similar size, else as real ones.
  mutating func numbers(
    _ values: [Double], _ shape: Shape, exact: Bool, name: String
  ) throws(Diagnostic) -> Node.ID {
    if exact, let (integers, fraction) = GraphBuilder.onGrid(values, bits: 48) {
      return try exactConstant(integers, fraction: fraction, shape, name: name)
    }
    return try realConstant(values.map { Float($0) }, shape, name: name)
  }

  /// `values` as integers of at most `bits` bits with one binary point; nil when there is none.
  static func onGrid(_ values: [Double], bits: Int) -> (integers: [Int64], fraction: Int)? {
    var fraction = Int.min
    for value in values where value != 0 {
      guard value.isFinite else { return nil }
      let zeros = value.significandBitPattern.trailingZeroBitCount
      fraction = max(fraction, max(0, 52 - zeros) - Int(value.exponent))
    }
    if fraction == Int.min { return (values.map { _ in 0 }, 0) }
    guard abs(fraction) < 1000 else { return nil }
    let limit = exp2(bits)
    let scale = exp2(fraction)
    var integers: [Int64] = []
    integers.reserveCapacity(values.count)
    for value in values {
      let scaled = value * scale
      guard abs(scaled) < limit else { return nil }
      integers.append(Int64(scaled))
    }
    return (integers, fraction)
  }

  // MARK: Finishing

  /// The graph with operands in front of their users and without what no output needs.
  func finished() -> Graph {
    var graph = graph
    graph.sortNodes()
    graph.removeUnreachableNodes()
    return graph
  }
}

/// 2^exponent.
func exp2(_ exponent: Int) -> Double {
  Double(sign: .plus, exponent: exponent, significand: 1)
}
