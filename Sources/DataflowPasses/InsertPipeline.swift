import DataflowIR
import Diagnostics
import FixedPoint

/// Assigns every value to a pipeline stage, so that each stage fits the clock period.
///
/// As soon as possible: a value is computed in the stage of its latest operand when the delay still
/// fits, else in the next. Every layer ends in a register. An op that alone exceeds the period gets
/// a stage of its own.
public struct InsertPipeline: DataflowPass {
  public static let name = "insert-pipeline"
  public static let summary = "assign values to pipeline stages for the clock period"

  public init() {}

  public func run(on design: inout Design, _ context: DataflowContext) throws(Diagnostic) {
    design.rewriteScalarGraphs { graph, _ in pipeline(graph, context) }
  }

  func pipeline(_ graph: ScalarGraph, _ context: DataflowContext) -> ScalarGraph {
    let budget = context.clock - context.delays.register
    var result = graph
    // When each value is ready within its stage.
    var ready = [Double](repeating: 0, count: graph.values.count)
    for id in graph.ids {
      let value = graph[id]
      let operands = value.op.operands
      var stage = operands.map { result[$0].stage }.max() ?? 0
      let start = operands.filter { result[$0].stage == stage }.map { ready[$0.index] }.max() ?? 0
      let delay = context.delays.delay(of: value, in: graph)
      var end = start + delay
      if end > budget, start > 0 {
        stage += 1
        end = delay
      }
      result[id].stage = stage
      ready[id.index] = end
    }
    result.latency = (result.outputs.map { result[$0].stage }.max() ?? 0) + 1
    return result
  }
}
