import Diagnostics
import FixedPoint
import Testing

@testable import GraphIR

let exampleText = """
  graph example {
    x = input() {shape: [2], scale: [0.00390625]}
    q = quantize(x) {format: u8f8, rounding: floor, overflow: saturate}
    w = constant() {shape: [2, 2], format: [s4f3, s3f1], values: [3, -4, -5, 3]}
    b = constant() {shape: [2], format: s4f3, values: [1, 0]}
    fc = dense(q, w, b) |> relu() |> quantize() {format: [u4f4, u0f0], rounding: half-even, overflow: saturate} : [u4f4, u0f0]
    "a name" = flatten(fc)
    return "a name"
    classes "cat", "dog"
    provenance "recipe" "by \\"hand\\""
  }

  """

@Suite struct GraphTextTests {
  @Test func printingAParsedGraphGivesItsText() throws {
    let graph = try Graph(parsing: exampleText)
    #expect(graph.text() == exampleText)
    #expect(try Graph(parsing: graph.text()) == graph)
  }

  @Test func evaluatesExactly() throws {
    let graph = try Graph(parsing: exampleText)
    let value = Evaluator(graph, arithmetic: .exact).outputs([[255, 3]])[0]
    // 255/256·3/8 - 3/256·5/8 + 1/8 = 0.4912…, half-even at 2^-4: 8/16.
    #expect(value == .fixed(FixedTensor(shape: [2], fraction: 1, values: [1, 0])))
  }

  @Test(arguments: [
    ("graph g { x = input() {shape: [2]} return y }", "nnir.unknown-name"),
    ("graph g { x = input() {shape: [2]} return x", "nnir.syntax"),
    ("graph g { x = input() {shape: [0]} return x }", "graph.wrong-attribute"),
    ("graph g { x = input() {shape: [2], colour: 3} return x }", "graph.unknown-attribute"),
    ("graph g { x = convolve() return x }", "graph.unknown-op"),
    ("graph g { x = input() {shape: [2]} }", "graph.no-output"),
    ("graph g { x = input() {shape: [2]} x = relu(x) return x }", "graph.duplicate-name"),
    ("graph g { x = input() {shape: [2]} y = add(x) return y }", "graph.wrong-arity"),
    (
      "graph g { x = input() {shape: [2]} c = constant() {shape: [3], values: [1, 2, 3]} "
        + "y = add(x, c) return y }", "graph.wrong-shape"
    ),
    ("graph g { x = input() {shape: [2]} |> flatten() return x }", "graph.bad-epilogue"),
    ("graph g { c = constant() {shape: [1], values: [nan]} return c }", "nnir.bad-format"),
    ("graph g { c = constant() {shape: [1], values: [1.x]} return c }", "nnir.bad-number"),
    (
      "graph g { c = constant() {shape: [1], format: [s6], values: [1]} return c }",
      "nnir.bad-format"
    ),
    ("graph g { \"c", "nnir.open-string"),
  ])
  func malformedTextIsRefused(text: String, id: String) {
    #expect {
      _ = try Graph(parsing: text)
    } throws: { error in
      (error as? Diagnostic)?.id == id
    }
  }
}
