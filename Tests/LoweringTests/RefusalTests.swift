// Every message of lowering, word for word.

import Diagnostics
import GraphIR
import Lowering
import Testing

/// What lowering says of a graph with an input `x` and its quantizer `q`, both of two elements.
private func refusal(_ lines: String) throws -> String {
  let graph = try Graph(
    parsing: """
      graph g {
        x = input() {shape: [2]}
        q = quantize(x) {format: s4f2, rounding: floor, overflow: saturate}
        \(lines)
      }
      """)
  do {
    _ = try Lowering.lower(graph, name: "g")
    return "nothing"
  } catch { return error.diagnostics.map(\.rendered).joined(separator: "\n") }
}

@Suite struct RefusalTests {
  @Test(arguments: [
    (
      "y = relu(x) return y",
      """
      y: error: it reads real numbers: the network's input is not quantized \
      [lower.unquantized-input]
        help: train with quantization (nncc train RECIPE-qat) or put a quantize behind the input
      """
    ),
    (
      "d = divide(q, q) y = quantize(d) {format: s4f2, rounding: floor, overflow: wrap} return y",
      """
      d: error: it divides by what is computed or real [lower.division]
        help: multiply by a quantized reciprocal: hardware has no dividers
      """
    ),
    (
      "m = reduce(q) {function: mean, axes: [0]} "
        + "y = quantize(m) {format: s4f2, rounding: floor, overflow: wrap} return y",
      """
      m: error: its mean is real, and no quantize can follow it in hardware [lower.real-reduction]
        help: a mean can be written as a sum and a multiply by the quantized reciprocal
      """
    ),
    (
      "y = sigmoid(q) return y",
      """
      y: error: its activation gives real numbers, and no quantize follows \
      [lower.unquantized-activation]
        help: put a quantize right behind the activation: together they become a table
      """
    ),
    (
      "w = constant() {shape: [2, 1], values: [1.0, 0.5]} y = dense(q, w) return y",
      """
      y: error: its parameters are real numbers [lower.real-parameters]
        help: train with quantization (nncc train RECIPE-qat) or quantize the parameters
      """
    ),
    (
      "w = reshape(q) {shape: [2, 1]} y = dense(q, w) return y",
      """
      y: error: its parameters are computed from the network's input [lower.computed-weights]
        help: products of two inputs are not supported; make the parameters constant
      """
    ),
    (
      """
      w = quantize(x) {format: s40f0, rounding: floor, overflow: saturate} \
      y = requantize(w) {format: s10f0, arithmetic: float32, scales: [0.0000000009]} return y
      """,
      """
      y: error: no multiplication by a constant has the steps of its rounding: sums are too wide \
      for the float32 that the model computes with [lower.irregular-requantize]
        help: quantize its operand to fewer bits, or choose the arithmetic exact
      """
    ),
    (
      """
      d = dynamic-quantize(q) {grid: symmetric} \
      y = quantize(d) {format: s4f0, rounding: floor, overflow: wrap} return y
      """,
      """
      d: error: it scales its operand by the largest element of every sample [lower.dynamic-scale]
        help: convert the model with integer activations instead of dynamic ranges
      """
    ),
    (
      "s = softmax(q) y = argmax(s) return y",
      """
      s: error: softmax can only end a network [lower.softmax-inside]
        help: remove what follows it; compile returns the best class, or --scores
      """
    ),
    (
      "c = constant() {shape: [1], format: u1f0, values: [1]} return c",
      """
      c: error: the output does not depend on any input [lower.constant-output]
        help: look at the model: nncc inspect --ir
      """
    ),
    (
      """
      c = constant() {shape: [2], values: [0.5, 1.0]}
      d = quantize(c) {format: u2f1, rounding: floor, overflow: wrap}
      y = add(q, d)
      return y
      """,
      """
      d: error: it depends on parameters only, and is no constant [lower.unfolded-constant]
        help: run the pass fold-constants first
      """
    ),
    (
      """
      r = quantize(x) {format: u59f0, rounding: floor, overflow: wrap}
      w = constant() {shape: [2, 1], format: u2f0, values: [3, 3]}
      z = dense(r, w)
      return z
      """,
      """
      z: error: its partial sums need more than 62 bits [lower.sum-too-wide]
        help: quantize its operands to narrower formats
      """
    ),
    (
      """
      r = quantize(x) {format: s13f9, rounding: floor, overflow: wrap}
      t = tanh(r)
      y = quantize(t) {format: s4f3, rounding: floor, overflow: wrap}
      return y
      """,
      """
      y: error: the activation reads 13 bits; its table would have 2^13 entries \
      [lower.table-too-large]
        help: quantize the activation's operand to at most 12 bits
      """
    ),
    (
      "s = sigmoid(x) y = relu(s) return y, s",
      """
      s: error: it reads real numbers: the network's input is not quantized \
      [lower.unquantized-input]
        help: train with quantization (nncc train RECIPE-qat) or put a quantize behind the input
      y: error: its activation gives real numbers, and no quantize follows \
      [lower.unquantized-activation]
        help: put a quantize right behind the activation: together they become a table
      s: error: its activation gives real numbers, and no quantize follows \
      [lower.unquantized-activation]
        help: put a quantize right behind the activation: together they become a table
      """
    ),
  ])
  func everyProblemIsNamed(lines: String, message: String) throws {
    #expect(try refusal(lines) == message)
  }
}
