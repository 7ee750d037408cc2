// What an evaluator computes once, and that it computes the same as op after op.

import FixedPoint
import TestSupport
import Testing

@testable import GraphIR

/// A small network with every kind of layer, its parameters quantized by nodes of their own.
private let network = """
  graph cnn {
    x = input() {shape: [6, 6, 1], scale: [0.0625]}
    q = quantize(x) {format: u4f4, rounding: half-even, overflow: saturate}
    kr = constant() {shape: [3, 3, 1, 2], values: [0.3, -0.5, 0.7, 1.0, 0.0, 0.2, -0.3, 0.4, 0.1, 0.1, -0.1, 0.6, 0.2, 0.0, -0.7, 0.5, 0.9, -1.0]}
    k = quantize(kr) {format: s5f3, rounding: half-even, overflow: saturate} |> relu()
    b = constant() {shape: [2], format: s4f2, values: [1, -3]}
    c1 = conv(q, k, b) {padding: [1, 1, 1, 1]} |> relu() |> quantize() {format: u5f3, rounding: half-up, overflow: saturate}
    p1 = max-pool(c1) {window: [2, 2]}
    dw = constant() {shape: [2, 2, 1, 2], format: s4f2, values: [1, -3, 2, 7, -7, 7, 3, 1]}
    c2 = conv(p1, dw) {groups: 2}
    s = sum-pool(c2) {window: [2, 2]}
    r = constant() {shape: [], format: u3f5, values: [5]}
    m = multiply(s, r) |> clip() {low: -1.0, high: 1.5}
    f = flatten(m)
    g = global-average-pool(c2)
    both = concat(f, g)
    w = constant() {shape: [4, 3], format: s4f3, values: [1, 2, -3, 4, 5, -6, 7, 0, 1, -2, 3, 3]}
    y = dense(both, w)
    return y
  }
  """

@Suite struct EvaluatorTests {
  @Test func preparedOpsComputeWhatTheDefinitionsDo() throws {
    let graph = try Graph(parsing: network)
    _ = try graph.inferRanges()
    for arithmetic in Evaluator.Arithmetic.allCases {
      let evaluator = Evaluator(graph, arithmetic: arithmetic)
      for sample in graph.randomSamples(count: 20, seed: 3) {
        var values: [Value] = []
        for node in graph.nodes {
          var value: Value
          switch node.op {
          case .input(let input): value = .real(input.preprocess(sample[0]))
          default: value = node.op.definition.evaluate(node.inputs.map { values[$0.index] })
          }
          for step in node.epilogue { value = step.definition.evaluate([value]) }
          values.append(value)
        }
        for (value, other) in zip(values, evaluator.allValues(sample)) {
          #expect(numbers(value) == numbers(other))
          guard case .real = value else {
            // In floating point everything is real, and these numbers are short.
            if case .fixed = other { #expect(arithmetic == .exact) }
            continue
          }
        }
      }
    }
  }

  @Test func everyValueIsInItsRange() throws {
    let graph = try Graph(parsing: network)
    let ranges = try graph.inferRanges()
    let evaluator = Evaluator(graph, arithmetic: .exact)
    for sample in graph.randomSamples(count: 50, seed: 4) {
      for (range, value) in zip(ranges, evaluator.allValues(sample)) {
        if case .fixed(let elements) = range { #expect(elements.contains(value)) }
      }
    }
  }

  @Test func formatsOfChannelsAreWrittenOnce() throws {
    let graph = try Graph(parsing: network)
    let ranges = try graph.inferRanges()
    let c2 = try #require(graph.nodes.firstIndex { $0.name == "c2" })
    #expect(try exact(ranges[c2]).format?.formats.count == 2)
  }
}
