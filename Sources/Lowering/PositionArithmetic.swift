// The arithmetic of one position of a layer, from the values of its operands: an unrolled frame has
// it at every position, hardware behind a sliding window has it once.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// value · weight · 2^-fraction.
typealias Factor = (value: ScalarValue.ID, weight: Int64, fraction: Int)

/// The constant parameters of dense and conv.
struct ProductParameters {
  /// [taps…, channels / groups, outputs].
  var weights: FixedTensor
  var bias: FixedTensor?
  var groups = 1

  var outputs: Int { weights.shape.channels }
}

extension ScalarGraphBuilder {
  /// All outputs of a dense layer or a convolution at one position.
  ///
  /// `taps` are what lies under the window, in the order of the kernel's taps: the values of all
  /// channels, or nil in the padding. Errors name `node`; sums are called `acc_` and a number
  /// from `start`.
  mutating func windowProduct(
    taps: [[ScalarValue.ID]?], _ parameters: ProductParameters, node: String,
    numberedFrom start: Int = 0
  ) throws(Diagnostic) -> [ScalarValue.ID] {
    let (weights, outputs) = (parameters.weights, parameters.outputs)
    let perGroup = weights.shape.count / outputs / taps.count
    var result: [ScalarValue.ID] = []
    for j in 0..<outputs {
      let first = j / (outputs / parameters.groups) * perGroup
      var factors: [Factor] = []
      for (number, tap) in taps.enumerated() {
        guard let tap else { continue }
        for c in 0..<perGroup {
          let weight = weights.values[(number * perGroup + c) * outputs + j]
          if weight != 0 { factors.append((tap[first + c], weight, weights.fraction)) }
        }
      }
      let constant = parameters.bias.map {
        Interval(constant: Int128($0.values[j]), fraction: $0.fraction)
      }
      result.append(
        try sum(factors, constant ?? .zero, name: "acc_\(start + j)", node: node))
    }
    return result
  }

  /// The sum of these values.
  mutating func sum(of values: [ScalarValue.ID], name: String?, node: String) throws(Diagnostic)
    -> ScalarValue.ID
  {
    try sum(values.map { ($0, 1, 0) }, .zero, name: name, node: node)
  }

  /// The mean of 2^n values: their sum with its point moved.
  mutating func mean(of values: [ScalarValue.ID], name: String?, node: String) throws(Diagnostic)
    -> ScalarValue.ID
  {
    precondition(values.count & (values.count - 1) == 0, "an inexact mean is refused before")
    let fraction = values.count.trailingZeroBitCount
    return try sum(values.map { ($0, 1, fraction) }, .zero, name: name, node: node)
  }

  /// The largest of these values, in log2(n) rounds of neighbours.
  mutating func maximum(of values: [ScalarValue.ID]) -> ScalarValue.ID {
    var players = values
    while players.count > 1 {
      var winners = stride(from: 0, to: players.count - 1, by: 2).map {
        maximum(players[$0], players[$0 + 1])
      }
      if players.count % 2 == 1 { winners.append(players[players.count - 1]) }
      players = winners
    }
    return players[0]
  }

  /// `max(a, b)`.
  mutating func maximum(_ a: ScalarValue.ID, _ b: ScalarValue.ID) -> ScalarValue.ID {
    if interval(of: b).isZero { return add(.relu(a)) }
    return add(.select(add(.less(a, b)), then: b, otherwise: a))
  }

  /// `min(a, b)`.
  mutating func minimum(_ a: ScalarValue.ID, _ b: ScalarValue.ID) -> ScalarValue.ID {
    add(.select(add(.less(a, b)), then: a, otherwise: b))
  }
}

extension ScalarGraphBuilder {
  /// Σ value · weight · 2^-fraction + constant, with the claim that it is that.
  mutating func sum(
    _ factors: [Factor], _ constant: Interval, name: String?, node: String
  ) throws(Diagnostic) -> ScalarValue.ID {
    let factors = merged(factors)
    var terms: [ScalarTerm] = []
    // Bounds of every partial sum, in whatever order and sharing the digits are added.
    var reach = constant.union(-constant)
    for factor in factors where !interval(of: factor.value).isZero {
      let interval = interval(of: factor.value)
      let digits = signedDigits(of: factor.weight)
      let magnitude = digits.reduce(Int64(0)) { $0 + 1 << Int64($1.position) }
      reach = reach + interval.union(-interval).multiplied(by: magnitude, fraction: factor.fraction)
      for digit in digits {
        terms.append(
          ScalarTerm(
            factor.value, shift: digit.position - factor.fraction, isNegated: digit.isNegative))
      }
    }
    if FixedFormat(holding: reach) == nil { throw .sumTooWide(node) }
    if terms.isEmpty { return self.constant(constant) }
    if !constant.isZero { terms.append(ScalarTerm(self.constant(constant))) }
    let id = add(.sum(terms), name: name)
    claim(id, factors, constant)
    return id
  }

  /// The factors with one for each value: x · 3 + x · 2 is x · 5.
  private func merged(_ factors: [Factor]) -> [Factor] {
    var result: [Factor] = []
    var places: [ScalarValue.ID: Int] = [:]
    for factor in factors {
      if let place = places[factor.value], result[place].fraction == factor.fraction {
        let (weight, isTooFar) = result[place].weight.addingReportingOverflow(factor.weight)
        if !isTooFar {
          result[place].weight = weight
          continue
        }
      }
      places[factor.value] = result.count
      result.append(factor)
    }
    return result.filter { $0.weight != 0 }
  }

  private mutating func claim(
    _ id: ScalarValue.ID, _ factors: [Factor], _ constant: Interval
  ) {
    guard case .sum = graph[id].op, !hasClaim(on: id) else { return }
    var bias = constant
    var terms: [(operand: LinearClaim.Operand, weight: Int64, fraction: Int)] = []
    for factor in factors {
      let interval = interval(of: factor.value)
      if interval.isConstant {
        bias = bias + interval.multiplied(by: factor.weight, fraction: factor.fraction)
      } else if case .input(let channel, let element) = graph[factor.value].op {
        let step = graph[factor.value].format.fraction
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
    addClaim(
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
