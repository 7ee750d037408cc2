// Every pass on the texts in Golden/: the text it leaves, and that it computes the same.

import Diagnostics
import GraphIR
import GraphPasses
import TestSupport
import Testing

private let cases = GoldenCase.all()

private func context(_ golden: GoldenCase) -> PassContext {
  PassContext(output: golden["output"].first.flatMap(PassContext.Output.init) ?? .automatic)
}

private func optimized(_ golden: GoldenCase) throws -> Graph {
  var graph = try Graph(parsing: golden.text)
  try GraphPipeline.run(
    try golden["passes"].map(GraphPipeline.pass(named:)), on: &graph, context(golden),
    verifyEach: true)
  return graph
}

@Suite struct PassGoldenTests {
  @Test(arguments: cases.map(\.name))
  func thePassLeavesTheGoldenText(name: String) throws {
    let golden = cases.first { $0.name == name }!
    let problem = goldenDifference(try optimized(golden).text(), "\(name).expected")
    #expect(problem == nil)
  }

  @Test(arguments: cases.map(\.name))
  func theTextIsReadBack(name: String) throws {
    let graph = try optimized(cases.first { $0.name == name }!)
    #expect(try Graph(parsing: graph.text()) == graph)
  }

  @Test(arguments: cases.map(\.name))
  func runningThePassAgainChangesNothing(name: String) throws {
    let golden = cases.first { $0.name == name }!
    let graph = try optimized(golden)
    var again = graph
    try GraphPipeline.run(
      try golden["passes"].map(GraphPipeline.pass(named:)), on: &again, context(golden))
    #expect(again.text() == graph.text())
  }

  @Test(arguments: cases.map(\.name))
  func thePassComputesTheSame(name: String) throws {
    let golden = cases.first { $0.name == name }!
    let before = try Graph(parsing: golden.text)
    let after = try optimized(golden)
    for arithmetic in Evaluator.Arithmetic.allCases {
      let (old, new) = (
        Evaluator(before, arithmetic: arithmetic), Evaluator(after, arithmetic: arithmetic)
      )
      // In floating point a quantizer may fall to the other side of a rounded bound.
      if arithmetic == .float && before.nodes.contains(where: \.quantizes) { continue }
      for sample in before.randomSamples(count: 50, seed: 7) {
        for (expected, value) in zip(old.outputs(sample), new.outputs(sample)) {
          // select-output decides what is returned; which class is best stays.
          let chooses = golden["passes"] == [SelectOutput.name]
          #expect(
            chooses ? best(expected) == best(value) : expected.agrees(with: value),
            "\(arithmetic.rawValue) \(sample): \(expected) became \(value)")
        }
      }
    }
  }

  @Test(arguments: GraphPipeline.passes.map { $0.name })
  func everyPassHasGoldenFiles(pass: String) {
    #expect(cases.filter { $0["passes"] == [pass] }.count >= 2)
  }
}

/// The class that scores or an index stand for.
private func best(_ value: Value) -> Value {
  value.shape.count == 1 ? .real(value.asReal) : .real(Argmax().evaluate([value]).asReal)
}

extension Node {
  fileprivate var quantizes: Bool {
    steps.contains { if case .quantize = $0 { true } else { false } }
  }
}
