// Means of exact numbers, as frameworks compute them: sums times a float32 reciprocal.

import GraphIR

/// Replaces averages of exact operands, whose windows have no power of two of elements, by sums and an
/// exact multiplication: `average-pool(x)` over 5×5 becomes `sum-pool(x) · 0.04`, 0.04 being the float32
/// next to 1/25. A graph holds no other mean of exact numbers, and that one is as near as float32 is.
func makeMeansExact(_ graph: inout Graph) {
  let isExact = graph.isExact
  guard let shapes = try? graph.inferShapes() else { return }
  for id in graph.ids {
    let node = graph[id]
    guard let input = node.inputs.first, isExact[input.index] else { continue }
    let x = shapes[input.index]
    let window: PoolWindow
    switch node.op {
    case .averagePool(let pool): window = pool.window
    case .globalAveragePool: window = .global(x)
    default: continue
    }
    guard let counts = try? window.elementCounts(x),
      counts.contains(where: { $0 & ($0 - 1) != 0 })
    else { continue }
    let channels = x.channels
    let result = shapes[id.index]
    let reciprocals = counts.flatMap { count in
      [Float](repeating: 1 / Float(count), count: channels)
    }
    let isUniform = counts.allSatisfy { $0 == counts[0] }
    guard
      let constant = exactConstant(
        isUniform ? [Double(reciprocals[0])] : reciprocals.map { Double($0) },
        isUniform ? [1] : result.extents)
    else { continue }
    var sum = graph.append(
      graph.freshName("\(node.name)_sum"), .sumPool(SumPool(window)), [input])
    if case .globalAveragePool = node.op {
      sum = graph.append(
        graph.freshName("\(node.name)_sum_flat"), .reshape(Reshape(shape: result)), [sum])
    }
    let factor = graph.append(graph.freshName("\(node.name)_reciprocal"), .constant(constant))
    graph[id].op = .multiply(Multiply())
    graph[id].inputs = [sum, factor]
  }
  graph.sortNodes()
}

extension PoolWindow {
  /// How many elements each window on `input` holds, its padding not counted.
  fileprivate func elementCounts(_ input: Shape) throws(ShapeError) -> [Int] {
    let geometry = try geometry(on: input)
    return (0..<geometry.rows.output).flatMap { row in
      (0..<geometry.columns.output).map { column in
        geometry.rows.taps(row).count * geometry.columns.taps(column).count
      }
    }
  }
}
