// Rewriting a float graph, node by node, into one of exact integers.

import Diagnostics
import FixedPoint
import Foundation
import GraphIR

/// Builds the quantized graph.
///
/// Every value of the new graph stands for a value of the old one: old = unit · new, with one unit
/// for all channels or one per channel. Units are 1 where scales are powers of two.
struct QuantizationRewriter {
  private let old: Graph
  private let calibration: Calibration
  private let statistics: ActivationStatistics
  private var new: Graph
  /// What an old node became.
  private var results: [Node.ID: Result] = [:]
  /// The quantized form of an old node, for all that read it.
  private var grids: [Node.ID: Result] = [:]

  private struct Result {
    let node: Node.ID
    let units: [Double]
    /// Whether the values are integers of at most `activationBits` bits.
    var isQuantized = false
  }

  init(_ graph: Graph, _ calibration: Calibration, _ statistics: ActivationStatistics) {
    old = graph
    self.calibration = calibration
    self.statistics = statistics
    new = Graph(
      name: graph.name, classNames: graph.classNames, provenance: graph.provenance)
  }

  /// The new graph; results that leave it are in the units of the old one.
  mutating func finished() -> Graph {
    new.outputs = old.outputs.map { restored(results[$0]!, old[$0].name).node }
    new.removeUnreachableNodes()
    return new
  }

  /// Appends what becomes of an old node, whose operands came before.
  mutating func rewrite(_ id: Node.ID) throws(Diagnostic) {
    let node = old[id]
    switch node.op {
    case .constant: break
    case .input(let input): rewriteInput(id, node, input)
    case .dense, .conv: try rewriteLayer(id, node)
    case .flatten, .reshape, .slice, .transpose, .gather, .dilate:
      let operand = results[node.inputs[0]]!
      // One unit per channel says nothing about another shape.
      let uniform = operand.units.count == 1 ? operand : quantized(node.inputs[0])
      results[id] = Result(
        node: new.append(node.name, node.op, [uniform.node]), units: uniform.units,
        isQuantized: uniform.isQuantized)
    case .pad, .crop, .upsample:
      let operand = results[node.inputs[0]]!
      results[id] = Result(
        node: new.append(node.name, node.op, [operand.node]), units: operand.units,
        isQuantized: operand.isQuantized)
    case .relu, .leakyRelu, .prelu:
      let operand = results[node.inputs[0]]!
      results[id] = Result(
        node: new.append(node.name, node.op, [operand.node]), units: operand.units)
    case .maxPool, .globalMaxPool:
      let operand = quantized(node.inputs[0])
      results[id] = Result(
        node: new.append(node.name, node.op, [operand.node]), units: operand.units,
        isQuantized: true)
    case .averagePool(let pool):
      try rewriteAverage(id, node, pool.window, shape: nil)
    case .globalAveragePool:
      let shape = try old.inferShapes()[node.inputs[0].index]
      let window = PoolWindow(size: Array(shape.extents.dropLast()))
      try rewriteAverage(id, node, window, shape: Shape([shape.channels]))
    case .clip, .sigmoid, .tanh, .function, .elu, .hardSigmoid, .batchNorm:
      let operand = restored(quantized(node.inputs[0]), node.name)
      let constants = node.inputs.dropFirst().map { copied($0) }
      results[id] = Result(
        node: new.append(node.name, node.op, [operand.node] + constants), units: [1])
    case .add, .subtract, .minimum, .maximum: rewriteSum(id, node)
    case .concat:
      let operands = node.inputs.map { restored(quantized($0), node.name).node }
      results[id] = Result(node: new.append(node.name, node.op, operands), units: [1])
    case .softmax:
      let operand = restored(results[node.inputs[0]]!, node.name)
      results[id] = Result(node: new.append(node.name, node.op, [operand.node]), units: [1])
    case .multiply, .divide: try rewriteProduct(id, node)
    case .reduce(let reduce): try rewriteReduction(id, node, reduce)
    case .argmax:
      let operand = restored(results[node.inputs[0]]!, node.name)
      results[id] = Result(node: new.append(node.name, node.op, [operand.node]), units: [1])
    case .quantize, .requantize, .table, .integerSoftmax, .dynamicQuantize, .sumPool, .lookup:
      throw .unquantizable(node.name, node.op.mnemonic)
    }
  }

  /// Preprocessing is in floating point, so it can take over the scale of the quantized input.
  private mutating func rewriteInput(_ id: Node.ID, _ node: Node, _ input: Input) {
    var input = input
    var step = 1.0
    if calibration.scales == .free {
      step = grid(id).step(for: statistics.histograms[id.index]!, calibration)
      input.scale = input.scale.map { Float(Double($0) / step) }
      input.offset = input.offset.map { Float(Double($0) / step) }
    }
    results[id] = Result(node: new.append(node.name, .input(input)), units: [step])
  }

  private func grid(_ id: Node.ID) -> Grid {
    Grid(
      isSigned: statistics.histograms[id.index]!.low < 0, bits: calibration.activationBits)
  }

  // MARK: Layers with weights

  private mutating func rewriteLayer(_ id: Node.ID, _ node: Node) throws(Diagnostic) {
    let operand = quantized(node.inputs[0])
    guard let kernel = old.realConstant(node.inputs[1]) else {
      throw .unquantizable(node.name, "\(node.op.mnemonic) of computed weights")
    }
    guard case .constant(let constant) = old[node.inputs[1]].op else { return }
    let channels = constant.shape.channels
    let weights = QuantizedWeights(
      kernel, channels: channels,
      groupInputs: constant.shape.extents[constant.shape.rank - 2], calibration)
    let weightNode = new.append(
      old[node.inputs[1]].name,
      .constant(
        Constant(
          shape: constant.shape, fixed: weights.integers,
          format: TensorFormat(
            repeating: calibration.scales == .free
              ? [.signed(calibration.weightBits, fraction: 0)]
              : weights.steps.map {
                .signed(calibration.weightBits, fraction: -Int(log2($0).rounded()))
              }))))
    let units = weights.steps.map { calibration.scales == .free ? $0 * operand.units[0] : 1 }
    let bias = try bias(node, weights, units, channels)
    results[id] = Result(
      node: new.append(node.name, node.op, [operand.node, weightNode, bias]), units: units)
  }

  /// The bias in units of the layer's sums, with a fraction fine enough for all that matters.
  private mutating func bias(
    _ node: Node, _ weights: QuantizedWeights, _ units: [Double], _ channels: Int
  ) throws(Diagnostic) -> Node.ID {
    var values = [Double](repeating: 0, count: channels)
    if node.inputs.count == 3 {
      guard let bias = old.realConstant(node.inputs[2]) else {
        throw .unquantizable(node.name, "\(node.op.mnemonic) with a computed bias")
      }
      values = bias.map(Double.init)
    }
    if calibration.correctsBias, let means = statistics.channelMeans[node.inputs[0].index] {
      let corrections = weights.meanErrors(means)
      for channel in 0..<channels { values[channel] += corrections[channel] }
    }
    // Sums of products of n-bit numbers have no use for finer steps.
    let fraction =
      calibration.scales == .free
      ? 0 : weights.steps.map { -Int(log2($0).rounded()) }.max()! + calibration.activationBits
    let integers = zip(values, units).map { value, unit in
      let integer = (value / unit * exp2(Double(fraction))).rounded(.toNearestOrEven)
      return Int64(min(max(integer, -0x7fff_ffff), 0x7fff_ffff))
    }
    let name = node.inputs.count == 3 ? old[node.inputs[2]].name : "\(node.name)/bias"
    return new.append(
      new.freshName(name),
      .constant(
        Constant(
          FixedTensor(shape: Shape([channels]), fraction: fraction, values: integers))))
  }

  // MARK: Means and sums

  private mutating func rewriteAverage(
    _ id: Node.ID, _ node: Node, _ window: PoolWindow, shape: Shape?
  ) throws(Diagnostic) {
    guard window.padding.allSatisfy({ $0 == 0 }) else {
      throw .unquantizable(node.name, "\(node.op.mnemonic) with padding")
    }
    let operand = quantized(node.inputs[0])
    var mean = new.appendMean(node.name, of: operand.node, window)
    if let shape {
      mean = new.append(
        new.freshName("\(node.name)_reshape"), .reshape(Reshape(shape: shape)), [mean])
    }
    results[id] = Result(node: mean, units: operand.units)
  }

  /// Operands are added in the units of the old graph.
  private mutating func rewriteSum(_ id: Node.ID, _ node: Node) {
    var operands: [Result] = []
    for input in node.inputs {
      if old.realConstant(input) != nil {
        operands.append(Result(node: exactConstant(input), units: [1]))
      } else {
        operands.append(quantized(input))
      }
    }
    let nodes = operands.map { restored($0, node.name).node }
    results[id] = Result(node: new.append(node.name, node.op, nodes), units: [1])
  }

  /// A factor or divisor must be constant: hardware multiplies by constants.
  private mutating func rewriteProduct(_ id: Node.ID, _ node: Node) throws(Diagnostic) {
    var inputs = node.inputs
    if case .multiply = node.op, old.realConstant(inputs[0]) != nil { inputs.reverse() }
    guard old.realConstant(inputs[1]) != nil, results[inputs[0]] != nil else {
      throw .unquantizable(node.name, "\(node.op.mnemonic) of two computed tensors")
    }
    let isDivision = if case .divide = node.op { true } else { false }
    let operand = quantized(inputs[0])
    let factors = exactConstant(inputs[1]) { isDivision ? 1 / $0 : $0 }
    results[id] = Result(
      node: new.append(node.name, .multiply(Multiply()), [operand.node, factors]),
      units: operand.units)
  }

  /// A mean of everything under each channel is one of a window; other means are refused.
  private mutating func rewriteReduction(_ id: Node.ID, _ node: Node, _ reduce: Reduce)
    throws(Diagnostic)
  {
    let shape = try old.inferShapes()[node.inputs[0].index]
    switch reduce.function {
    case .sum, .maximum, .minimum:
      let operand = quantized(node.inputs[0])
      results[id] = Result(
        node: new.append(node.name, node.op, [operand.node]), units: operand.units)
    case .mean where (2...3).contains(shape.rank) && reduce.axes == Array(0..<shape.rank - 1):
      try rewriteAverage(
        id, node, PoolWindow(size: Array(shape.extents.dropLast())), shape: [shape.channels])
    case .mean, .product:
      throw .unquantizable(node.name, "\(reduce.function.rawValue) along axes \(reduce.axes)")
    }
  }

  /// `function` of a real constant with 16 significant bits of its largest element.
  private mutating func exactConstant(
    _ id: Node.ID, _ function: (Double) -> Double = { $0 }
  ) -> Node.ID {
    guard case .constant(let constant) = old[id].op, let values = old.realConstant(id) else {
      preconditionFailure("\(old[id].name) is no real constant")
    }
    let reals = values.map { function(Double($0)) }
    let largest = reals.reduce(0) { max($0, abs($1)) }
    let fraction = largest > 0 ? 15 - Int(log2(largest).rounded(.down)) : 0
    let integers = reals.map { Int64(($0 * exp2(Double(fraction))).rounded(.toNearestOrEven)) }
    return new.append(
      new.freshName(old[id].name),
      .constant(
        Constant(FixedTensor(shape: constant.shape, fraction: fraction, values: integers))))
  }

  /// A constant as it is.
  private mutating func copied(_ id: Node.ID) -> Node.ID {
    new.append(new.freshName(old[id].name), old[id].op)
  }

  // MARK: Numbers

  /// The value of an old node on a grid of `activationBits` bits.
  private mutating func quantized(_ id: Node.ID) -> Result {
    let result = results[id]!
    if result.isQuantized { return result }
    if let known = grids[id] { return known }
    let histogram = statistics.histograms[id.index]!
    let grid = grid(id)
    let step = grid.step(for: histogram, calibration)
    let name = new.freshName("\(old[id].name)_quantized")
    let isFree = calibration.scales == .free
    let format = FixedFormat(
      signed: grid.isSigned, width: grid.bits, fraction: isFree ? 0 : -Int(log2(step).rounded()))
    let scaled = isFree ? rescaled(result, by: step, name) : result.node
    // Half-up costs one adder; what it does to ties is as good as half-even after a product.
    let quantize = Quantize(format, isFree ? .halfUp : .halfEven, .saturate)
    let made = Result(
      node: new.append(name, .quantize(quantize), [scaled]), units: [isFree ? step : 1],
      isQuantized: true)
    grids[id] = made
    return made
  }

  /// `result` in units of the old graph.
  private mutating func restored(_ result: Result, _ name: String) -> Result {
    guard result.units != [1] else { return result }
    return Result(node: rescaled(result, by: 1, "\(name)_operand"), units: [1])
  }

  /// `result` times its unit over `step`, by a constant of 16 significant bits per unit.
  private mutating func rescaled(_ result: Result, by step: Double, _ name: String) -> Node.ID {
    let factors = result.units.map { $0 / step }
    guard factors.contains(where: { $0 != 1 }) else { return result.node }
    // One fraction for all: every factor has 16 bits or more below the largest one's first.
    let exponent = Int(log2(factors.min()!).rounded(.down))
    let fraction = 15 - exponent
    let integers = factors.map { Int64(($0 * exp2(Double(fraction))).rounded()) }
    let constant = new.append(
      new.freshName("\(name)/scale"),
      .constant(
        Constant(
          FixedTensor(shape: Shape([integers.count]), fraction: fraction, values: integers))))
    return new.append(
      new.freshName("\(name)_scaled"), .multiply(Multiply()), [result.node, constant])
  }
}
