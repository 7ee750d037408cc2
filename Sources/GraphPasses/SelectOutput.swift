import Diagnostics
import GraphIR

/// Ends the network in what the hardware is to return.
///
/// ```
/// y = softmax(logits)
/// return y
/// ```
/// becomes `y = argmax(logits)`, or `return logits` when scores are asked for. Softmax never
/// changes which score is largest.
public struct SelectOutput: GraphPass {
  public static let name = "select-output"
  public static let summary = "end classifiers in the index of the best class, or in scores"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    let shapes = try graph.inferShapes()
    for (position, output) in graph.outputs.enumerated() {
      var scores = output
      var endsInSoftmax = false
      if case .softmax = graph[output].op, graph[output].epilogue.isEmpty {
        endsInSoftmax = true
        scores = graph[output].inputs[0]
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

  private func isClassifier(_ graph: Graph, _ shape: Shape) -> Bool {
    graph.outputs.count == 1 && shape.count > 1 && graph.classNames.count == shape.count
  }
}
