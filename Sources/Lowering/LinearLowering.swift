// dense, the elementwise ops, batch-norm, clip: sums of signed digits times inputs; and wires.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  /// One n-ary sum per output: every weight as signed digits, the bias as a constant term.
  mutating func dense(_ node: Node) throws(Diagnostic) -> [ScalarValue.ID] {
    let x = try elements(of: node.inputs[0])
    let parameters = productParameters(node)
    let channels = parameters.weights.shape.extents[0]
    var result: [ScalarValue.ID] = []
    for start in stride(from: 0, to: x.count, by: channels) {
      let row = Array(x[start..<start + channels])
      result += try builder.windowProduct(
        taps: [row], parameters, node: node.name, numberedFrom: result.count)
    }
    return result
  }

  /// The constants of dense and conv.
  func productParameters(_ node: Node, groups: Int = 1) -> ProductParameters {
    ProductParameters(
      weights: graph.fixedConstant(node.inputs[1])!,
      bias: node.inputs.count == 3 ? graph.fixedConstant(node.inputs[2])! : nil, groups: groups)
  }

  /// a + sign · b.
  mutating func sums(_ node: Node, of sign: Int64) throws(Diagnostic) -> [ScalarValue.ID] {
    var result: [ScalarValue.ID] = []
    for (a, b) in try pairs(node) {
      result.append(
        try sum([(a, 1, 0), (b, sign, 0)], .zero, name: "sum_\(result.count)"))
    }
    return result
  }

  /// The elements of two operands that meet each other.
  mutating func pairs(_ node: Node) throws(Diagnostic) -> [(ScalarValue.ID, ScalarValue.ID)] {
    let a = try elements(of: node.inputs[0])
    let b = try elements(of: node.inputs[1])
    return a.indices.map { (a[$0], b[$0 % b.count]) }
  }

  /// The products of values and constants; either operand may be the constant one.
  mutating func multiply(_ node: Node) throws(Diagnostic) -> [ScalarValue.ID] {
    let isFirst = graph.fixedConstant(node.inputs[0]) != nil
    let factors = graph.fixedConstant(node.inputs[isFirst ? 0 : 1])!
    let values = try elements(of: node.inputs[isFirst ? 1 : 0])
    var result: [ScalarValue.ID] = []
    let count = max(values.count, factors.values.count)
    for index in 0..<count {
      let factor = factors.values[index % factors.values.count]
      result.append(
        try sum(
          [(values[index % values.count], factor, factors.fraction)], .zero,
          name: "product_\(index)"))
    }
    return result
  }

  /// Wires.
  mutating func concat(_ node: Node) throws(Diagnostic) -> [ScalarValue.ID] {
    var operands: [[ScalarValue.ID]] = []
    for input in node.inputs { operands.append(try elements(of: input)) }
    return Concat.sources(node.inputs.map { context.shapes[$0.index] })
      .map { operands[$0.operand][$0.element] }
  }

  /// Wires, and constant zeros.
  mutating func rearranged(_ node: Node, _ op: some Rearrangement) throws(Diagnostic)
    -> [ScalarValue.ID]
  {
    let x = try elements(of: node.inputs[0])
    let zero = builder.constant(.zero)
    return op.sources(context.shapes[node.inputs[0].index]).map { $0.map { x[$0] } ?? zero }
  }

  mutating func batchNorm(_ node: Node, _ op: BatchNorm) throws(Diagnostic) -> [ScalarValue.ID] {
    let x = try elements(of: node.inputs[0])
    let parameters = node.inputs.dropFirst().map { input -> [Double] in
      guard case .constant(let constant) = graph[input].op else { preconditionFailure() }
      return constant.value.asReal.values
    }
    let (scale, offset) = op.affine(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
    var result: [ScalarValue.ID] = []
    for index in x.indices {
      let factor = ExactFloat(scale[index % scale.count])
      let term = ExactFloat(offset[index % offset.count])
      result.append(
        try sum(
          [(x[index], factor.integer, factor.fraction)],
          Interval(constant: Int128(term.integer), fraction: term.fraction),
          name: "norm_\(index)"))
    }
    return result
  }

  mutating func leakyRelu(_ value: ScalarValue.ID, _ alpha: Float) throws(Diagnostic)
    -> ScalarValue.ID
  {
    if builder.interval(of: value).low >= 0 { return value }
    let slope = ExactFloat(alpha)
    let scaled = try sum([(value, slope.integer, slope.fraction)], .zero, name: nil)
    let isNegative = builder.add(.less(value, builder.constant(.zero)))
    return builder.add(.select(isNegative, then: scaled, otherwise: value))
  }

  /// `low + max(x - low, 0)`, and the same from above: both give intervals that end at the bounds.
  mutating func clip(_ value: ScalarValue.ID, _ op: Clip) throws(Diagnostic) -> ScalarValue.ID {
    let (low, high) = op.bounds
    var value = value
    if (builder.interval(of: value) - low).low < 0 {
      let above = builder.add(.relu(try sum([(value, 1, 0)], -low, name: nil)))
      value = try sum([(above, 1, 0)], low, name: nil)
    }
    if (builder.interval(of: value) - high).high > 0 {
      let below = builder.add(.relu(try sum([(value, -1, 0)], high, name: nil)))
      value = try sum([(below, -1, 0)], high, name: nil)
    }
    return value
  }

  /// Σ value · weight · 2^-fraction + constant, with the claim that it is that.
  mutating func sum(_ factors: [Factor], _ constant: Interval, name: String?) throws(Diagnostic)
    -> ScalarValue.ID
  {
    try builder.sum(factors, constant, name: name, node: graph[id].name)
  }
}
