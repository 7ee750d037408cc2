// Means of exact numbers: sums times a reciprocal.

import FixedPoint
import GraphIR

/// Replaces averages of exact operands, whose windows have no power of two of elements, by sums and an
/// exact multiplication: `average-pool(x)` over 5×5 becomes `sum-pool(x) · r`.
///
/// r is the smallest float32 that is not below 1/25, and where x can be negative something tiny is
/// added: then a mean that is a multiple of a step stays so when it is rounded down, as it does in
/// frameworks, where the quotient is rounded to float32. Of values halfway between two steps, those
/// round unpredictably; here they round up.
func makeMeansExact(_ graph: inout Graph) {
  // One after the other: the range of each follows from those in front.
  while let mean = ExactMean.first(in: graph) {
    var front = Graph(name: "", nodes: Array(graph.nodes[...mean.input.index]))
    front.outputs = [mean.input]
    var least = 0.0
    if case .fixed(let x)? = (try? front.inferRanges())?.last {
      let step = Double(sign: .plus, exponent: -x.fraction, significand: 1)
      least = x.intervals.reduce(0) { min($0, Double($1.atFraction(x.fraction).low) * step) }
    }
    guard mean.replace(in: &graph, least: least) else { return }
    graph.sortNodes()
  }
}

/// A mean to be replaced.
private struct ExactMean {
  var id: Node.ID
  var input: Node.ID
  private var window: PoolWindow
  /// How many elements each window holds.
  private var counts: [Int]
  private var isGlobal = false

  private var result: Shape

  /// The first in the order of the nodes; nil when there is none.
  static func first(in graph: Graph) -> ExactMean? {
    guard graph.nodes.contains(where: { isMean($0.op) }), let shapes = try? graph.inferShapes()
    else { return nil }
    let isExact = graph.isExact
    for id in graph.ids where isMean(graph[id].op) {
      let input = graph[id].inputs[0]
      guard isExact[input.index] else { continue }
      if let mean = ExactMean(graph[id], id, input, shapes[input.index], shapes[id.index]) {
        return mean
      }
    }
    return nil
  }

  private static func isMean(_ op: Op) -> Bool {
    switch op {
    case .averagePool, .globalAveragePool: true
    default: false
    }
  }

  /// Nil for a node that is no mean, or whose mean is exact.
  private init?(_ node: Node, _ id: Node.ID, _ input: Node.ID, _ x: Shape, _ result: Shape) {
    (self.id, self.input, self.result) = (id, input, result)
    switch node.op {
    case .averagePool(let pool): window = pool.window
    case .globalAveragePool: (window, isGlobal) = (.global(x), true)
    default: return nil
    }
    guard let geometry = try? window.geometry(on: x) else { return nil }
    counts = (0..<geometry.rows.output).flatMap { row in
      (0..<geometry.columns.output).map { column in
        geometry.rows.taps(row).count * geometry.columns.taps(column).count
      }
    }
    if counts.allSatisfy({ $0 & ($0 - 1) == 0 }) { return nil }
  }

  /// Whether it could be replaced; `least` is a lower bound of the elements.
  func replace(in graph: inout Graph, least: Double) -> Bool {
    let isUniform = counts.allSatisfy { $0 == counts[0] }
    let reciprocals = counts.map { ExactMean.reciprocal($0) }
    let factors =
      isUniform
      ? [reciprocals[0]]
      : reciprocals.flatMap { [Double](repeating: $0, count: result.channels) }
    guard let constant = exactConstant(factors, isUniform ? [1] : result.extents) else {
      return false
    }
    let name = graph[id].name
    var sum = graph.append(graph.freshName("\(name)_sum"), .sumPool(SumPool(window)), [input])
    if isGlobal {
      sum = graph.append(
        graph.freshName("\(name)_sum_flat"), .reshape(Reshape(shape: result)), [sum])
    }
    let factor = graph.append(graph.freshName("\(name)_reciprocal"), .constant(constant))
    guard least < 0 else {
      graph[id].op = .multiply(Multiply())
      graph[id].inputs = [sum, factor]
      return true
    }
    // Twice what the reciprocals make of the most negative sum.
    let excess = zip(counts, reciprocals).map { ($1 * Double($0) - 1) * -least }.max() ?? 0
    let product = graph.append(
      graph.freshName("\(name)_product"), .multiply(Multiply()), [sum, factor])
    let tiny =
      excess > 0 ? Double(sign: .plus, exponent: Int(excess.exponent) + 1, significand: 1) : 0
    let term = graph.append(
      graph.freshName("\(name)_excess"), .constant(exactConstant([tiny], [1])!))
    graph[id].op = .add(Add())
    graph[id].inputs = [product, term]
    return true
  }

  /// The smallest float32 that is not below 1 / count.
  private static func reciprocal(_ count: Int) -> Double {
    let nearest = 1 / Float(count)
    return Double(Double(nearest) * Double(count) < 1 ? nearest.nextUp : nearest)
  }
}
