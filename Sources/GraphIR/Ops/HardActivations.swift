// clip, hard-sigmoid, elu: activation functions with corners.

import Diagnostics
import FixedPoint

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `y = min(max(x, low), high)`; the bounds are float32 and count exactly. ReLU6 is 0 to 6, a hard
/// tanh -1 to 1.
public struct Clip: OpDefinition {
  public static let mnemonic = "clip"
  public static let arity = 1...1

  public var low: Float
  public var high: Float

  public init(low: Float, high: Float) {
    self.low = low
    self.high = high
  }

  public var attributes: [Attribute] {
    [Attribute("low", .real(Double(low))), Attribute("high", .real(Double(high)))]
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    low = Float(try reader.real("low"))
    high = Float(try reader.real("high"))
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard low.isFinite, high.isFinite, low <= high else {
      throw ShapeError("the bounds are \(low) and \(high)")
    }
    return inputs[0]
  }

  /// The bounds as exact constants.
  public var bounds: (low: Interval, high: Interval) {
    let (a, b) = (ExactFloat(low), ExactFloat(high))
    return (
      Interval(constant: Int128(a.integer), fraction: a.fraction),
      Interval(constant: Int128(b.integer), fraction: b.fraction)
    )
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    guard case .fixed(let x) = inputs[0] else {
      return inputs[0].monotoneMapped { min(max($0, Double(low)), Double(high)) }
    }
    let fraction = [ExactFloat(low), ExactFloat(high)].filter { $0.integer != 0 }
      .reduce(x.fraction) { max($0, $1.fraction) }
    return .fixed(x.mapped(fraction: fraction, clipped))
  }

  /// What a value of `x` becomes. A bound that no value crosses does not refine the step.
  private func clipped(_ x: Interval) -> Interval {
    let (low, high) = bounds
    if (x - low).high <= 0 { return low }
    if (x - high).low >= 0 { return high }
    var result = x
    if (x - low).low < 0 {
      let both = result.union(low)
      result = Interval(
        low: low.atFraction(both.fraction).low, high: both.high, fraction: both.fraction)
    }
    if (x - high).high > 0 {
      let both = result.union(high)
      result = Interval(
        low: both.low, high: high.atFraction(both.fraction).high, fraction: both.fraction)
    }
    return result
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    switch inputs[0] {
    case .real(let x):
      return .real(
        RealTensor(
          shape: x.shape, values: x.values.map { min(max($0, Double(low)), Double(high)) }))
    case .fixed(let x):
      let (a, b) = (ExactFloat(low), ExactFloat(high))
      var fraction = x.isZero ? 0 : x.fraction
      for bound in [a, b] where bound.integer != 0 { fraction = max(fraction, bound.fraction) }
      func integer(_ bound: ExactFloat) -> Int64 {
        bound.integer == 0 ? 0 : bound.integer << Int64(fraction - bound.fraction)
      }
      let (least, greatest) = (integer(a), integer(b))
      let values = x.isZero ? x.values : x.atFraction(fraction).values
      return .fixed(
        FixedTensor(
          shape: x.shape, fraction: fraction,
          values: values.map { min(max($0, least), greatest) }))
    }
  }
}

/// `y = min(max(alpha · x + beta, 0), 1)`, real: a `quantize` behind it makes it a table.
///
/// Keras 3 and PyTorch have alpha = 1/6, Keras 2 had 0.2; beta is 0.5.
public struct HardSigmoid: OpDefinition {
  public static let mnemonic = "hard-sigmoid"
  public static let arity = 1...1

  public var alpha: Double
  public var beta: Double

  public init(alpha: Double = 1.0 / 6, beta: Double = 0.5) {
    self.alpha = alpha
    self.beta = beta
  }

  public var attributes: [Attribute] {
    [Attribute("alpha", .real(alpha)), Attribute("beta", .real(beta))]
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    alpha = try reader.real("alpha", default: 1.0 / 6)
    beta = try reader.real("beta", default: 0.5)
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard alpha.isFinite, alpha >= 0, beta.isFinite else {
      throw ShapeError("alpha is \(alpha) and beta \(beta); alpha must not be negative")
    }
    return inputs[0]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange { inputs[0].monotoneMapped(function) }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    return .real(RealTensor(shape: x.shape, values: x.values.map(function)))
  }

  private func function(_ x: Double) -> Double { min(max(alpha * x + beta, 0), 1) }
}

/// `y = x` for x ≥ 0, else `alpha · (e^x - 1)`, real: a `quantize` behind it makes it a table.
public struct Elu: OpDefinition {
  public static let mnemonic = "elu"
  public static let arity = 1...1

  public var alpha: Double

  public init(alpha: Double = 1) {
    self.alpha = alpha
  }

  public var attributes: [Attribute] { [Attribute("alpha", .real(alpha))] }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    alpha = try reader.real("alpha", default: 1)
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard alpha.isFinite, alpha >= 0 else {
      throw ShapeError("alpha is \(alpha) and must not be negative")
    }
    return inputs[0]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange { inputs[0].monotoneMapped(function) }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    return .real(RealTensor(shape: x.shape, values: x.values.map(function)))
  }

  private func function(_ x: Double) -> Double { x >= 0 ? x : alpha * expm1(x) }
}
