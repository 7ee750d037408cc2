// The graph: what is computed. A value; nodes in evaluation order, edges by index.

import FixedPoint

public struct Graph: Hashable, Sendable {
  public var name: String
  /// Every operand precedes its user.
  public var nodes: [Node]
  public var outputs: [Node.ID]
  /// Names of the classes a classifier chooses from; empty when unknown.
  public var classNames: [String]
  /// Where the model comes from: recipe, seed, metrics …, in the order they were written.
  public var provenance: [Provenance]

  public init(
    name: String, nodes: [Node] = [], outputs: [Node.ID] = [], classNames: [String] = [],
    provenance: [Provenance] = []
  ) {
    self.name = name
    self.nodes = nodes
    self.outputs = outputs
    self.classNames = classNames
    self.provenance = provenance
  }

  public subscript(id: Node.ID) -> Node {
    get { nodes[id.index] }
    set { nodes[id.index] = newValue }
  }

  public var ids: [Node.ID] { nodes.indices.map(Node.ID.init) }

  /// Appends a node and returns its id; the shape is left to `Verifier.shapes`.
  @discardableResult
  public mutating func append(
    _ name: String, _ op: Op, _ inputs: [Node.ID] = [], epilogue: [Op] = []
  ) -> Node.ID {
    nodes.append(Node(name: name, op: op, inputs: inputs, epilogue: epilogue))
    return Node.ID(nodes.count - 1)
  }

  /// The input nodes, in order.
  public var inputs: [Node.ID] {
    ids.filter { if case .input = self[$0].op { true } else { false } }
  }

  /// For each node, its users in order; a user that takes it twice is listed twice.
  public var users: [[Node.ID]] {
    var users = [[Node.ID]](repeating: [], count: nodes.count)
    for id in ids {
      for input in self[id].inputs { users[input.index].append(id) }
    }
    return users
  }

  /// Makes users of a node take `replacement[node]` instead; the nodes themselves stay.
  public mutating func replace(_ replacement: [Node.ID: Node.ID]) {
    func resolve(_ id: Node.ID) -> Node.ID {
      var id = id
      while let next = replacement[id] { id = next }
      return id
    }
    for index in nodes.indices { nodes[index].inputs = nodes[index].inputs.map(resolve) }
    outputs = outputs.map(resolve)
  }

  /// Drops nodes no output depends on; inputs always stay, they are the model's interface.
  public mutating func removeUnreachableNodes() {
    var isUsed = [Bool](repeating: false, count: nodes.count)
    for id in outputs + inputs { isUsed[id.index] = true }
    for index in nodes.indices.reversed() where isUsed[index] {
      for input in nodes[index].inputs { isUsed[input.index] = true }
    }
    var newID = [Node.ID?](repeating: nil, count: nodes.count)
    var kept: [Node] = []
    for index in nodes.indices where isUsed[index] {
      var node = nodes[index]
      node.inputs = node.inputs.map { newID[$0.index]! }
      newID[index] = Node.ID(kept.count)
      kept.append(node)
    }
    outputs = outputs.map { newID[$0.index]! }
    nodes = kept
  }
}

/// One value of the graph.
public struct Node: Hashable, Sendable {
  public struct ID: Hashable, Comparable, Sendable {
    public let index: Int

    public init(_ index: Int) {
      self.index = index
    }

    public static func < (a: ID, b: ID) -> Bool { a.index < b.index }
  }

  /// Unique in the graph; the model's own name where it has one.
  public var name: String
  public var op: Op
  public var inputs: [ID]
  /// Elementwise ops applied to the result, first to last: activation, requantization.
  public var epilogue: [Op]
  /// The narrowest formats that hold the result, once inferred.
  public var format: TensorFormat?

  public init(
    name: String, op: Op, inputs: [ID] = [], epilogue: [Op] = [], format: TensorFormat? = nil
  ) {
    self.name = name
    self.op = op
    self.inputs = inputs
    self.epilogue = epilogue
    self.format = format
  }

  /// `op` and `epilogue` in the order they are applied.
  public var steps: [Op] { [op] + epilogue }
}

/// One fact about a model's origin.
public struct Provenance: Hashable, Sendable {
  public var key: String
  public var value: String

  public init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

extension Graph {
  /// Makes a new constant operand number `position` of `id` (the last one, or one behind it).
  ///
  /// The constant is appended behind its user: call `sortNodes` when done.
  public mutating func setParameter(
    _ position: Int, of id: Node.ID, to constant: Constant, named name: String
  ) {
    let parameter = append(freshName(name), .constant(constant))
    if position < self[id].inputs.count {
      self[id].inputs[position] = parameter
    } else {
      self[id].inputs.append(parameter)
    }
  }

  /// Moves operands in front of their users and leaves the order otherwise as it is.
  ///
  /// The graph must have no cycle.
  public mutating func sortNodes() {
    var newID = [Node.ID?](repeating: nil, count: nodes.count)
    var sorted: [Node] = []
    for root in nodes.indices {
      var stack = [root]
      while let index = stack.last {
        let missing = nodes[index].inputs.filter { newID[$0.index] == nil }
        if newID[index] != nil || missing.isEmpty {
          stack.removeLast()
          if newID[index] == nil {
            newID[index] = Node.ID(sorted.count)
            sorted.append(nodes[index])
          }
        } else {
          stack += missing.reversed().map(\.index)
        }
      }
    }
    for index in sorted.indices {
      sorted[index].inputs = sorted[index].inputs.map { newID[$0.index]! }
    }
    outputs = outputs.map { newID[$0.index]! }
    nodes = sorted
  }

  /// Gives every step of an epilogue a node of its own, except behind layers: dense, conv,
  /// lookup, add, multiply and batch-norm.
  ///
  /// `q = quantize(x) |> relu()` becomes `q_quantize = quantize(x)` and `q = relu(q_quantize)`; an
  /// input keeps its name.
  public mutating func separateEpilogues() {
    func isSeparate(_ node: Node) -> Bool {
      switch node.op {
      case .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum, .maximum,
        .batchNorm:
        false
      case .input, .constant, .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh,
        .function,
        .softmax, .integerSoftmax, .dynamicQuantize, .argmax, .quantize, .requantize, .table,
        .flatten, .reshape,
        .pad, .crop,
        .upsample, .slice,
        .transpose, .gather, .dilate, .concat, .maxPool, .averagePool, .sumPool, .globalMaxPool,
        .globalAveragePool, .reduce:
        !node.epilogue.isEmpty
      }
    }
    guard nodes.contains(where: isSeparate) else { return }
    var names = self
    var newID: [Node.ID] = []
    var separated: [Node] = []
    for node in nodes {
      var first = node
      first.inputs = node.inputs.map { newID[$0.index] }
      if isSeparate(node) {
        let isInput = if case .input = node.op { true } else { false }
        first.epilogue = []
        first.format = nil
        for (index, step) in node.epilogue.enumerated() {
          let isLast = index == node.epilogue.count - 1
          let fresh = names.freshName("\(node.name)_\((isInput ? step : first.op).mnemonic)")
          names.append(fresh, step)
          if !isInput { first.name = fresh }
          separated.append(first)
          first = Node(
            name: isInput ? fresh : node.name, op: step, inputs: [Node.ID(separated.count - 1)],
            format: isLast ? node.format : nil)
        }
      }
      newID.append(Node.ID(separated.count))
      separated.append(first)
    }
    outputs = outputs.map { newID[$0.index] }
    nodes = separated
  }

  /// A name that no node has yet, made from `base`.
  public func freshName(_ base: String) -> String {
    let names = Set(nodes.map(\.name))
    if !names.contains(base) { return base }
    var number = 2
    while names.contains("\(base)_\(number)") { number += 1 }
    return "\(base)_\(number)"
  }

  /// The exact elements of a constant node; nil when it is real or no constant.
  public func fixedConstant(_ id: Node.ID) -> FixedTensor? {
    guard case .constant(let constant) = self[id].op, self[id].epilogue.isEmpty,
      case .fixed(let tensor) = constant.value
    else { return nil }
    return tensor
  }

  /// The elements of a real constant node; nil when it is exact or no constant.
  public func realConstant(_ id: Node.ID) -> [Float]? {
    guard case .constant(let constant) = self[id].op, self[id].epilogue.isEmpty,
      case .real(let values) = constant.elements
    else { return nil }
    return values
  }

  /// Which nodes have exact results.
  public var isExact: [Bool] {
    var exact: [Bool] = []
    for node in nodes {
      var operands = node.inputs.map { exact[$0.index] }
      for step in node.steps { operands = [step.isExact(operands)] }
      exact.append(operands[0])
    }
    return exact
  }
}

extension Op {
  /// Whether the result is exact, given which operands are.
  public func isExact(_ operands: [Bool]) -> Bool {
    switch self {
    case .input, .divide, .hardSigmoid, .elu, .sigmoid, .tanh, .function, .softmax,
      .dynamicQuantize:
      false
    case .reduce(let op): op.isExact && operands[0]
    case .constant(let constant):
      if case .fixed = constant.elements { true } else { false }
    case .quantize, .requantize, .table, .argmax, .integerSoftmax: true
    // Statistics may be real: what counts is a float32, and that is exact.
    case .batchNorm: operands[0]
    case .dense, .conv, .lookup, .add, .subtract, .multiply, .minimum, .maximum, .concat,
      .maxPool,
      .averagePool, .sumPool, .globalMaxPool, .globalAveragePool, .relu, .leakyRelu,
      .prelu, .clip,
      .flatten, .reshape, .pad, .crop, .upsample, .slice, .transpose, .gather, .dilate:
      operands.allSatisfy { $0 }
    }
  }
}
