// Real networks in single precision, fast: what large classifiers run on.

import Diagnostics
import GraphIR

/// A graph of real numbers, ready to be run in float32 with OpenBLAS' matrix products.
///
/// It computes what `Evaluator` does in double precision, up to rounding. Every node is a step that
/// reads its operands and writes its result; results are freed behind their last reader.
public struct FloatEngine: Sendable {
  private let graph: Graph
  private let shapes: [Shape]
  private let steps: [FloatStep?]
  /// For each node, the nodes whose results nobody reads behind it.
  private let released: [[Int]]

  /// nil when a number of the graph is exact: then rounding matters, and `Evaluator` defines it.
  public init?(_ graph: Graph) throws(Diagnostic) {
    guard !graph.isExact.contains(true) else { return nil }
    self.graph = graph
    shapes = try graph.inferShapes()
    var steps: [FloatStep?] = []
    for id in graph.ids {
      steps.append(FloatStep(graph[id], of: graph, shapes, result: shapes[id.index]))
    }
    self.steps = steps
    var lastReader = Array(graph.nodes.indices)
    for id in graph.ids {
      for input in graph[id].inputs { lastReader[input.index] = id.index }
    }
    for id in graph.outputs { lastReader[id.index] = graph.nodes.count }
    var released = [[Int]](repeating: [], count: graph.nodes.count)
    for (node, reader) in lastReader.enumerated() where reader < graph.nodes.count {
      released[reader].append(node)
    }
    self.released = released
  }

  /// The outputs for one sample, row-major; `inputs` are raw values, before preprocessing.
  public func outputs(_ inputs: [[Double]]) -> [[Float]] {
    var results = [[Float]](repeating: [], count: graph.nodes.count)
    var nextInput = inputs.makeIterator()
    for (index, node) in graph.nodes.enumerated() {
      switch node.op {
      case .constant: break
      case .input(let input):
        guard let raw = nextInput.next() else { preconditionFailure("an input is missing") }
        results[index] = input.preprocess(raw).values.map { Float($0) }
      default: results[index] = result(of: index, results)
      }
      for step in node.epilogue { results[index] = elementwise(step, results[index], index) }
      for dead in released[index] { results[dead] = [] }
    }
    return graph.outputs.map { values($0, results) }
  }

  /// A constant's own elements, or a computed result.
  private func values(_ id: Node.ID, _ results: [[Float]]) -> [Float] {
    graph.realConstant(id) ?? results[id.index]
  }

  private func result(of index: Int, _ results: [[Float]]) -> [Float] {
    let node = graph.nodes[index]
    let operands = node.inputs.map { values($0, results) }
    guard let step = steps[index] else { preconditionFailure("\(node.name) has no step") }
    return step.run(operands)
  }

  private func elementwise(_ op: Op, _ x: [Float], _ index: Int) -> [Float] {
    FloatStep(elementwise: op, shapes[index]).run([x])
  }
}
