// The weights of a layer: real numbers, or the integers behind them.

import Diagnostics
import GraphIR

/// Weights in the order of the graph, whose last axis is that of the outputs.
struct Weights {
  enum Elements {
    case real([Float])
    /// integer · 2^-fraction.
    case exact([Int64], fraction: Int)
  }

  var shape: Shape
  var elements: Elements
  /// What the integers lack: one factor, or one per output.
  var scale: [Double] = [1]

  /// `tensor` with its axes in the order `permutation`, the axis of the outputs last.
  ///
  /// Integers are kept as such where the input is exact: those of a quantizer with their scale, and
  /// numbers that are short integers times a power of two.
  init(_ tensor: ONNXTensor, _ permutation: [Int], exactInput: Bool) {
    let tensor = tensor.transposed(permutation)
    shape = Shape(tensor.shape)
    if exactInput {
      if let grid = tensor.grid, grid.shape.dropLast().allSatisfy({ $0 == 1 }) {
        (elements, scale) = Weights.simplified(grid, outputs: shape.channels)
        return
      }
      if case .integers(let values) = tensor.numbers {
        elements = .exact(values, fraction: 0)
        return
      }
      if let short = GraphBuilder.onGrid(tensor.reals.map { Double($0) }, bits: 16) {
        elements = .exact(short.integers, fraction: short.fraction)
        return
      }
    }
    elements = .real(tensor.reals)
  }

  /// Powers of two move from the scale into the binary point.
  private static func simplified(
    _ grid: ONNXTensor.Grid, outputs: Int
  ) -> (elements: Elements, scale: [Double]) {
    let scale = grid.scale.map { Double($0) }
    if scale.allSatisfy({ $0 > 0 && $0.significand == 1 }), let least = scale.min(),
      let greatest = scale.max(), greatest / least <= 256,
      grid.integers.allSatisfy({ $0.magnitude < 1 << 40 })
    {
      let fraction = -Int(least.exponent)
      let integers = grid.integers.enumerated().map { index, integer in
        integer << Int64(Int(scale[index % scale.count].exponent) + fraction)
      }
      return (.exact(integers, fraction: fraction), [1])
    }
    return (.exact(grid.integers, fraction: 0), scale)
  }

  /// The sum of the magnitudes of the weights of the output with most.
  var largestSum: Double {
    let outputs = shape.channels
    var sums = [Double](repeating: 0, count: outputs)
    switch elements {
    case .real: return 0
    case .exact(let integers, let fraction):
      for (index, value) in integers.enumerated() {
        sums[index % outputs] += Double(value.magnitude)
      }
      return (sums.max() ?? 0) * exp2(-fraction)
    }
  }

  var fraction: Int {
    switch elements {
    case .real: 0
    case .exact(_, let fraction): fraction
    }
  }

  /// The weights with row i taken from row `sources[i]` of the second last axis.
  func rows(_ sources: [Int]) -> Weights {
    if sources == Array(sources.indices) { return self }
    let outputs = shape.channels
    func permuted<Element>(_ list: [Element]) -> [Element] {
      var result: [Element] = []
      result.reserveCapacity(list.count)
      for source in sources { result += list[source * outputs..<(source + 1) * outputs] }
      return result
    }
    var copy = self
    switch elements {
    case .real(let values): copy.elements = .real(permuted(values))
    case .exact(let values, let fraction):
      copy.elements = .exact(permuted(values), fraction: fraction)
    }
    return copy
  }
}

/// A bias: real numbers, and the integers behind them where a quantizer made them.
struct Bias {
  var values: [Float]
  var integers: [Int64]?
  var scale: [Float] = []
  var name: String

  init(_ tensor: ONNXTensor, name: String) {
    values = tensor.reals
    self.name = name
    if let grid = tensor.grid {
      (integers, scale) = (grid.integers, grid.scale)
    }
  }

  init(integers: [Int64], scale: [Double], name: String) {
    let scale = scale.map { Float($0) }
    self.integers = integers
    self.scale = scale
    values = integers.indices.map { Float(integers[$0]) * scale[$0 % scale.count] }
    self.name = name
  }

  /// The integers, when they are multiples of `scale`.
  func integers(of expected: [Double]) -> [Int64]? {
    guard let integers, !scale.isEmpty else { return nil }
    for index in 0..<max(scale.count, expected.count) {
      let (a, b) = (Double(scale[index % scale.count]), expected[index % expected.count])
      guard abs(a - b) <= 1e-5 * abs(b) else { return nil }
    }
    return integers
  }
}

extension ONNXImporter {
  /// A layer with weights on `x`, which is stored as `op` needs it: real numbers stay real; integers
  /// are multiplied as integers, and their scales are left to what reads the result.
  mutating func layer(
    _ op: Op, _ x: Traced, _ weights: Weights, _ bias: Bias?, weightsName: String
  ) throws(Diagnostic) -> (node: Node.ID, affine: Affine) {
    let outputs = weights.shape.channels
    var operands = [x.node]
    let own = builder.extents[x.node.index]
    switch weights.elements {
    case .real(let values):
      operands = [try builder.materialized(x).node]
      operands.append(try builder.realConstant(values, weights.shape, name: weightsName))
      if let bias {
        operands.append(try builder.realConstant(bias.values, [outputs], name: bias.name))
      }
      return (try builder.append(op, operands), .identity)
    case .exact(let integers, let fraction):
      operands.append(
        try builder.exactConstant(integers, fraction: fraction, weights.shape, name: weightsName))
    }
    let isExact = builder.isExact[x.node.index]
    var affine = Affine.identity
    // Both scales are float32, and so is their product.
    affine.scale = Affine.combine(x.affine.scale, weights.scale) {
      $0 == 1 ? $1 : $1 == 1 ? $0 : Double(Float($0) * Float($1))
    }
    affine.simplify()
    let sums = weights.largestSum * own.magnitude
    var extent = GraphBuilder.Extent(
      magnitude: sums, fraction: own.fraction + weights.fraction)
    if let bias {
      if let integers = bias.integers(of: affine.scale), affine.scale != [1] {
        operands.append(
          try builder.exactConstant(integers, fraction: 0, [outputs], name: bias.name))
        extent.magnitude += Double(integers.map(\.magnitude).max() ?? 0)
      } else if affine.isIdentity {
        let values = bias.values.map { Double($0) }
        let largest = values.reduce(0) { max($0, abs($1)) }
        if let grid = GraphBuilder.onGrid(values, bits: 48) {
          extent.fraction = max(extent.fraction, grid.fraction)
          extent.magnitude += largest
        }
        operands.append(
          try builder.numbers(
            values, [outputs], exact: isExact && extent.isNarrow, name: bias.name))
      } else {
        affine.offset = bias.values.map { Double($0) }
        affine.simplify()
      }
    }
    return (try builder.append(op, operands, extent: extent), affine)
  }
}
