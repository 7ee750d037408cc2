// Every message about a graph, word for word.

import Diagnostics
import FixedPoint
import Testing

@testable import GraphIR

/// `lines` in a graph with an input `x` of two elements; the first of them is line 3.
private func graph(_ lines: String) -> String {
  "graph g {\n  x = input() {shape: [2]}\n\(lines)\n  return y\n}\n"
}

private func rendered(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "nothing"
  } catch { return (error as? Diagnostic)?.rendered ?? "\(error)" }
}

private struct Case: Sendable {
  let id: String
  let text: String
  let message: String

  init(_ id: String, _ text: String, _ message: String) {
    self.id = id
    self.text = text
    self.message = message
  }
}

private let textCases = [
  Case(
    "nnir.unknown-name", graph("  y = relu(z)"),
    """
    line 3: error: z is not defined above [nnir.unknown-name]
      help: define it before its first use; a graph has no cycles
    """),
  Case(
    "nnir.syntax", graph("  y = relu x"),
    "line 3: error: expected '(', found 'x' [nnir.syntax]"),
  Case(
    "nnir.syntax", "", "line 1: error: expected 'graph', found the end of the text [nnir.syntax]"),
  Case(
    "nnir.syntax", graph("  y = relu(x) {alpha: }"),
    "line 3: error: expected a value, found '}' [nnir.syntax]"),
  Case(
    "nnir.syntax", graph("  y = relu(x)") + "graph",
    "line 6: error: expected the end, found 'graph' [nnir.syntax]"),
  Case(
    "nnir.syntax", "graph g { x = input() {shape: [1]} return x classes }",
    "line 1: error: expected a name, found '}' [nnir.syntax]"),
  Case(
    "nnir.open-string", graph("  y = relu(x)\n  classes \"cat"),
    "line 4: error: the string that starts here does not end [nnir.open-string]"),
  Case(
    "nnir.bad-number", graph("  y = leaky-relu(x) {alpha: 1.2.3}"),
    "line 3: error: 1.2.3 is not a number [nnir.bad-number]"),
  Case(
    "nnir.bad-format", graph("  y = relu(x) : s63f0"),
    """
    line 3: error: s63f0 is not a number format [nnir.bad-format]
      help: write s6f5 for 6 signed bits, 5 of them behind the point; widths are 0 to 62
    """),
  Case(
    "nnir.bad-format", graph("  y = relu(x) : [s6f5, s6f5*9223372036854775807]"),
    """
    line 3: error: [s6f5,s6f5*9223372036854775807] is not a number format [nnir.bad-format]
      help: write s6f5 for 6 signed bits, 5 of them behind the point; widths are 0 to 62
    """),
  Case(
    "nnir.epilogue-operands", graph("  y = add(x, x) |> relu(x)"),
    """
    line 3: error: relu behind |> takes its operand from the left [nnir.epilogue-operands]
      help: write |> relu()
    """),
  Case(
    "graph.unknown-op", graph("  y = convolve(x)"),
    """
    line 3: y: error: there is no op called convolve [graph.unknown-op]
      help: known are: add, argmax, average-pool, batch-norm, clip, concat, constant, conv, crop, dense, \
    dilate, divide, dynamic-quantize, elu, flatten, function, gather, global-average-pool, \
    global-max-pool, hard-sigmoid, input, integer-softmax, leaky-relu, lookup, max-pool, maximum, \
    minimum, multiply, pad, prelu, quantize, reduce, relu, requantize, reshape, sigmoid, slice, softmax, \
    subtract, sum-pool, table, tanh, transpose, upsample
    """),
  Case(
    "graph.unknown-attribute", graph("  y = relu(x) {alpha: 1}"),
    """
    line 3: y: error: relu has no attribute alpha [graph.unknown-attribute]
      help: remove it: relu has no attributes
    """),
  Case(
    "graph.unknown-attribute", graph("  y = leaky-relu(x) {slope: 1}"),
    """
    line 3: y: error: leaky-relu has no attribute slope [graph.unknown-attribute]
      help: known are: alpha
    """),
  Case(
    "graph.wrong-attribute", graph("  y = leaky-relu(x) {alpha: steep}"),
    "line 3: y: error: attribute alpha of leaky-relu must be a finite number "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = leaky-relu(x) {alpha: 1e999}"),
    "line 3: y: error: attribute alpha of leaky-relu must be a finite number "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = reshape(x)"),
    "line 3: y: error: attribute shape of reshape must be a list of positive integers "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = reshape(x) {shape: [65536, 65536]}"),
    "line 3: y: error: attribute shape of reshape must be positive extents with a product of at "
      + "most 268435456 [graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = constant() {shape: [1], values: many}"),
    "line 3: y: error: attribute values of constant must be a list of numbers "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = constant() {shape: [1], format: u1f0, values: [0.5]}"),
    "line 3: y: error: attribute values of constant must be a list of integers "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = quantize(x) {rounding: floor, overflow: wrap}"),
    "line 3: y: error: attribute format of quantize must be a number format such as s6f5 "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute",
    graph("  y = quantize(x) {format: 8, rounding: floor, overflow: wrap}"),
    "line 3: y: error: attribute format of quantize must be a number format such as s6f5 "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = quantize(x) {format: s6f5, overflow: wrap}"),
    "line 3: y: error: attribute rounding of quantize must be one of floor, half-up, half-even, "
      + "half-away, toward-zero [graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute",
    graph("  y = quantize(x) {format: s6f5, rounding: floor, overflow: clip}"),
    "line 3: y: error: attribute overflow of quantize must be one of wrap, saturate, "
      + "saturate-symmetric [graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = conv(x, x) {strides: big}"),
    "line 3: y: error: attribute strides of conv must be a list of integers "
      + "[graph.wrong-attribute]"),
  Case(
    "graph.wrong-attribute", graph("  y = conv(x, x) {groups: 1.5}"),
    "line 3: y: error: attribute groups of conv must be an integer [graph.wrong-attribute]"),
  Case(
    "graph.wrong-arity", graph("  y = add(x)"),
    "y: error: add takes 2 operands, got 1 [graph.wrong-arity]"),
  Case(
    "graph.wrong-arity", graph("  y = dense(x)"),
    "y: error: dense takes 2 to 3 operands, got 1 [graph.wrong-arity]"),
  Case(
    "graph.wrong-shape",
    graph("  w = constant() {shape: [3, 1], values: [1, 2, 3]}\n  y = dense(x, w)"),
    "y: error: dense: weights have 3 rows, the input 2 channels [graph.wrong-shape]"),
  Case(
    "graph.wrong-shape",
    graph("  y = relu(x) : [s6f5*3]").replacing("[s6f5*3]", with: "[s6f5, s6f4, s6f3]"),
    "y: error: relu: 3 formats for shape [2] [graph.wrong-shape]"),
  Case(
    "graph.wrong-shape",
    """
    graph g {
      x = input() {shape: [268435456, 1, 1]}
      k = constant() {shape: [1, 1, 1, 3], values: [1, 2, 3]}
      b = conv(x, k) {padding: [0, 0, 1048576, 1048576]}
      y = conv(b, k) |> quantize() {format: [s1f0, s2f0], rounding: floor, overflow: wrap}
      return y
    }
    """,
    "b: error: conv: shape [268435456, 2097153, 3] is empty or too large [graph.wrong-shape]"),
  Case(
    "graph.bad-epilogue", graph("  y = add(x, x) |> softmax()"),
    """
    y: error: softmax is not elementwise and cannot follow |> [graph.bad-epilogue]
      help: make it a node of its own
    """),
  Case(
    "graph.no-output", "graph g { x = input() {shape: [1]} }",
    """
    g: error: the graph has no output [graph.no-output]
      help: name the output nodes
    """),
  Case(
    "graph.duplicate-name", graph("  y = relu(x)\n  y = relu(x)"),
    """
    y: error: two nodes are called y [graph.duplicate-name]
      help: give every node a name of its own
    """),
]

private let rangeCases = [
  Case(
    "graph.inexact-mean",
    """
    graph g {
      x = input() {shape: [3, 3, 1]}
      q = quantize(x) {format: u8f0, rounding: floor, overflow: wrap}
      y = average-pool(q) {window: [2, 2], strides: [1, 1], padding: [0, 1, 1, 1]}
      m = average-pool(q) {window: [3, 3]}
      return y, m
    }
    """,
    """
    m: error: the mean of 9 exact numbers is not exact [graph.inexact-mean]
      help: write it as sum-pool and a multiply by the quantized reciprocal, or use windows of a \
    power of two of elements
    """),
  Case(
    "graph.bad-lookup",
    graph(
      """
        q = quantize(x) {format: s4f1, rounding: floor, overflow: wrap}
        t = constant() {shape: [1, 1, 8], format: u3f0, values: [0, 1, 2, 3, 4, 5, 6, 7]}
        y = lookup(q, t) {reads: [1], format: s3f1}
      """),
    """
    y: error: element 1, [-8, 7]·2^-1, is not always a s3f1 [graph.bad-lookup]
      help: quantize the operand of lookup to the formats it names
    """),
  Case(
    "graph.too-wide",
    graph(
      """
        q = quantize(x) {format: s40f0, rounding: floor, overflow: wrap}
        w = constant() {shape: [2, 1], format: s30f0, values: [500000000, 1]}
        y = dense(q, w)
      """),
    """
    y: error: the exact result of dense needs more than 62 bits [graph.too-wide]
      help: quantize its operands to narrower formats
    """),
  Case(
    "graph.too-wide",
    graph(
      """
        q = quantize(x) {format: u8f0, rounding: floor, overflow: wrap}
        c = constant() {shape: [1], format: u1f900, values: [1]}
        one = reshape(x) {shape: [2, 1]}
        r = quantize(one) {format: u8f0, rounding: floor, overflow: wrap}
        y = add(r, c)
      """),
    """
    y: error: the exact result of add needs more than 62 bits [graph.too-wide]
      help: quantize its operands to narrower formats
    """),
  Case(
    "graph.step-out-of-reach",
    graph(
      """
        q = quantize(x) {format: u4f1000, rounding: floor, overflow: wrap}
        w = constant() {shape: [2, 1], format: u1f1000, values: [1, 1]}
        y = dense(q, w) |> sigmoid()
      """),
    """
    y: error: the exact result of dense has steps of 2^-2000; the limit is 2^±1023 \
    [graph.step-out-of-reach]
      help: quantize its operands to formats with fractions closer to zero
    """),
  Case(
    "graph.bad-batch-norm",
    graph(
      """
        q = quantize(x) {format: u4f0, rounding: floor, overflow: wrap}
        y = batch-norm(q, x, x, x, x)
      """),
    """
    y: error: gamma is not constant [graph.bad-batch-norm]
      help: look at the statistics of the model's training
    """),
  Case(
    "graph.bad-batch-norm",
    graph(
      """
        q = quantize(x) {format: u4f0, rounding: floor, overflow: wrap}
        one = constant() {shape: [2], values: [1.0, 1.0]}
        v = constant() {shape: [2], values: [1.0, -2.5]}
        y = batch-norm(q, one, one, one, v)
      """),
    """
    y: error: variance -2.5 of channel 1 is negative [graph.bad-batch-norm]
      help: look at the statistics of the model's training
    """),
]

@Suite struct GraphDiagnosticsTests {
  @Test(arguments: textCases.indices)
  func badTextIsRefusedInTheseWords(index: Int) {
    let example = textCases[index]
    #expect(rendered { _ = try Graph(parsing: example.text) } == example.message)
    #expect(example.message.contains("[\(example.id)]"))
  }

  @Test(arguments: rangeCases.indices)
  func numbersOutOfReachAreRefusedInTheseWords(index: Int) throws {
    let example = rangeCases[index]
    let graph = try Graph(parsing: example.text)
    #expect(rendered { _ = try graph.inferRanges() } == example.message)
    #expect(example.message.contains("[\(example.id)]"))
  }

  @Test func brokenGraphsAreReportedInTheseWords() {
    var late = Graph(name: "g")
    late.append("x", .input(Input(shape: [1])))
    late.append("y", .relu(Relu()), [Node.ID(2)])
    late.append("z", .relu(Relu()), [Node.ID(0)])
    late.outputs = [Node.ID(1)]
    var away = Graph(name: "g")
    away.append("x", .input(Input(shape: [1])))
    away.outputs = [Node.ID(4)]
    var nameless = Graph(name: "g")
    nameless.outputs = [nameless.append("", .input(Input(shape: [1])))]
    let cases: [(Graph, String)] = [
      (
        late,
        """
        y: error: operand 2 does not precede its user [graph.operand-order]
          help: list nodes in evaluation order; a graph has no cycles
        """
      ),
      (
        away,
        """
        return: error: operand 4 does not precede its user [graph.operand-order]
          help: list nodes in evaluation order; a graph has no cycles
        """
      ),
      (
        nameless,
        """
        node 0: error: a node has no name [graph.duplicate-name]
          help: give every node a name of its own
        """
      ),
    ]
    for (graph, message) in cases { #expect(graph.verify().map(\.rendered) == [message]) }
  }
}
