// requantize and table: small tables, or a multiplication by shift-adds with the same steps.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// What a requantization becomes depends on this only.
struct RequantizeCase: Hashable {
  var function: RequantizeFunction
  var operand: Interval
}

extension KernelLowering {
  /// The widest index of a table that is smaller than a multiplication.
  private static let smallIndexBits = 6

  /// `function(value)`, equal for every value there can be.
  mutating func requantize(
    _ value: ScalarValue.ID, _ function: RequantizeFunction, node: String
  ) throws(Diagnostic) -> ScalarValue.ID {
    let interval = builder.interval(of: value)
    let result = function.interval(of: interval)
    if result.isConstant { return builder.constant(result) }
    if builder.graph[value].format.width <= KernelLowering.smallIndexBits {
      return try table(
        Requantize.mnemonic, of: value,
        to: FixedFormat(holding: function.interval(of: interval))!, node: node
      ) { function($0, fraction: $1) }
    }
    let known = RequantizeCase(function: function, operand: interval)
    let steps: LinearSteps
    if let found = linearSteps[known] {
      steps = found
    } else {
      guard let found = LinearSteps(function, on: interval) else {
        throw .irregularRequantize(node)
      }
      steps = found
      linearSteps[known] = found
    }
    return try linear(value, interval, steps, function.bounds)
  }

  private mutating func linear(
    _ value: ScalarValue.ID, _ interval: Interval, _ steps: LinearSteps,
    _ bounds: ClosedRange<Int64>
  ) throws(Diagnostic) -> ScalarValue.ID {
    let result = Interval(
      low: Int128(bounds.lowerBound), high: Int128(bounds.upperBound), fraction: 0)
    let isWhole = FixedFormat(holding: result)?.interval == result
    // As many results as a format has integers: saturate around zero.
    let count = result.high - result.low + 1
    let isShifted = !isWhole && count & (count - 1) == 0
    let center = isShifted ? result.low + count / 2 : 0
    let format = FixedFormat(
      holding: Interval(low: result.low - center, high: result.high - center, fraction: 0))!
    let product = try sum(
      [(value, steps.multiplier, steps.shift - interval.fraction)],
      Interval(constant: steps.offset - center << steps.shift, fraction: steps.shift), name: nil)
    var quotient = builder.add(.quantize(product, Quantizer(format, .floor, .saturate)))
    if isShifted {
      quotient = try sum([(quotient, 1, 0)], Interval(constant: center, fraction: 0), name: nil)
    } else if !isWhole {
      quotient = try bounded(quotient, bounds)
    }
    if steps.corrections.isEmpty { return quotient }
    var terms: [Factor] = [(quotient, 1, 0)]
    func below(_ bound: Int64) -> ScalarValue.ID {
      builder.add(
        .less(
          value, builder.constant(Interval(constant: Int128(bound), fraction: interval.fraction))))
    }
    for correction in steps.corrections {
      terms.append((below(correction.lost), 1, 0))
      terms.append((below(correction.gained), -1, 0))
    }
    // Changes nothing: the sum's interval does not know that corrections exclude each other.
    return try bounded(try sum(terms, .zero, name: nil), bounds)
  }

  private mutating func bounded(_ value: ScalarValue.ID, _ bounds: ClosedRange<Int64>)
    throws(Diagnostic) -> ScalarValue.ID
  {
    let (low, high) = (Float(bounds.lowerBound), Float(bounds.upperBound))
    return try clip(value, Clip(low: low, high: high))
  }

  /// The entries of `op` for every value there can be.
  mutating func table(_ op: Table, of value: ScalarValue.ID, node: String) throws(Diagnostic)
    -> ScalarValue.ID
  {
    try table(Table.mnemonic, of: value, to: op.format, node: node) { integer, fraction in
      op.value(fraction <= 0 ? integer << Int64(-fraction) : integer >> Int64(fraction))
    }
  }
}

extension LinearSteps {
  /// What equals `function` on `interval`.
  init?(_ function: RequantizeFunction, on interval: Interval) {
    let fraction = interval.fraction
    let slope = function.slope * Double(sign: .plus, exponent: -fraction, significand: 1)
    let steps = MonotoneSteps(
      low: Int64(interval.low), high: Int64(interval.high),
      guess: { (Double($0 - function.zeroPoint) - 0.5) / slope },
      { function($0, fraction: fraction) })
    self.init(steps, slope: slope, bounds: function.bounds)
  }
}

extension RequantizeFunction {
  /// The factor as a real number.
  fileprivate var slope: Double {
    switch factor {
    case .exact(let scale):
      Double(scale.integer) * Double(sign: .plus, exponent: -scale.fraction, significand: 1)
    case .product(let scale): Double(scale)
    case .quotient(let scale): 1 / Double(scale)
    case .q31(let multiplier), .q31Once(let multiplier):
      Double(multiplier.mantissa)
        * Double(sign: .plus, exponent: multiplier.exponent - 31, significand: 1)
    }
  }
}

extension Diagnostic {
  static func irregularRequantize(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.irregular-requantize", at: Location(path: node),
      "no multiplication by a constant has the steps of its rounding: sums are too wide for the "
        + "float32 that the model computes with",
      suggestion: "quantize its operand to fewer bits, or choose the arithmetic exact")
  }
}
