// relu, leaky-relu, sigmoid, tanh, softmax: the activation functions.

import Diagnostics
import FixedPoint

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `y = max(x, 0)`.
public struct Relu: OpDefinition {
  public static let mnemonic = "relu"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    if case .real = inputs[0] { return inputs[0].monotoneMapped({ max($0, 0) }) }
    return inputs[0].mapped(\.rectified)
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    switch inputs[0] {
    case .real(let x):
      .real(RealTensor(shape: x.shape, values: x.values.map { max($0, 0) }))
    case .fixed(let x):
      .fixed(
        FixedTensor(shape: x.shape, fraction: x.fraction, values: x.values.map { max($0, 0) }))
    }
  }
}

/// `y = x` for x ≥ 0, else `alpha · x`; alpha is a float32 and counts exactly.
public struct LeakyRelu: OpDefinition {
  public static let mnemonic = "leaky-relu"
  public static let arity = 1...1

  public var alpha: Float

  public init(alpha: Float) {
    self.alpha = alpha
  }

  public var attributes: [Attribute] { [Attribute("alpha", .real(Double(alpha)))] }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    alpha = Float(try reader.real("alpha", default: 0.25))
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard alpha.isFinite else { throw ShapeError("alpha is \(alpha)") }
    return inputs[0]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    guard case .fixed(let x) = inputs[0] else { return .real(shape: inputs[0].shape, bounds: nil) }
    let slope = ExactFloat(alpha)
    return .fixed(
      x.mapped(fraction: x.fraction + max(slope.fraction, 0)) { interval in
        let positive = interval.rectified
        if interval.low >= 0 { return interval }
        let negative = Interval(
          low: interval.low, high: min(interval.high, 0), fraction: interval.fraction
        ).multiplied(by: slope.integer, fraction: slope.fraction)
        return interval.high > 0 ? negative.union(positive) : negative
      })
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    switch inputs[0] {
    case .real(let x):
      return .real(
        RealTensor(shape: x.shape, values: x.values.map { $0 < 0 ? $0 * Double(alpha) : $0 }))
    case .fixed(let x):
      let slope = ExactFloat(alpha)
      let fraction = x.fraction + max(slope.fraction, 0)
      let values = x.values.map { value in
        value < 0
          ? (value &* slope.integer) << Int64(max(-slope.fraction, 0))
          : value << Int64(max(slope.fraction, 0))
      }
      return .fixed(FixedTensor(shape: x.shape, fraction: fraction, values: values))
    }
  }
}

/// `y = 1 / (1 + e^-x)`, real: a `quantize` behind it makes it a table.
public struct Sigmoid: OpDefinition {
  public static let mnemonic = "sigmoid"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    inputs[0].monotoneMapped(Sigmoid.function)
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    return .real(RealTensor(shape: x.shape, values: x.values.map(Sigmoid.function)))
  }

  static func function(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

/// The hyperbolic tangent, real: a `quantize` behind it makes it a table.
public struct Tanh: OpDefinition {
  public static let mnemonic = "tanh"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    inputs[0].monotoneMapped({ tanh($0) })
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    return .real(RealTensor(shape: x.shape, values: x.values.map { tanh($0) }))
  }
}

/// `y_i = e^x_i / Σ_j e^x_j` over the last axis, real.
public struct Softmax: OpDefinition {
  public static let mnemonic = "softmax"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    .real(
      shape: inputs[0].shape, bounds: [ClosedRange](repeating: 0...1, count: inputs[0].shape.count))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    let channels = x.shape.channels
    var values = x.values
    for start in stride(from: 0, to: values.count, by: channels) {
      let row = start..<(start + channels)
      let peak = values[row].max()!
      for i in row { values[i] = exp(values[i] - peak) }
      let sum = values[row].reduce(0, +)
      for i in row { values[i] /= sum }
    }
    return .real(RealTensor(shape: x.shape, values: values))
  }
}
