// A design with a kernel of every streaming kind, for the tests of text, verifier and evaluator.

import FixedPoint

@testable import DataflowIR

/// An image of 2 x 2 pixels of two elements that come one by one: a window on it with a folded matrix, the sum of
/// all pixels with a sparse one.
func streamingDesign() -> Design {
  let s4 = FixedFormat.signed(4, fraction: 0)
  let s9 = FixedFormat.signed(9, fraction: 0)
  var design = Design(name: "streams")
  func channel(_ name: String, _ vectors: Int, _ elements: Int, _ lanes: Int, _ format: FixedFormat)
    -> Channel.ID
  {
    design.append(
      Channel(
        name: name, extents: [vectors, elements], vectors: vectors, elements: elements,
        formats: [FixedFormat](repeating: format, count: lanes)))
  }
  let x = channel("x", 4, 2, 1, s4)
  let pixels = channel("pixels", 4, 2, 2, s4)
  let windows = channel("windows", 1, 8, 8, s4)
  let products = channel("products", 1, 3, 2, s9)
  let sums = channel("sums", 1, 2, 2, .signed(6, fraction: 0))
  let picked = channel("picked", 1, 3, 2, s9)
  let total = channel("total", 1, 3, 2, s9)
  let axis = SlidingWindow.Axis(input: 2, output: 1, taps: 2, stride: 1, dilation: 1, begin: 0)
  func kernel(_ name: String, _ inputs: [Channel.ID], _ output: Channel.ID, _ body: Kernel.Body) {
    design.kernels.append(
      Kernel(name: name, summary: name, inputs: inputs, outputs: [output], body: body))
  }
  kernel("pair", [x], pixels, .resize)
  kernel(
    "look", [pixels], windows,
    .window(SlidingWindow(rows: axis, columns: axis, chunks: 1, padsWithMinimum: false)))
  kernel(
    "fold", [windows], products,
    .matrixVector(
      MatrixVector(
        pe: 2, simd: 8, rowFolds: 2, columnFolds: 1, multiplier: .pair,
        // Rows: the sum, element 0, and minus element 7; the last one pads.
        weights: [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
          + [0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0],
        weightFormat: .signed(2, fraction: 0), biases: [5, 0, 0, 0], accumulator: s9,
        epilogue: passing(s9, 2))))
  kernel("add", [pixels], sums, .reduce(Reduction(.sum)))
  let shape = SparseShape(rows: 3, columns: 2, lanes: 2, window: 1, clusters: 2, unitsPerCluster: 1)
  kernel(
    "pick", [sums], picked,
    .sparseMatrixVector(
      SparseMatrixVector(
        program: SparseProgram([0, 2, 3, 0, 0, -1], shape: shape),
        weightFormat: .signed(3, fraction: 0), biases: [0, 0, 7], accumulator: s9,
        epilogue: passing(s9, 2))))
  kernel("join", [products, picked], total, .scalar(adding(s9, 2)))
  design.inputs = [x]
  design.outputs = [total]
  return design
}

/// `count` values as they come.
private func passing(_ format: FixedFormat, _ count: Int) -> ScalarGraph {
  var graph = ScalarGraph()
  for element in 0..<count {
    graph.values.append(
      ScalarValue(
        op: .input(channel: 0, element: element), interval: format.interval, format: format,
        stage: 0, name: nil))
    graph.outputs.append(ScalarValue.ID(element))
  }
  return graph
}

/// The sum modulo 2^width of two vectors, in the second stage.
private func adding(_ format: FixedFormat, _ count: Int) -> ScalarGraph {
  var graph = ScalarGraph()
  graph.latency = 2
  func append(_ op: ScalarOp, _ interval: Interval, _ format: FixedFormat, stage: Int)
    -> ScalarValue.ID
  {
    graph.values.append(
      ScalarValue(op: op, interval: interval, format: format, stage: stage, name: nil))
    return ScalarValue.ID(graph.values.count - 1)
  }
  for element in 0..<count {
    let a = append(.input(channel: 0, element: element), format.interval, format, stage: 0)
    let b = append(.input(channel: 1, element: element), format.interval, format, stage: 0)
    let sum = append(
      .sum([ScalarTerm(a), ScalarTerm(b)]), format.interval + format.interval,
      .signed(format.width + 1, fraction: format.fraction), stage: 0)
    graph.outputs.append(
      append(.quantize(sum, Quantizer(format, .floor, .wrap)), format.interval, format, stage: 1))
  }
  return graph
}
