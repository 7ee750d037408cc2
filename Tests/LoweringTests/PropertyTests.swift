// What holds of every lowered network.

import DataflowIR
import DataflowPasses
import FixedPoint
import GraphIR
import GraphPasses
import Lowering
import SeededRandom
import TestSupport
import Testing

/// A dense layer with random weights on inputs of random formats.
private func randomLayer(seed: UInt64) -> Graph {
  var random = SeededRandom(seed: seed)
  let inputs = Int.random(in: 1...6, using: &random)
  let outputs = Int.random(in: 1...6, using: &random)
  let formats = (0..<inputs).map { _ in
    FixedFormat(
      signed: Bool.random(using: &random), width: Int.random(in: 1...6, using: &random),
      fraction: Int.random(in: -2...4, using: &random))
  }
  var graph = Graph(name: "layer")
  let x = graph.append("x", .input(Input(shape: [inputs])))
  let q = graph.append(
    "q", .quantize(Quantize(TensorFormat(repeating: formats), .floor, .saturate)), [x])
  let weights = (0..<inputs * outputs).map { _ in Int64.random(in: -32...31, using: &random) }
  let bias = (0..<outputs).map { _ in Int64.random(in: -32...31, using: &random) }
  let format = TensorFormat(.signed(6, fraction: 3))
  let w = graph.append(
    "w", .constant(Constant(shape: [inputs, outputs], fixed: weights, format: format)))
  let b = graph.append("b", .constant(Constant(shape: [outputs], fixed: bias, format: format)))
  graph.outputs = [graph.append("fc", .dense(Dense()), [q, w, b])]
  return graph
}

@Suite struct PropertyTests {
  @Test(arguments: 0..<40)
  func accumulatorsReachBothTheirBounds(seed: UInt64) throws {
    let design = try LoweredModel(randomLayer(seed: seed)).lowered
    guard case .scalar(let graph) = design.kernels[0].body else { return }
    let formats = design[design.inputs[0]].formats
    for claim in graph.claims {
      var frames = [[Int64](), []]
      for (element, format) in formats.enumerated() {
        let weight =
          claim.terms.first { $0.operand == .input(channel: 0, element: element) }?.weight ?? 0
        frames[0].append(weight > 0 ? format.minimum : format.maximum)
        frames[1].append(weight > 0 ? format.maximum : format.minimum)
      }
      let value = graph[claim.value]
      let reached = frames.map { graph.storedValues([$0])[claim.value.index] }
      let interval = value.interval.atFraction(
        max(value.interval.fraction, value.format.fraction))
      #expect(reached.map { Int128($0) } == [interval.low, interval.high])
      #expect(FixedFormat(holding: value.interval) == value.format)
    }
  }

  @Test(arguments: 0..<40)
  func sharingNeedsNoMoreAdders(seed: UInt64) throws {
    let lowered = try LoweredModel(randomLayer(seed: seed)).lowered
    var shared = lowered
    try DataflowPipeline.run([ShareSubexpressions.self], on: &shared, DataflowContext())
    #expect(shared.cost.adders <= lowered.cost.adders)
  }

  @Test(arguments: 0..<12)
  func theSameNetworkGivesTheSameText(seed: UInt64) throws {
    var generator = NetworkGenerator(seed: seed + 500, maximumProducts: 60)
    let graph = generator.network().graph
    guard let first = try? LoweredModel(graph) else { return }
    let second = try LoweredModel(graph)
    #expect(first.graph.text() == second.graph.text())
    #expect(first.design.text == second.design.text)
  }
}
