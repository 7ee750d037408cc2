import Diagnostics
import GraphIR

/// Computes everything that depends on parameters only.
///
/// ```
/// w = constant() {shape: [2], values: [0.26, -1.0]}
/// q = quantize(w) {format: s4f3, …}
/// ```
/// becomes
/// ```
/// q = constant() {shape: [2], format: s4f3, values: [2, -8]}
/// ```
public struct FoldConstants: GraphPass {
  public static let name = "fold-constants"
  public static let summary = "compute what depends on parameters only"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    _ = try graph.inferRanges()
    // What is known of each node: in double precision where real, as the evaluators have it.
    var known = [Value?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids {
      let node = graph[id]
      if case .input = node.op { continue }
      let operands = node.inputs.compactMap { known[$0.index] }
      guard operands.count == node.inputs.count else { continue }
      var value = node.op.definition.evaluate(operands)
      for step in node.epilogue { value = step.definition.evaluate([value]) }
      known[id.index] = value
      if node.inputs.isEmpty && node.epilogue.isEmpty { continue }
      if let constant = constant(value, node.steps.last!) {
        graph[id] = Node(name: node.name, op: .constant(constant))
      }
    }
    graph.removeUnreachableNodes()
  }

  /// A constant with the quantizer's own format, where the last step is one: the model's words.
  /// Nil when a constant, which holds float32, would round the value.
  private func constant(_ value: Value, _ last: Op) -> Constant? {
    switch value {
    case .real(let tensor):
      let floats = tensor.values.map { Float($0) }
      guard zip(floats, tensor.values).allSatisfy({ $0.isFinite && Double($0) == $1 }) else {
        return nil
      }
      return Constant(shape: tensor.shape, real: floats)
    case .fixed(let tensor):
      guard case .quantize(let quantize) = last else { return Constant(tensor) }
      return Constant(
        shape: tensor.shape,
        fixed: tensor.values.indices.map {
          let format = quantize.format.format(of: $0)
          return format.width == 0 ? 0 : tensor.integer(at: $0, in: format)
        }, format: quantize.format)
    }
  }
}
