// Single precision computes what the evaluator does, up to rounding.

import GraphIR
import SeededRandom
import Testing

@testable import Inference

/// A graph of the given nodes on an input of `shape`; names of constants stand for random values.
private func graph(_ shape: [Int], _ lines: String) throws -> Graph {
  try Graph(
    parsing: "graph g {\n  x = input() {shape: \(shape)}\n\(lines)\n}")
}

/// `count` numbers of a text list in -1 … 1.
private func numbers(_ count: Int, _ random: inout SeededRandom) -> String {
  let values = (0..<count).map { _ in String(Double.random(in: -1...1, using: &random)) }
  return "[" + values.joined(separator: ", ") + "]"
}

private func constant(_ shape: [Int], _ random: inout SeededRandom) -> String {
  "constant() {shape: \(shape), values: \(numbers(shape.reduce(1, *), &random))}"
}

@Suite struct FloatEngineTests {
  @Test(
    arguments: [
      ([7], "w = C[7, 3]\nb = C[3]\ny = dense(x, w, b)"),
      ([2, 7], "w = C[7, 3]\ny = dense(x, w) |> relu()"),
      ([9, 2], "w = C[3, 2, 4]\ny = conv(x, w) {strides: [2], padding: [1, 0]}"),
      ([8, 7, 3], "w = C[3, 3, 3, 5]\nb = C[5]\ny = conv(x, w, b) {padding: [1, 1, 1, 1]}"),
      ([8, 7, 4], "w = C[3, 2, 2, 6]\ny = conv(x, w) {groups: 2, dilations: [2, 1]}"),
      ([8, 7, 4], "w = C[3, 3, 1, 4]\ny = conv(x, w) {groups: 4, padding: [1, 1, 0, 2]}"),
      ([8, 7, 4], "w = C[1, 1, 4, 6]\ny = conv(x, w)"),
      ([8, 7, 4], "w = C[1, 1, 4, 6]\ny = conv(x, w) {strides: [2, 2]}"),
      ([8, 7, 2], "y = max-pool(x) {window: [3, 2], strides: [2, 1], padding: [1, 1, 0, 0]}"),
      ([8, 7, 2], "y = average-pool(x) {window: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1]}"),
      ([4, 4, 2], "y = global-average-pool(x)"), ([4, 4, 2], "y = global-max-pool(x)"),
      ([4, 3], "c = C[3]\na = add(x, c)\nb = multiply(a, x)\ny = subtract(b, c)"),
      ([4, 3], "c = C[4, 3]\na = minimum(x, c)\nb = maximum(x, c)\ny = concat(a, b, x)"),
      ([4, 3], "s = sigmoid(x)\nd = divide(x, s)\ny = softmax(d)"),
      ([4, 3], "y = clip(x) {low: -0.25, high: 0.5} |> leaky-relu() {alpha: 0.5}"),
      ([4, 3], "y = function(x) {name: gelu} |> elu() {alpha: 2.0}"),
      (
        [2, 3, 2],
        "p = pad(x) {padding: [1, 0, 0, 1]}\nf = flatten(p)\ny = reshape(f) {shape: [3, 8]}"
      ),
      (
        [4, 3],
        "g = C[3]\nb = C[3]\nm = C[3]\nv = constant() {shape: [3], values: [0.5, 1.0, 2.0]}\n"
          + "y = batch-norm(x, g, b, m, v)"
      ),
    ])
  func computesWhatTheEvaluatorDoes(shape: [Int], lines: String) throws {
    var random = SeededRandom(seed: 3)
    var text = lines
    while let start = text.firstRange(of: "C[") {
      let end = text[start.lowerBound...].firstIndex(of: "]")!
      let extents = text[start.upperBound..<end].split(separator: ",").map {
        Int($0.filter(\.isNumber))!
      }
      text.replaceSubrange(start.lowerBound...end, with: constant(extents, &random))
    }
    let graph = try graph(shape, text + "\nreturn y")
    let engine = try #require(try FloatEngine(graph))
    let evaluator = Evaluator(graph, arithmetic: .float)
    for _ in 0..<3 {
      let x = (0..<shape.reduce(1, *)).map { _ in Double.random(in: -2...2, using: &random) }
      let y = engine.outputs([x])[0]
      let expected = evaluator.outputs([x])[0].asReal.values
      #expect(y.count == expected.count)
      for (a, b) in zip(y, expected) { #expect(abs(Double(a) - b) < 2e-5) }
    }
  }

  /// Large maps go through several blocks of windows.
  @Test func blocksOfWindowsJoin() throws {
    var random = SeededRandom(seed: 4)
    let graph = try graph(
      [40, 41, 8],
      "w = \(constant([5, 5, 8, 12], &random))\n"
        + "y = conv(x, w) {padding: [2, 2, 2, 2], strides: [1, 2]}\nz = relu(y)\nreturn y, z")
    let engine = try #require(try FloatEngine(graph))
    let x = (0..<40 * 41 * 8).map { _ in Double.random(in: -1...1, using: &random) }
    let (y, expected) = (
      engine.outputs([x]), Evaluator(graph, arithmetic: .float).outputs([x]).map(\.asReal.values)
    )
    for output in 0..<2 {
      for (a, b) in zip(y[output], expected[output]) { #expect(abs(Double(a) - b) < 1e-4) }
    }
  }

  @Test func exactNumbersAreTheEvaluators() throws {
    let graph = try graph(
      [2], "q = quantize(x) {format: s4f2, rounding: floor, overflow: wrap}\nreturn q")
    #expect(try FloatEngine(graph) == nil)
  }
}
