// relu, leaky-relu, prelu, sigmoid, tanh, softmax: the activation functions.

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

  public func range(_ inputs: [ValueRange]) -> ValueRange { Slopes([alpha]).range(inputs[0]) }
  public func evaluate(_ inputs: [Value]) -> Value { Slopes([alpha]).evaluate(inputs[0]) }
}

/// `y = x` for x ≥ 0, else `alpha[c] · x` with a slope for each channel c, or one for all; the slopes
/// are float32 and count exactly.
public struct PRelu: OpDefinition {
  public static let mnemonic = "prelu"
  public static let arity = 1...1

  public var alpha: [Float]

  public init(alpha: [Float]) {
    self.alpha = alpha
  }

  public var attributes: [Attribute] { [Attribute("alpha", .reals(alpha))] }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    alpha = try reader.reals("alpha") ?? []
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard alpha.count == 1 || alpha.count == inputs[0].channels else {
      throw ShapeError("\(alpha.count) slopes for \(inputs[0].channels) channels")
    }
    if let bad = alpha.first(where: { !$0.isFinite }) { throw ShapeError("a slope is \(bad)") }
    return inputs[0]
  }

  /// The slope of element `index`, row-major.
  public func slope(of index: Int) -> Float { alpha[index % alpha.count] }

  public func range(_ inputs: [ValueRange]) -> ValueRange { Slopes(alpha).range(inputs[0]) }
  public func evaluate(_ inputs: [Value]) -> Value { Slopes(alpha).evaluate(inputs[0]) }
}

/// What negative elements are multiplied by: the slopes repeat over the elements.
private struct Slopes {
  let real: [Double]
  let exact: [ExactFloat]

  init(_ slopes: [Float]) {
    real = slopes.map { Double($0) }
    exact = slopes.map { ExactFloat($0) }
  }

  /// Bits that the finest slope adds behind the point.
  private var bits: Int { exact.reduce(0) { max($0, $1.fraction) } }

  func range(_ x: ValueRange) -> ValueRange {
    guard case .fixed(let x) = x else { return .real(shape: x.shape, bounds: nil) }
    let intervals = x.intervals.enumerated().map { index, interval in
      let positive = interval.rectified
      if interval.low >= 0 { return interval }
      let slope = exact[index % exact.count]
      let negative = Interval(
        low: interval.low, high: min(interval.high, 0), fraction: interval.fraction
      ).multiplied(by: slope.integer, fraction: slope.fraction)
      return interval.high > 0 ? negative.union(positive) : negative
    }
    return .fixed(
      ElementRanges(shape: x.shape, fraction: x.fraction + bits, intervals: intervals))
  }

  func evaluate(_ x: Value) -> Value {
    switch x {
    case .real(let x):
      return .real(
        RealTensor(
          shape: x.shape,
          values: x.values.enumerated().map { $1 < 0 ? $1 * real[$0 % real.count] : $1 }))
    case .fixed(let x):
      let bits = bits
      let values = x.values.enumerated().map { index, value in
        if value >= 0 { return value << Int64(bits) }
        let slope = exact[index % exact.count]
        return (value &* slope.integer) << Int64(bits - slope.fraction)
      }
      return .fixed(FixedTensor(shape: x.shape, fraction: x.fraction + bits, values: values))
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
