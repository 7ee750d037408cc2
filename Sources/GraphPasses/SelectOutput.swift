import Diagnostics
import GraphIR

/// Ends the network in what the hardware is to return.
///
/// ```
/// y = softmax(logits)
/// return y
/// ```
/// becomes `y = argmax(logits)`, or `return logits` when scores are asked for. Softmax never
/// changes which score is largest, nor do a factor, an offset or a new scale behind it.
public struct SelectOutput: GraphPass {
  public static let name = "select-output"
  public static let summary = "end classifiers in the index of the best class, or in scores"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    let shapes = try graph.inferShapes()
    for (position, output) in graph.outputs.enumerated() {
      var scores = output
      var endsInSoftmax = false
      if let softmax = softmax(behind: output, graph) {
        endsInSoftmax = true
        scores = graph[softmax].inputs[0]
      }
      if case .argmax = graph[output].op { continue }
      let wantsIndex =
        switch context.output {
        case .automatic: endsInSoftmax || isClassifier(graph, shapes[output.index])
        case .classIndex: shapes[scores.index].rank >= 1
        case .scores: false
        }
      guard wantsIndex else {
        graph.outputs[position] = scores
        continue
      }
      let name = endsInSoftmax ? graph[output].name : graph.freshName("argmax")
      if endsInSoftmax { graph[output].name = graph.freshName(name + "_softmax") }
      graph.outputs[position] = graph.append(name, .argmax(Argmax()), [scores])
    }
    graph.removeUnreachableNodes()
  }

  /// The softmax whose result ends in `output`: as it is, or as other numbers of the same order.
  private func softmax(behind output: Node.ID, _ graph: Graph) -> Node.ID? {
    var node = output
    while graph[node].epilogue.isEmpty {
      switch graph[node].op {
      case .softmax, .integerSoftmax: return node
      case .add, .subtract:
        guard factor(graph[node].inputs[1], graph) != nil else { return nil }
      case .multiply:
        guard let factor = factor(graph[node].inputs[1], graph), factor > 0 else { return nil }
      case .requantize(let op):
        guard op.isUniform else { return nil }
      default: return nil
      }
      node = graph[node].inputs[0]
    }
    return nil
  }

  /// The one number of a constant.
  private func factor(_ id: Node.ID, _ graph: Graph) -> Double? {
    guard case .constant(let constant) = graph[id].op, constant.shape.count == 1 else { return nil }
    return constant.value.asReal.values[0]
  }

  private func isClassifier(_ graph: Graph, _ shape: Shape) -> Bool {
    graph.outputs.count == 1 && shape.count > 1 && graph.classNames.count == shape.count
  }
}
