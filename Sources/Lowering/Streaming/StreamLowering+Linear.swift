// dense and conv in a streaming design: unrolled per position, or folded onto multipliers.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension StreamLowering {
  mutating func linear(
    _ layer: StreamLayer, _ node: Node, _ name: String, _ style: LayerStyle
  ) throws(Diagnostic) -> Stream {
    var taps = 1
    var groups = 1
    var operand: Stream
    let kernel = graph.fixedConstant(node.inputs[1])!
    if case .conv(let op) = node.op {
      let spatial = op.window(kernel.shape)
      taps = spatial.size.reduce(1, *)
      groups = op.groups
      operand = try window(spatial, on: node.inputs[0], chunks: style.chunks, name)
    } else {
      let size = vectors(of: node.inputs[0])
      operand = try computedOperand(node.inputs[0])
      if case .position = style {
        operand = adapt(
          operand, vectors: size.vectors, elements: size.elements, lanes: size.elements, for: name)
      }
    }
    let bias = node.inputs.count == 3 ? graph.fixedConstant(node.inputs[2])! : nil
    let matrix = ConstantMatrix(
      kernel: kernel, taps: taps, chunks: style.chunks, groups: groups, bias: bias)
    switch style {
    case .position: return try unrolled(layer, matrix, operand, name, taps: taps)
    case .folded(let pe, let simd, let chunks, let multiplier):
      return try folded(
        layer, matrix, operand, name,
        FoldedShape(pe: pe, simd: simd, chunks: chunks, taps: taps, multiplier: multiplier))
    case .sparse(let folding, _):
      return try sparse(
        layer, matrix, operand, name,
        folding.shape(rows: matrix.rows, columns: matrix.columns))
    }
  }

  // MARK: - Unrolled

  private mutating func unrolled(
    _ layer: StreamLayer, _ matrix: ConstantMatrix, _ operand: Stream, _ name: String, taps: Int
  ) throws(Diagnostic) -> Stream {
    let (vectors, _) = vectors(of: layer.core)
    var position = PositionGraph(name)
    let whole = adapt(
      operand, vectors: vectors, elements: operand.intervals.count,
      lanes: operand.intervals.count, for: name)
    let channel = design[whole.channel]
    var operands = [position.operand([channel.lanes], channel.formats, channel.intervals)]
    operands.append(
      position.constant(Constant(matrix.denseWeights(taps: taps))))
    operands.append(
      position.constant(
        Constant(
          FixedTensor(
            shape: [matrix.biases.count], fraction: matrix.biasFraction, values: matrix.biases))))
    return try finish(
      layer, name, &position, .dense(Dense()), operands, [whole.channel], vectors: vectors,
      chunks: 1)
  }

  // MARK: - Folded

  private struct FoldedShape {
    var pe: Int
    var simd: Int
    var chunks: Int
    var taps: Int
    var multiplier: MatrixVector.Multiplier
  }

  private mutating func folded(
    _ layer: StreamLayer, _ matrix: ConstantMatrix, _ operand: Stream, _ name: String,
    _ shape: FoldedShape
  ) throws(Diagnostic) -> Stream {
    let (vectors, channels) = vectors(of: layer.core)
    let isDepthwise = matrix.groups > 1 && matrix.columns == shape.taps && matrix.rows == 1
    let source: Stream
    if isDepthwise {
      // A window is a beat already; pixels without a window may come in any lanes.
      source = adapt(
        operand, vectors: vectors, elements: operand.intervals.count,
        lanes: operand.intervals.count / shape.chunks, for: name)
    } else {
      source = adapt(
        operand, vectors: vectors * matrix.groups, elements: matrix.columns, lanes: shape.simd,
        for: name)
    }
    let beat = design[source.channel]
    let format = beat.formats[0]
    let fraction = matrix.accumulatorFraction(operand: format.fraction)
    let ranges = matrix.ranges(
      columnIntervals(matrix, operand, isDepthwise: isDepthwise, shape), fraction: fraction)
    let hull = ranges.reduce(Interval.zero) { $0.union($1) }
    let accumulator = try self.accumulator(hull, fraction: fraction, atLeast: 2, name)
    let rowsPerProduct = isDepthwise ? shape.pe : matrix.rows
    var product = MatrixVector(
      pe: shape.pe, simd: isDepthwise ? shape.taps : beat.lanes,
      rowFolds: (rowsPerProduct + shape.pe - 1) / shape.pe,
      columnFolds: isDepthwise ? 1 : (matrix.columns + beat.lanes - 1) / beat.lanes,
      groups: isDepthwise ? shape.chunks : matrix.groups, isShared: !isDepthwise,
      multiplier: shape.multiplier, weights: [], weightFormat: .signed(2, fraction: 0), biases: [],
      accumulator: accumulator, epilogue: ScalarGraph())
    product.fill(matrix, shift: fraction - format.fraction - matrix.fraction)
    product.weightPort = plan.weightPorts[name]
    let lanes = product.laneIntervals(ranges)
    let (epilogue, formats, intervals) = try self.epilogue(layer, name, accumulator, lanes)
    product.epilogue = epilogue
    let output = append(
      fresh(name), vectors: vectors * product.outputGroups,
      elements: channels / product.outputGroups,
      lanes: product.pe, format: formats[0],
      intervals: (0..<(channels / product.outputGroups)).map { intervals[$0 % product.pe] },
      extents: shapes[layer.last.index].extents)
    design.kernels.append(
      Kernel(
        name: design[output].name,
        summary: summary(layer, matrix, "on \(product.pe) x \(product.simd) multipliers"),
        inputs: [source.channel],
        outputs: [output], body: .matrixVector(product)))
    return Stream(
      channel: output,
      intervals: (0..<channels).map {
        intervals[$0 % (channels / product.outputGroups) % product.pe]
      })
  }

  /// The signed format of sums within `hull`.
  private func accumulator(_ hull: Interval, fraction: Int, atLeast width: Int, _ name: String)
    throws(Diagnostic) -> FixedFormat
  {
    guard let holding = FixedFormat(holding: hull.atFraction(fraction)) else {
      throw .sumTooWide(name)
    }
    let needed = max(holding.width + (holding.isSigned ? 0 : 1), width)
    guard needed <= FixedFormat.maximumWidth else { throw .sumTooWide(name) }
    return .signed(needed, fraction: fraction)
  }

  private mutating func sparse(
    _ layer: StreamLayer, _ matrix: ConstantMatrix, _ operand: Stream, _ name: String,
    _ shape: SparseShape
  ) throws(Diagnostic) -> Stream {
    let (vectors, channels) = vectors(of: layer.core)
    let source = adapt(
      operand, vectors: vectors, elements: matrix.columns, lanes: shape.lanes, for: name)
    let format = design[source.channel].formats[0]
    let fraction = matrix.accumulatorFraction(operand: format.fraction)
    let ranges = matrix.ranges(operand.intervals.repeated(to: matrix.columns), fraction: fraction)
    let shift = Int64(fraction - format.fraction - matrix.fraction)
    let weights = matrix.weights.map { Int($0 << shift) }
    let weightFormat = FixedFormat.signed(
      FixedFormat.signedWidth(of: weights), fraction: matrix.fraction + Int(shift))
    let hull = ranges.reduce(Interval.zero) { $0.union($1) }
    let accumulator = try accumulator(
      hull, fraction: fraction,
      atLeast: format.width + weightFormat.width + shape.drainDelay - 3, name)
    let lanes = ranges.laneHulls(shape.outputLanes)
    let (epilogue, formats, intervals) = try self.epilogue(layer, name, accumulator, lanes)
    let product = SparseMatrixVector(
      program: SparseProgram(weights, shape: shape), weightFormat: weightFormat,
      biases: matrix.biases(at: fraction), accumulator: accumulator, epilogue: epilogue)
    let elements = (0..<channels).map { intervals[$0 % shape.outputLanes] }
    let output = append(
      fresh(name), vectors: vectors, elements: channels, lanes: shape.outputLanes,
      format: formats[0], intervals: elements, extents: shapes[layer.last.index].extents)
    design.kernels.append(
      Kernel(
        name: design[output].name,
        summary: summary(
          layer, matrix, "on \(shape.multipliers) multipliers, zeros left out"),
        inputs: [source.channel], outputs: [output], body: .sparseMatrixVector(product)))
    return Stream(channel: output, intervals: elements)
  }

  /// What element (group, column) of the operand can be.
  private func columnIntervals(
    _ matrix: ConstantMatrix, _ operand: Stream, isDepthwise: Bool, _ shape: FoldedShape
  ) -> [Interval] {
    let count = matrix.groups * matrix.columns
    let known = operand.intervals
    guard isDepthwise else { return known.repeated(to: count) }
    // A window holds chunk by chunk, tap by tap, channel by channel; groups are channels.
    let lanes = matrix.groups / shape.chunks
    return (0..<count).map { index in
      let (group, tap) = (index / matrix.columns, index % matrix.columns)
      return known[group / lanes * shape.taps * lanes + tap * lanes + group % lanes]
    }
  }

  private func epilogue(
    _ layer: StreamLayer, _ name: String, _ accumulator: FixedFormat, _ lanes: [Interval]
  ) throws(Diagnostic) -> (ScalarGraph, [FixedFormat], [Interval]) {
    let formats = [FixedFormat](repeating: accumulator, count: lanes.count)
    var position = PositionGraph(name)
    let operand = position.operand([lanes.count], formats, lanes)
    let channels = shapes[layer.last.index].channels
    var steps: [Op] = []
    for step in layer.steps {
      guard let step = step.atOnePosition(channels: channels) else { throw .streamPositions(name) }
      guard step.treatsChannelsAlike || lanes.count == channels else { throw .foldedFormats(name) }
      steps.append(step)
    }
    if steps.isEmpty { steps = [.reshape(Reshape(shape: [lanes.count]))] }
    let lowered = try position.lower(name, steps[0], [operand], Array(steps.dropFirst()))
    return (lowered.body, lowered.formats, lowered.intervals)
  }

  private func summary(_ layer: StreamLayer, _ matrix: ConstantMatrix, _ hardware: String)
    -> String
  {
    let op = graph[layer.core].op.mnemonic
    let groups = matrix.groups > 1 ? "\(matrix.groups) x " : ""
    let steps = layer.steps.map { step -> String in
      if case .quantize(let quantize) = step {
        return "quantize \(quantize.format.formats[0]) \(quantize.rounding.rawValue) "
          + quantize.overflow.rawValue
      }
      return step.mnemonic
    }
    let size = "\(op) \(groups)\(matrix.columns) to \(matrix.rows)"
    return ([size] + steps + [hardware]).joined(separator: ", ")
  }
}

extension [Interval] {
  fileprivate func repeated(to count: Int) -> [Interval] {
    (0..<count).map { self[$0 % self.count] }
  }

  /// The hulls of what `lanes` lanes carry, element i in lane i % lanes; a padded lane carries zero.
  fileprivate func laneHulls(_ lanes: Int) -> [Interval] {
    (0..<lanes).map { lane in
      let isPadded = count % lanes != 0 && lane >= count % lanes
      let own = stride(from: lane, to: count, by: lanes).map { self[$0] }
      let hull = own.dropFirst().reduce(own.first ?? .zero) { $0.union($1) }
      return isPadded ? hull.union(.zero) : hull
    }
  }
}

extension MatrixVector {
  /// Vectors of the output per vector of the input: groups that do not fill beats end in padding.
  var outputGroups: Int { isShared ? groups : 1 }

  /// Lays out the weights, shifted left by `shift`, and the biases.
  mutating func fill(_ matrix: ConstantMatrix, shift: Int) {
    weights = [Int64](repeating: 0, count: folds * weightsPerWord)
    biases = [Int64](repeating: 0, count: groups * rowFolds * pe)
    let offsets = matrix.biases(at: accumulator.fraction)
    for group in 0..<groups {
      for row in 0..<(rowFolds * pe) {
        // Depthwise: row p of product g is channel g · pe + p, a group of its own.
        let source = isShared ? (group: group, row: row) : (group: group * pe + row, row: 0)
        guard source.group < matrix.groups, source.row < matrix.rows else { continue }
        biases[group * rowFolds * pe + row] = offsets[source.group * matrix.rows + source.row]
        for column in 0..<matrix.columns {
          let fold = column / simd
          let word = (group * columnFolds + fold) * rowFolds + row / pe
          weights[word * weightsPerWord + row % pe * simd + column % simd] =
            matrix[source.group, source.row, column] << Int64(shift)
        }
      }
    }
    weightFormat = .signed(FixedFormat.signedWidth(of: weights), fraction: matrix.fraction + shift)
  }

  /// What accumulator p of a fold can be, in any fold, given the range of every row.
  func laneIntervals(_ ranges: [Interval]) -> [Interval] {
    (0..<pe).map { lane in
      let rowsPerGroup = isShared ? ranges.count / groups : pe
      var hull: Interval?
      for (index, range) in ranges.enumerated() where index % rowsPerGroup % pe == lane {
        hull = hull.map { $0.union(range) } ?? range
      }
      // A lane of padding only, or padding in the last fold, gives zero.
      let isPadded = rowsPerGroup % pe != 0 && lane >= rowsPerGroup % pe
      return isPadded || hull == nil ? (hull ?? .zero).union(.zero) : hull!
    }
  }
}

extension ConstantMatrix {
  /// The matrix as the weights of a dense layer on whole windows, tap by tap, channel by channel.
  func denseWeights(taps: Int) -> FixedTensor {
    let outputs = groups * rows
    let perGroup = columns / taps
    var values = [Int64](repeating: 0, count: groups * columns * outputs)
    for group in 0..<groups {
      for row in 0..<rows {
        let output = group * rows + row
        for column in 0..<columns {
          let channel = group * perGroup + column % perGroup
          let position = column / perGroup * groups * perGroup + channel
          values[position * outputs + output] = self[group, row, column]
        }
      }
    }
    return FixedTensor(shape: [groups * columns, outputs], fraction: fraction, values: values)
  }
}

extension Diagnostic {
  static func foldedFormats(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.folded-formats", at: Location(path: node),
      "its channels have different formats, and folded hardware does several on one multiplier",
      suggestion: "compile it with --strategy unrolled, or give all channels one format")
  }
}
