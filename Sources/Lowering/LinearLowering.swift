// dense, add, multiply, batch-norm, concat, clip: sums of signed digits times inputs.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  /// One n-ary sum per output: every weight as signed digits, the bias as a constant term.
  mutating func dense(_ node: Node) throws(Diagnostic) -> [ScalarValue.ID] {
    let x = try elements(of: node.inputs[0])
    let weights = graph.fixedConstant(node.inputs[1])!
    let bias = node.inputs.count == 3 ? graph.fixedConstant(node.inputs[2])! : nil
    let (channels, outputs) = (weights.shape.extents[0], weights.shape.extents[1])
    var result: [ScalarValue.ID] = []
    for row in 0..<(x.count / channels) {
      for j in 0..<outputs {
        var factors: [(value: ScalarValue.ID, weight: Int64, fraction: Int)] = []
        for i in 0..<channels where weights.values[i * outputs + j] != 0 {
          factors.append(
            (x[row * channels + i], weights.values[i * outputs + j], weights.fraction))
        }
        let constant = bias.map {
          Interval(constant: Int128($0.values[j]), fraction: $0.fraction)
        }
        result.append(try sum(factors, constant ?? .zero, name: "acc_\(result.count)"))
      }
    }
    return result
  }

  mutating func add(_ node: Node) throws(Diagnostic) -> [ScalarValue.ID] {
    let a = try elements(of: node.inputs[0])
    let b = try elements(of: node.inputs[1])
    var result: [ScalarValue.ID] = []
    for index in a.indices {
      let (x, y) = (a[index], b[index % b.count])
      let factors = x == y ? [(x, Int64(2), 0)] : [(x, 1, 0), (y, 1, 0)]
      result.append(try sum(factors, .zero, name: "sum_\(index)"))
    }
    return result
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
  mutating func sum(
    _ factors: [(value: ScalarValue.ID, weight: Int64, fraction: Int)], _ constant: Interval,
    name: String?
  ) throws(Diagnostic) -> ScalarValue.ID {
    var terms: [ScalarTerm] = []
    // Bounds of every partial sum, in whatever order and sharing the digits are added.
    var reach = constant.union(-constant)
    for factor in factors where !builder.interval(of: factor.value).isZero {
      let interval = builder.interval(of: factor.value)
      let digits = signedDigits(of: factor.weight)
      let magnitude = digits.reduce(Int64(0)) { $0 + 1 << Int64($1.position) }
      reach = reach + interval.union(-interval).multiplied(by: magnitude, fraction: factor.fraction)
      for digit in digits {
        terms.append(
          ScalarTerm(
            factor.value, shift: digit.position - factor.fraction, isNegated: digit.isNegative))
      }
    }
    if FixedFormat(holding: reach) == nil { throw .sumTooWide(graph[id].name) }
    if terms.isEmpty { return builder.constant(constant) }
    if !constant.isZero { terms.append(ScalarTerm(builder.constant(constant))) }
    let id = builder.add(.sum(terms), name: name)
    claim(id, factors, constant)
    return id
  }

  private mutating func claim(
    _ id: ScalarValue.ID,
    _ factors: [(value: ScalarValue.ID, weight: Int64, fraction: Int)], _ constant: Interval
  ) {
    guard case .sum = builder.graph[id].op,
      !builder.graph.claims.contains(where: { $0.value == id })
    else { return }
    var bias = constant
    var terms: [(operand: LinearClaim.Operand, weight: Int64, fraction: Int)] = []
    for factor in factors {
      let interval = builder.interval(of: factor.value)
      if interval.isConstant {
        bias = bias + interval.multiplied(by: factor.weight, fraction: factor.fraction)
      } else if case .input(let channel, let element) = builder.graph[factor.value].op {
        let step = builder.graph[factor.value].format.fraction
        terms.append(
          (.input(channel: channel, element: element), factor.weight, factor.fraction + step))
      } else {
        terms.append((.value(factor.value), factor.weight, factor.fraction))
      }
    }
    let fraction = max(terms.map(\.fraction).max() ?? 0, bias.fraction)
    var merged: [LinearClaim.Term] = []
    // Two factors of one operand count together.
    var places: [LinearClaim.Operand: Int] = [:]
    for term in terms {
      let weight = term.weight << Int64(fraction - term.fraction)
      if let place = places[term.operand] {
        merged[place].weight += weight
      } else {
        places[term.operand] = merged.count
        merged.append(LinearClaim.Term(term.operand, weight: weight))
      }
    }
    builder.addClaim(
      LinearClaim(
        value: id, fraction: fraction, bias: Int64(bias.atFraction(fraction).low),
        terms: merged.filter { $0.weight != 0 }))
  }
}

extension Diagnostic {
  static func sumTooWide(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.sum-too-wide", at: Location(path: node),
      "its partial sums need more than \(FixedFormat.maximumWidth) bits",
      suggestion: "quantize its operands to narrower formats")
  }
}
