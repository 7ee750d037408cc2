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
    for id in graph.ids {
      let node = graph[id]
      if node.inputs.isEmpty && node.epilogue.isEmpty { continue }
      let operands = node.inputs.map { graph[$0] }
      guard
        operands.allSatisfy({
          if case .constant = $0.op { $0.epilogue.isEmpty } else { false }
        })
      else { continue }
      if case .input = node.op { continue }
      var value = node.op.definition.evaluate(
        operands.map { operand in
          guard case .constant(let constant) = operand.op else { preconditionFailure() }
          return constant.value
        })
      for step in node.epilogue { value = step.definition.evaluate([value]) }
      graph[id] = Node(name: node.name, op: .constant(constant(value, node.steps.last!)))
    }
    graph.removeUnreachableNodes()
  }

  /// A constant with the quantizer's own format, where the last step is one: the model's words.
  private func constant(_ value: Value, _ last: Op) -> Constant {
    switch value {
    case .real(let tensor):
      return Constant(shape: tensor.shape, real: tensor.values.map { Float($0) })
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
