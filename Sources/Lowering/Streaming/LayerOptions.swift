// What styles and foldings each layer can have, and how many cycles a frame takes in each.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// One way to build a layer.
public struct LayerOption: Hashable, Sendable {
  public var style: LayerStyle
  /// Cycles of a frame when nothing is waited for.
  public var cycles: Int

  public init(style: LayerStyle, cycles: Int) {
    self.style = style
    self.cycles = cycles
  }

  /// Multipliers of a folded layer, 0 of an unrolled one.
  public var multipliers: Int {
    switch style {
    case .position: 0
    case .folded(let pe, let simd, _, _): pe * simd
    case .sparse(let folding, _): folding.multipliers
    }
  }
}

/// The shape of a layer as hardware sees it.
public struct LayerShape: Sendable {
  public var name: String
  public var mnemonic: String
  /// Positions of the result; windows of a convolution or pool.
  public var positions: Int
  /// What the layer reads: a layer by its index, nil for the network's input, and its vectors.
  public var operands: [(layer: Int?, vectors: Int, elements: Int)]
  /// Vectors of the result.
  public var outputVectors: Int
  /// Channels of the operand and of the result.
  public var inputChannels: Int
  public var outputChannels: Int
  /// The window in front, with one chunk per pixel.
  public var window: SlidingWindow?
  /// What the layer does to the image, where it only moves pixels.
  public var image: ImageOperation?
  /// Whether it gives the index of the largest channel.
  public var isArgmax: Bool
  /// Rows and columns of the constant matrix of one group; nil for layers without one.
  public var matrix: (rows: Int, columns: Int, groups: Int)?
  /// Whether one channel after the other may go through the same arithmetic.
  public var treatsChannelsAlike: Bool
  /// Elements of the operand's tensor: positions times channels.
  public var inputPositions: Int
  /// Weights that are not zero, and the signed digits of all of them.
  public var nonZeroWeights: Int
  public var weightDigits: Int
  public var operand: FixedFormat
  public var weightWidth: Int
  /// Bits of a sum of products, and of an element of the result.
  public var accumulatorWidth: Int
  public var resultWidth: Int
  /// Of a pruned matrix of one group.
  var sparseCounts: [SparseCounts] = []
  var kernel: FixedTensor?

  public var isDepthwise: Bool {
    guard let matrix else { return false }
    return matrix.groups > 1 && matrix.rows == 1 && matrix.columns == (window?.taps ?? 1)
  }

  /// Multiplications of a frame.
  public var products: Int {
    matrix.map { $0.rows * $0.columns * $0.groups * positions } ?? 0
  }

  /// Multiplications of a frame that an engine of this style has to do; a sparse one skips zeros.
  public func usefulProducts(_ style: LayerStyle) -> Int {
    if case .sparse = style { return nonZeroWeights * positions }
    return products
  }

  /// Cycles of the window in front, in `chunks` beats per pixel.
  public func windowCycles(chunks: Int) -> Int {
    guard var window else { return inputPositions * chunks }
    window.chunks = chunks
    return window.stepCount
  }

  // MARK: - Options

  /// More weights are not wired into adders: sharing and synthesis would take too long.
  static let unrolledWeights = 8192

  /// All foldings that differ in cycles or hardware; `interval` is what they are wanted for, nil for as few
  /// cycles as possible.
  public func options(interval: Int? = nil) -> [LayerOption] {
    guard let matrix else { return pointwiseOptions() }
    var options: [LayerOption] = []
    if nonZeroWeights <= Self.unrolledWeights {
      options.append(
        LayerOption(style: .position(chunks: 1), cycles: max(windowCycles(chunks: 1), positions)))
    }
    if isDepthwise { return options + depthwiseOptions(matrix.columns) }
    for pe in Self.folds(matrix.rows) {
      for simd in Self.folds(matrix.columns) {
        let rowFolds = (matrix.rows + pe - 1) / pe
        let columnFolds = (matrix.columns + simd - 1) / simd
        let cycles = positions * matrix.groups * rowFolds * columnFolds
        let chunks = chunks(cycles: max(cycles, interval ?? 0))
        for multiplier in multipliers(pe: pe) {
          options.append(
            LayerOption(
              style: .folded(pe: pe, simd: simd, chunks: chunks, multiplier),
              cycles: max(cycles, window == nil ? 0 : windowCycles(chunks: chunks))))
        }
      }
    }
    options += sparseOptions(matrix.rows, matrix.columns, interval: interval)
    return treatsChannelsAlike
      ? options : options.filter { given($0.style).lanes == outputChannels }
  }

  /// The most beats per pixel with which the window in front takes at most `cycles`: narrow windows are
  /// cheap ones.
  func chunks(cycles: Int) -> Int {
    guard let matrix, window != nil else { return 1 }
    if matrix.groups > 1 { return matrix.groups }
    return Self.divisors(inputChannels).last { windowCycles(chunks: $0) <= cycles } ?? 1
  }

  private func multipliers(pe: Int) -> [MatrixVector.Multiplier] {
    // Two products side by side in 27 x 18 bits, the operand as a signed number.
    let operandWidth = operand.width + (operand.isSigned ? 0 : 1)
    let fitsPair = 2 * weightWidth + operandWidth + 1 <= 27 && operandWidth <= 18
    return pe > 1 && fitsPair ? [.dsp, .pair, .lut] : [.dsp, .lut]
  }

  private func depthwiseOptions(_ taps: Int) -> [LayerOption] {
    // Channels that are treated differently have lanes of their own.
    (treatsChannelsAlike ? Self.divisors(inputChannels) : [1]).flatMap { chunks in
      [MatrixVector.Multiplier.dsp, .lut].map { multiplier in
        LayerOption(
          style: .folded(pe: inputChannels / chunks, simd: taps, chunks: chunks, multiplier),
          cycles: max(windowCycles(chunks: chunks), positions * chunks))
      }
    }
  }

  private func pointwiseOptions() -> [LayerOption] {
    let chunkCounts: [Int]
    if isArgmax {
      chunkCounts = Self.folds(inputChannels).map { (inputChannels + $0 - 1) / $0 }
    } else {
      chunkCounts = treatsChannelsAlike ? Self.divisors(inputChannels) : [1]
    }
    return chunkCounts.map { chunks in
      LayerOption(
        style: .position(chunks: chunks),
        cycles: max(windowCycles(chunks: chunks), positions * chunks))
    }
  }

  /// The lane counts that differ in how many folds `count` needs.
  static func folds(_ count: Int) -> [Int] {
    var lanes: [Int] = []
    var folds = 1
    while folds <= count {
      let lane = (count + folds - 1) / folds
      lanes.append(lane)
      // The next number of folds with fewer lanes.
      folds = lane > 1 ? (count + lane - 2) / (lane - 1) : count + 1
    }
    return lanes
  }

  static func divisors(_ count: Int) -> [Int] { (1...max(count, 1)).filter { count % $0 == 0 } }
}

/// Digits of the canonical signed-digit form: bits where three times the number and the number differ.
private func signedDigitCount(of weight: Int64) -> Int {
  (weight &* 3 ^ weight).nonzeroBitCount
}

extension StreamLowering {
  /// The layers of `graph`, which has gone through the graph passes but `narrow-formats`.
  public static func layerShapes(_ graph: Graph) throws -> [LayerShape] {
    var graph = graph
    graph.separateEpilogues()
    let problems = Lowering.refusals(graph)
    if !problems.isEmpty { throw DiagnosticList(problems) }
    let shapes = try graph.inferShapes()
    let ranges = try graph.inferRanges()
    let borders = Set(Lowering.borders(of: graph))
    var layerOf = [Node.ID: Int]()
    return graph.streamLayers(borders: borders, shapes: shapes).enumerated().map { index, layer in
      defer { layerOf[layer.last] = index }
      var shape = LayerShape(layer, graph, shapes, ranges)
      for input in graph[layer.core].inputs {
        if case .constant = graph[input].op { continue }
        var source = input
        while layerOf[source] == nil, let operand = graph[source].inputs.first,
          graph[source].op.isReshaping(shapes[operand.index])
        {
          source = operand
        }
        let size = shapes[input.index]
        shape.operands.append((layerOf[source], size.count / size.channels, size.channels))
      }
      return shape
    }
  }
}

extension LayerShape {
  fileprivate init(_ layer: StreamLayer, _ graph: Graph, _ shapes: [Shape], _ ranges: [ValueRange])
  {
    let node = graph[layer.core]
    let input = shapes[node.inputs[0].index]
    let output = shapes[layer.core.index]
    name = graph[layer.last].name
    mnemonic = node.op.mnemonic
    positions = output.count / output.channels
    operands = []
    outputVectors = positions
    inputChannels = input.channels
    outputChannels = output.channels
    inputPositions = input.count / input.channels
    nonZeroWeights = 0
    weightDigits = 0
    weightWidth = 0
    operand = .unsigned(1, fraction: 0)
    accumulatorWidth = 0
    resultWidth = 1
    image = ImageOperation(node.op, on: input, to: output)
    isArgmax = node.op.mnemonic == Argmax.mnemonic
    if case .fixed(let range) = ranges[layer.last.index] {
      resultWidth = max(FixedFormat(holding: range.hull)?.width ?? 1, 1)
    }
    if case .fixed(let range) = ranges[node.inputs[0].index] {
      operand = FixedFormat(holding: range.hull) ?? operand
    }
    treatsChannelsAlike = layer.steps.allSatisfy(\.treatsChannelsAlike)
    var spatial: SpatialWindow?
    switch node.op {
    case .dense: matrix = (output.channels, input.channels, 1)
    case .conv(let op):
      let window = op.window(shapes[node.inputs[1].index])
      spatial = window
      let columns = window.size.reduce(1, *) * input.channels / op.groups
      matrix = (output.channels / op.groups, columns, op.groups)
    case .maxPool(let op): spatial = op.window.spatial
    case .averagePool(let op): spatial = op.window.spatial
    case .sumPool(let op):
      if op.window.coversAll(of: input) {
        positions = inputPositions
      } else {
        spatial = op.window.spatial
      }
    case .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function,
      .quantize, .requantize, .table:
      treatsChannelsAlike = treatsChannelsAlike && node.op.treatsChannelsAlike
    case .globalMaxPool, .globalAveragePool: positions = inputPositions
    case .add, .subtract, .minimum, .maximum:
      // A constant vector has the shape of its operand and yet a number for each channel.
      treatsChannelsAlike =
        treatsChannelsAlike && shapes[node.inputs[1].index] == input
        && graph.fixedConstant(node.inputs[1]) == nil
    case .multiply:
      let factors = node.inputs.compactMap { graph.fixedConstant($0) }
      treatsChannelsAlike = treatsChannelsAlike && factors.contains { $0.values.count == 1 }
    case .pad, .crop, .upsample: break
    case .input, .constant, .divide, .reduce, .concat, .lookup, .batchNorm, .softmax,
      .integerSoftmax, .dynamicQuantize, .argmax,
      .flatten, .reshape,
      .slice, .transpose, .gather, .dilate:
      treatsChannelsAlike = false
    }
    if matrix != nil, let weights = graph.fixedConstant(node.inputs[1]) {
      kernel = weights
      for weight in weights.values where weight != 0 {
        nonZeroWeights += 1
        weightDigits += signedDigitCount(of: weight)
        weightWidth = max(weightWidth, 65 - max(weight, ~weight).leadingZeroBitCount)
      }
      weightWidth = max(weightWidth, 2)
      // A bias that is finer than the products makes them as fine as itself.
      if node.inputs.count == 3, let bias = graph.fixedConstant(node.inputs[2]),
        bias.values.contains(where: { $0 != 0 })
      {
        weightWidth += max(bias.fraction - operand.fraction - weights.fraction, 0)
      }
      let columns = weights.values.count / output.channels
      accumulatorWidth = weightWidth + operand.width + 64 - columns.leadingZeroBitCount
    }
    if let matrix, let kernel, matrix.groups == 1 {
      let ordered = ConstantMatrix(kernel: kernel, taps: 1, chunks: 1, groups: 1, bias: nil)
      sparseCounts = SparseCounts.all(ordered.weights, columns: matrix.columns)
    }
    window = spatial.flatMap { SlidingWindow($0, on: input) }.flatMap { $0.isTrivial ? nil : $0 }
  }
}

extension PoolWindow {
  /// Whether the only window is the whole of an input of `shape`.
  func coversAll(of shape: Shape) -> Bool {
    size == Array(shape.extents.dropLast()) && padding.allSatisfy { $0 == 0 }
  }
}

extension SlidingWindow {
  /// The windows of `spatial` on an input of `shape`, pixels in one beat; nil where it does not fit.
  init?(_ spatial: SpatialWindow, on shape: Shape) {
    guard let geometry = try? spatial.geometry(on: shape) else { return nil }
    func axis(_ axis: WindowGeometry.Axis) -> SlidingWindow.Axis {
      SlidingWindow.Axis(
        input: axis.input, output: axis.output, taps: axis.window, stride: axis.stride,
        dilation: axis.dilation, begin: axis.begin)
    }
    self.init(
      rows: axis(geometry.rows), columns: axis(geometry.columns), chunks: 1,
      padsWithMinimum: false)
  }
}
