// pad, crop, upsample and argmax: modules of the library, and what follows them.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension StreamLowering {
  /// An image made larger or smaller, a pixel's channels in `chunks` beats.
  mutating func image(
    _ operation: ImageOperation, _ layer: StreamLayer, _ name: String, chunks: Int
  ) throws(Diagnostic) -> Stream {
    let input = graph[layer.core].inputs[0]
    let size = vectors(of: input)
    var source = adapt(
      try computedOperand(input), vectors: size.vectors, elements: size.elements,
      lanes: size.elements / chunks, for: name)
    if !operation.isTrivial {
      var intervals = source.intervals
      if operation.function == .pad { intervals = intervals.map { $0.union(.zero) } }
      let channel = design[source.channel]
      let output = append(
        fresh(layer.steps.isEmpty ? name : "\(name)_image"),
        vectors: vectors(of: layer.core).vectors,
        elements: size.elements, lanes: channel.lanes, format: channel.formats[0],
        intervals: intervals, extents: shapes[layer.core.index].extents)
      let extents = { (shape: Shape) in shape.extents.map(String.init).joined(separator: " x ") }
      design.kernels.append(
        Kernel(
          name: design[output].name,
          summary: "\(operation.function.rawValue), \(extents(shapes[input.index])) to "
            + extents(shapes[layer.core.index]),
          inputs: [source.channel], outputs: [output], body: .image(operation)))
      source = Stream(channel: output, intervals: intervals)
    }
    return try applySteps(of: layer, to: source, name, chunks: chunks)
  }

  /// The index of the largest of a vector's elements, which come in `chunks` beats, or in more where they are
  /// narrower already.
  mutating func argmax(_ layer: StreamLayer, _ name: String, chunks: Int) throws(Diagnostic)
    -> Stream
  {
    let input = graph[layer.core].inputs[0]
    let size = vectors(of: input)
    let operand = try computedOperand(input)
    let given = design[operand.channel]
    let lanes = (size.elements + chunks - 1) / chunks
    let source = adapt(
      operand, vectors: size.vectors, elements: size.elements,
      lanes: given.elements == size.elements ? min(lanes, given.lanes) : lanes, for: name)
    let interval = Interval(low: 0, high: Int128(size.elements - 1), fraction: 0)
    guard let format = FixedFormat(holding: interval) else { throw .sumTooWide(name) }
    let output = append(
      fresh(layer.steps.isEmpty ? name : "\(name)_index"), vectors: size.vectors, elements: 1,
      lanes: 1, format: format, intervals: [interval], extents: shapes[layer.core.index].extents)
    let largest = LargestIndex(lanes: design[source.channel].lanes)
    design.kernels.append(
      Kernel(
        name: design[output].name,
        summary: "argmax of \(size.elements), \(largest.lanes) at a time",
        inputs: [source.channel], outputs: [output], body: .argmax(largest)))
    return try applySteps(
      of: layer, to: Stream(channel: output, intervals: [interval]), name, chunks: 1)
  }

  /// What the steps behind a layer's core op make of its result, whose vectors come in `chunks` beats; the
  /// result itself where there are none.
  mutating func applySteps(
    of layer: StreamLayer, to stream: Stream, _ name: String, chunks: Int
  ) throws(Diagnostic) -> Stream {
    guard let first = layer.steps.first else { return stream }
    let beat = design[stream.channel]
    guard let op = first.atOnePosition(channels: beat.elements) else {
      throw .streamPositions(name)
    }
    var position = PositionGraph(name)
    let operand = position.operand([beat.lanes], beat.formats, beat.intervals)
    return try finish(
      StreamLayer(core: layer.core, last: layer.last, steps: Array(layer.steps.dropFirst())), name,
      &position, op, [operand], [stream.channel], vectors: beat.vectors, chunks: chunks)
  }
}

extension ImageOperation {
  /// What a streaming design makes of `op` on an image of `shape`, [L, C] or [H, W, C], with a result of
  /// `result`; nil for other ops.
  init?(_ op: Op, on shape: Shape, to result: Shape) {
    let function: Function
    let begins: [Int]
    let spatial = shape.rank - 1
    switch op {
    case .pad(let pad):
      function = .pad
      begins = (0..<spatial).map { pad.padding[2 * $0] }
    case .crop(let crop):
      function = .crop
      begins = (0..<spatial).map { crop.cropping[2 * $0] }
    case .upsample:
      function = .upsample
      begins = [Int](repeating: 0, count: spatial)
    case .input, .constant, .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum,
      .maximum,
      .concat, .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool,
      .reduce,
      .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function, .softmax,
      .integerSoftmax, .dynamicQuantize,
      .argmax,
      .quantize, .requantize, .table, .flatten, .reshape, .slice, .transpose, .gather, .dilate:
      return nil
    }
    func axis(_ index: Int) -> Axis {
      Axis(input: shape.extents[index], output: result.extents[index], begin: begins[index])
    }
    self.init(
      function, rows: spatial == 2 ? axis(0) : Axis(input: 1, output: 1), columns: axis(spatial - 1)
    )
  }
}
