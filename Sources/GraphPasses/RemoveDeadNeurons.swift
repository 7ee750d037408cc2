import Diagnostics
import FixedPoint
import GraphIR

/// Removes neurons that are constant, or that no later layer reads.
///
/// ```
/// h = dense(x, w1, b1) |> relu()      // column 3 of w1 is zero, so h[3] is relu(b1[3])
/// y = dense(h, w2, b2)                // row 5 of w2 is zero, so h[5] is not read
/// ```
/// becomes the same without h[3] and h[5]; what h[3] contributed is in the bias of y.
/// A neuron is constant when its range says so: zero weights, or an activation that never wakes up.
public struct RemoveDeadNeurons: GraphPass {
  public static let name = "remove-dead-neurons"
  public static let summary = "remove neurons that are constant or that nobody reads"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    // Removing a neuron can make one in front of it unread, or one behind it constant.
    while try removeOnce(&graph) {}
  }

  /// Shrinks the first layer that can be; false when none can.
  private func removeOnce(_ graph: inout Graph) throws(Diagnostic) -> Bool {
    let ranges = try graph.inferRanges()
    let users = graph.users
    for id in graph.ids {
      guard let layer = Layer(id, graph, users), case .fixed(let range) = ranges[id.index] else {
        continue
      }
      let neurons = layer.weights.shape.extents[1]
      let isConstant = range.intervals.map(\.isConstant)
      let isRead = (0..<neurons).map { neuron in
        layer.users.contains { user in
          let outputs = user.weights.shape.extents[1]
          return user.weights.values[neuron * outputs..<(neuron + 1) * outputs]
            .contains { $0 != 0 }
        }
      }
      var kept = (0..<neurons).filter { !isConstant[$0] && isRead[$0] }
      // A layer keeps one neuron, so that every tensor has an element.
      if kept.isEmpty { kept = [0] }
      if kept.count == neurons { continue }
      let keptSet = Set(kept)
      let constants = range.intervals.enumerated().map { index, interval in
        isConstant[index] && !keptSet.contains(index) ? interval : .zero
      }
      layer.absorb(constants, &graph)
      layer.keep(kept, &graph)
      graph.sortNodes()
      graph.removeUnreachableNodes()
      return true
    }
    return false
  }
}

/// A dense layer on vectors whose users are all dense layers, with constant parameters throughout.
private struct Layer {
  let id: Node.ID
  let weights: FixedTensor
  let bias: FixedTensor?
  let users: [(id: Node.ID, weights: FixedTensor, bias: FixedTensor?)]

  init?(_ id: Node.ID, _ graph: Graph, _ allUsers: [[Node.ID]]) {
    guard let (weights, bias) = Layer.parameters(id, graph), !graph.outputs.contains(id),
      !allUsers[id.index].isEmpty
    else { return nil }
    self.id = id
    self.weights = weights
    self.bias = bias
    var users: [(id: Node.ID, weights: FixedTensor, bias: FixedTensor?)] = []
    for user in allUsers[id.index] {
      guard let (weights, bias) = Layer.parameters(user, graph), graph[user].inputs[0] == id,
        // A vector: its elements are the rows of the user's weights.
        weights.shape.extents[0] == self.weights.shape.extents[1]
      else { return nil }
      users.append((user, weights, bias))
    }
    self.users = users
    guard let shapes = try? graph.inferShapes(), shapes[id.index].rank == 1 else { return nil }
  }

  private static func parameters(_ id: Node.ID, _ graph: Graph) -> (FixedTensor, FixedTensor?)? {
    let node = graph[id]
    guard case .dense = node.op, let weights = graph.fixedConstant(node.inputs[1]) else {
      return nil
    }
    if node.inputs.count == 2 { return (weights, nil) }
    guard let bias = graph.fixedConstant(node.inputs[2]) else { return nil }
    return (weights, bias)
  }

  /// Adds what the neurons with these constant values contribute to the users' biases.
  func absorb(_ constants: [Interval], _ graph: inout Graph) {
    guard constants.contains(where: { !$0.isZero }) else { return }
    for user in users {
      let outputs = user.weights.shape.extents[1]
      let sums = (0..<outputs).map { j in
        var sum =
          user.bias.map {
            Interval(constant: Int128($0.values[j]), fraction: $0.fraction)
          } ?? .zero
        for i in constants.indices where !constants[i].isZero {
          sum =
            sum
            + Interval(
              constant: Int128(user.weights.values[i * outputs + j]),
              fraction: user.weights.fraction
            ).multiplied(by: constants[i])
        }
        return sum
      }
      let fraction = sums.filter { !$0.isZero }.map(\.fraction).max() ?? 0
      let values = sums.map { Int64($0.atFraction(fraction).low) }
      let tensor = FixedTensor(shape: [outputs], fraction: fraction, values: values)
      graph.setParameter(
        2, of: user.id, to: Constant(tensor), named: graph[user.id].name + "_bias")
    }
  }

  /// Keeps these neurons of the layer, and of the users' weights the rows that read them.
  func keep(_ kept: [Int], _ graph: inout Graph) {
    func columns(_ tensor: FixedTensor) -> FixedTensor {
      let width = tensor.shape.channels
      let rows = tensor.shape.count / width
      return FixedTensor(
        shape: Shape(tensor.shape.extents.dropLast() + [kept.count]), fraction: tensor.fraction,
        values: (0..<rows).flatMap { row in kept.map { tensor.values[row * width + $0] } })
    }
    for user in users {
      let outputs = user.weights.shape.extents[1]
      let rows = FixedTensor(
        shape: [kept.count, outputs], fraction: user.weights.fraction,
        values: kept.flatMap { user.weights.values[$0 * outputs..<($0 + 1) * outputs] })
      graph.setParameter(
        1, of: user.id, to: Constant(rows), named: graph[user.id].name + "_weights")
    }
    let name = graph[id].name
    let neurons = weights.shape.extents[1]
    graph[id].epilogue = graph[id].epilogue.map { $0.keeping(kept, of: neurons) }
    graph[id].format = nil
    graph.setParameter(1, of: id, to: Constant(columns(weights)), named: name + "_weights")
    if let bias {
      graph.setParameter(2, of: id, to: Constant(columns(bias)), named: name + "_bias")
    }
  }
}

extension Op {
  /// The elementwise op on a vector of which only these elements are kept.
  fileprivate func keeping(_ kept: [Int], of count: Int) -> Op {
    if case .prelu(let prelu) = self, prelu.alpha.count > 1 {
      return .prelu(PRelu(alpha: kept.map { prelu.alpha[$0] }))
    }
    if case .requantize(let op) = self { return .requantize(op.keeping(kept)) }
    guard case .quantize(var quantize) = self, !quantize.format.isUniform else { return self }
    quantize.format = TensorFormat(repeating: kept.map { quantize.format.format(of: $0) })
    return .quantize(quantize)
  }
}
