// One layer: the kernels of its style.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension StreamLowering {
  /// Adds the layer's kernels; returns the stream of its result.
  mutating func lower(_ layer: StreamLayer) throws(Diagnostic) -> Stream {
    let node = graph[layer.core]
    let name = graph[layer.last].name
    let style = plan.styles[name] ?? .position(chunks: 1)
    switch node.op {
    case .dense(_), .conv(_): return try linear(layer, node, name, style)
    case .maxPool(let op): return try pool(layer, op.window, .maxPool(op), name, style)
    case .averagePool(let op): return try pool(layer, op.window, .averagePool(op), name, style)
    case .sumPool(let op):
      if op.window.coversAll(of: shapes[node.inputs[0].index]) {
        return try reduce(layer, .sum, name, style, isMean: false)
      }
      return try pool(layer, op.window, .sumPool(op), name, style)
    case .globalMaxPool: return try reduce(layer, .maximum, name, style, isMean: false)
    case .globalAveragePool: return try reduce(layer, .sum, name, style, isMean: true)
    case .argmax where style.chunks > 1: return try argmax(layer, name, chunks: style.chunks)
    case .add, .subtract, .multiply, .minimum, .maximum, .concat, .lookup, .batchNorm,
      .relu,
      .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function, .argmax, .quantize,
      .requantize, .table,
      .slice:
      return try pointwise(layer, node, name, style)
    case .pad, .crop, .upsample:
      guard
        let operation = ImageOperation(
          node.op, on: shapes[node.inputs[0].index], to: shapes[layer.core.index])
      else { preconditionFailure("\(node.op.mnemonic) is an image operation") }
      return try image(operation, layer, name, chunks: style.chunks)
    case .transpose, .gather, .dilate, .reduce: throw .streamPositions(name)
    case .input, .constant, .divide, .softmax, .integerSoftmax, .dynamicQuantize, .flatten,
      .reshape:
      preconditionFailure("\(node.op.mnemonic) is no layer")
    }
  }

  /// The vectors of a node's result: one per position.
  func vectors(of id: Node.ID) -> (vectors: Int, elements: Int) {
    let shape = shapes[id.index]
    return (shape.count / shape.channels, shape.channels)
  }

  func computedOperand(_ id: Node.ID) throws(Diagnostic) -> Stream {
    guard let stream = try stream(of: id) else {
      preconditionFailure("\(graph[id].name) is not computed")
    }
    return stream
  }

  // MARK: - Elementwise and across channels

  private mutating func pointwise(
    _ layer: StreamLayer, _ node: Node, _ name: String, _ style: LayerStyle
  ) throws(Diagnostic) -> Stream {
    let (vectors, _) = vectors(of: layer.core)
    var position = PositionGraph(name)
    var operands: [Node.ID] = []
    var channels: [Channel.ID] = []
    for input in node.inputs {
      if let stream = try stream(of: input) {
        let size = self.vectors(of: input)
        guard size.vectors == vectors else { throw .streamPositions(name) }
        let chunked = adapt(
          stream, vectors: vectors, elements: size.elements, lanes: size.elements / style.chunks,
          for: name)
        let channel = design[chunked.channel]
        operands.append(
          position.operand([channel.lanes], channel.formats, channel.intervals))
        channels.append(chunked.channel)
      } else {
        guard case .constant(let constant) = graph[input].op,
          constant.shape.count <= max(constant.shape.channels, 1) || constant.shape.rank <= 1
            || isParameter(node.op)
        else { throw .streamPositions(name) }
        operands.append(position.constant(constant))
      }
    }
    let channelCount = shapes[layer.core.index].channels
    guard let op = node.op.atOnePosition(channels: channelCount) else {
      throw .streamPositions(name)
    }
    return try finish(
      layer, name, &position, op, operands, channels, vectors: vectors, chunks: style.chunks)
  }

  /// Whether the op's constants are tables and the like, and not operands per position.
  private func isParameter(_ op: Op) -> Bool {
    if case .lookup = op { return true }
    return false
  }

  /// The kernel of a position graph, and its output channel.
  mutating func finish(
    _ layer: StreamLayer, _ name: String, _ position: inout PositionGraph, _ op: Op,
    _ operands: [Node.ID], _ inputs: [Channel.ID], vectors: Int, chunks: Int
  ) throws(Diagnostic) -> Stream {
    let channels = shapes[layer.last.index].channels
    var steps: [Op] = []
    for step in layer.steps {
      guard let step = step.atOnePosition(channels: channels) else { throw .streamPositions(name) }
      steps.append(step)
    }
    let lowered = try position.lower(name, op, operands, steps)
    let intervals = (0..<channels).map { lowered.intervals[$0 % lowered.intervals.count] }
    let output = append(
      fresh(name), vectors: vectors, elements: channels, lanes: lowered.formats.count,
      format: lowered.formats[0], intervals: intervals, extents: shapes[layer.last.index].extents)
    design.kernels.append(
      Kernel(
        name: design[output].name, summary: lowered.summary, inputs: inputs, outputs: [output],
        body: .scalar(lowered.body)))
    return Stream(channel: output, intervals: intervals)
  }

  // MARK: - Pools

  private mutating func pool(
    _ layer: StreamLayer, _ window: PoolWindow, _ op: Op, _ name: String, _ style: LayerStyle
  ) throws(Diagnostic) -> Stream {
    let input = graph[layer.core].inputs[0]
    let isMaximum = if case .maxPool = op { true } else { false }
    let spatial = window.spatial
    let windows = try self.window(
      spatial, on: input, chunks: style.chunks, name, padsWithMinimum: isMaximum)
    let size = vectors(of: layer.core)
    let taken = adapt(
      windows, vectors: size.vectors, elements: windows.intervals.count,
      lanes: windows.intervals.count / style.chunks, for: name)
    let channel = design[taken.channel]
    var position = PositionGraph(name)
    let lanes = channel.lanes / spatial.size.reduce(1, *)
    let operand = position.operand(
      Shape(spatial.size + [lanes]), channel.formats, channel.intervals)
    let single = PoolWindow(size: spatial.size)
    let positionOp: Op =
      switch op {
      case .maxPool: .maxPool(MaxPool(single))
      case .averagePool: .averagePool(AveragePool(single))
      default: .sumPool(SumPool(single))
      }
    let (vectors, _) = vectors(of: layer.core)
    return try finish(
      layer, name, &position, positionOp, [operand], [taken.channel], vectors: vectors,
      chunks: style.chunks)
  }

  private mutating func reduce(
    _ layer: StreamLayer, _ function: Reduction.Function, _ name: String, _ style: LayerStyle,
    isMean: Bool
  ) throws(Diagnostic) -> Stream {
    let input = graph[layer.core].inputs[0]
    let size = vectors(of: input)
    let source = adapt(
      try computedOperand(input), vectors: size.vectors, elements: size.elements,
      lanes: size.elements / style.chunks, for: name)
    let channel = design[source.channel]
    var intervals = source.intervals
    if function == .sum {
      // The mean of 2^n integers is their sum with the point n places further left.
      let shift = isMean ? size.vectors.trailingZeroBitCount : 0
      let count = Int128(size.vectors)
      intervals = intervals.map {
        // A sum has the step of its terms.
        Interval(low: $0.low * count, high: $0.high * count, fraction: $0.fraction)
          .scaled(byPowerOfTwo: -shift)
      }
      return try reduced(layer, source, channel, intervals, name, function, shift)
    }
    return try reduced(layer, source, channel, intervals, name, function, 0)
  }

  private mutating func reduced(
    _ layer: StreamLayer, _ source: Stream, _ channel: Channel, _ intervals: [Interval],
    _ name: String, _ function: Reduction.Function, _ shift: Int
  ) throws(Diagnostic) -> Stream {
    let hull = intervals.reduce(Interval.zero) { $0.union($1) }
    let fraction = channel.formats[0].fraction + shift
    guard let width = FixedFormat(holding: hull.atFraction(fraction))?.width else {
      throw .sumTooWide(name)
    }
    let format = FixedFormat(
      signed: channel.formats[0].isSigned, width: max(width, channel.formats[0].width),
      fraction: fraction)
    let output = append(
      fresh(layer.steps.isEmpty ? name : "\(name)_pool"), vectors: 1, elements: intervals.count,
      lanes: channel.lanes, format: format, intervals: intervals)
    design.kernels.append(
      Kernel(
        name: design[output].name,
        summary: "\(function.rawValue) of \(channel.count / intervals.count) positions",
        inputs: [source.channel],
        outputs: [output], body: .reduce(Reduction(function))))
    return try applySteps(
      of: layer, to: Stream(channel: output, intervals: intervals), name,
      chunks: design[output].beatsPerVector)
  }

  // MARK: - Windows

  /// The windows of `spatial` on a node's result, pixels in `chunks` beats; where each window is a pixel, the
  /// operand as it is.
  mutating func window(
    _ spatial: SpatialWindow, on input: Node.ID, chunks: Int, _ name: String,
    padsWithMinimum: Bool = false
  ) throws(Diagnostic) -> Stream {
    let shape = shapes[input.index]
    let size = vectors(of: input)
    let window = try slidingWindow(
      spatial, shape, chunks: chunks, name, padsWithMinimum: padsWithMinimum)
    if window.isTrivial {
      let operand = try computedOperand(input)
      return Stream(
        channel: operand.channel, intervals: intervals(of: operand, elements: size.elements))
    }
    let pixels = adapt(
      try computedOperand(input), vectors: size.vectors, elements: size.elements,
      lanes: size.elements / chunks, for: name)
    let channel = design[pixels.channel]
    var taps: [Interval] = []
    let isPadded = window.readsPadding
    let padding: Interval =
      padsWithMinimum
      ? Interval(
        low: Int128(channel.formats[0].minimum), high: Int128(channel.formats[0].minimum),
        fraction: channel.formats[0].fraction) : .zero
    for chunk in 0..<chunks {
      let lanes = pixels.intervals[(chunk * channel.lanes)..<((chunk + 1) * channel.lanes)]
      for _ in 0..<window.taps { taps += lanes.map { isPadded ? $0.union(padding) : $0 } }
    }
    let output = append(
      fresh("\(name)_window"), vectors: window.positions, elements: window.taps * size.elements,
      lanes: window.taps * channel.lanes, format: channel.formats[0], intervals: taps)
    design.kernels.append(
      Kernel(
        name: design[output].name,
        summary: "windows of \(spatial.size.map(String.init).joined(separator: " x ")) on "
          + "\(shape.extents.map(String.init).joined(separator: " x "))",
        inputs: [pixels.channel], outputs: [output], body: .window(window)))
    return Stream(channel: output, intervals: taps)
  }

  private func slidingWindow(
    _ spatial: SpatialWindow, _ shape: Shape, chunks: Int, _ name: String, padsWithMinimum: Bool
  ) throws(Diagnostic) -> SlidingWindow {
    guard var window = SlidingWindow(spatial, on: shape) else {
      preconditionFailure("the graph is not verified")
    }
    (window.chunks, window.padsWithMinimum) = (chunks, padsWithMinimum)
    guard window.isSupported else { throw .streamPadding(name) }
    return window
  }
}

extension SlidingWindow {
  /// Whether every window is a pixel and every pixel a window.
  var isTrivial: Bool { taps == 1 && rows.input == rows.output && columns.input == columns.output }

  /// Whether a tap of some window lies outside of the image.
  var readsPadding: Bool {
    func reaches(_ axis: Axis) -> Bool {
      axis.begin > 0
        || (axis.output - 1) * axis.stride - axis.begin + (axis.taps - 1) * axis.dilation
          >= axis.input
    }
    return reaches(rows) || reaches(columns)
  }
}

extension Diagnostic {
  static func streamPositions(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.stream-positions", at: Location(path: node),
      "it treats the positions of its operand differently, and a streaming design has one piece of "
        + "hardware for all of them",
      suggestion: "compile a small network with --strategy unrolled, or give all positions the "
        + "same parameters and formats")
  }

  static func streamPadding(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.stream-padding", at: Location(path: node),
      "its padding is so large that windows end in front of the image, or several at one pixel",
      suggestion: "put the padding into a layer of its own, or compile with --strategy unrolled")
  }
}
