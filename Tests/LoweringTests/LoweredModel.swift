// A graph on its whole way down, and both ends compared.

import DataflowIR
import DataflowPasses
import Diagnostics
import FixedPoint
import GraphIR
import GraphPasses
import Lowering
import TestSupport

/// A graph behind all passes, and its design behind all passes.
struct LoweredModel {
  /// What is returned decided, the rest as it was: the reference.
  let model: Graph
  let graph: Graph
  /// Straight from lowering.
  let lowered: Design
  let design: Design

  init(
    _ model: Graph, output: PassContext.Output = .automatic, clock: Double = 3
  ) throws {
    var reference = model
    try SelectOutput().run(on: &reference, PassContext(output: output))
    var graph = model
    try GraphPipeline.run(on: &graph, PassContext(output: output), verifyEach: true)
    lowered = try Lowering.lower(graph, name: "model")
    var design = lowered
    try DataflowPipeline.run(on: &design, DataflowContext(clock: clock), verifyEach: true)
    self.model = reference
    self.graph = graph
    self.design = design
  }

  /// The integers of every input channel: what the host computes of a raw sample.
  func frame(_ sample: [[Double]]) -> [[Int64]] {
    let values = Evaluator(graph, arithmetic: .exact).allValues(sample)
    return design.inputs.map { channel in
      let id = graph.ids.first { graph[$0].name == design[channel].name }!
      guard case .fixed(let tensor) = values[id.index] else { return [] }
      let formats = design[channel].formats
      return formats.indices.map { tensor.integer(at: $0, in: formats[$0]) }
    }
  }

  /// Where `design` differs from the model on a sample; nil when nowhere.
  func difference(_ design: Design, on sample: [[Double]]) -> String? {
    let expected = Evaluator(model, arithmetic: .exact).outputs(sample)
    let results = design.evaluate(frame(sample))
    guard expected.count == results.count else { return "\(results.count) outputs" }
    for (position, (value, integers)) in zip(expected, results).enumerated() {
      guard case .fixed(let tensor) = value else { return "output \(position) is real" }
      let formats = design[design.outputs[position]].formats
      let numbers = integers.indices.map {
        Interval(constant: Int128(integers[$0]), fraction: formats[$0].fraction)
      }
      if numbers != tensor.exactValues {
        return "output \(position): \(numbers) instead of \(tensor.exactValues) for \(sample)"
      }
    }
    return nil
  }
}
