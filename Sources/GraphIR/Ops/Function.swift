// function: a named function of one real number.

import Diagnostics
import FixedPoint

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `y = f(x)` for each element, real: a `quantize` behind it makes it a table.
///
/// The functions of model formats that are no ops of their own. `alpha` is the parameter of those
/// that have one, 0 otherwise.
public struct Function: OpDefinition {
  public static let mnemonic = "function"
  public static let arity = 1...1

  /// What is computed; definitions as ONNX and Keras have them.
  public enum Name: String, CaseIterable, Sendable {
    case exp, log, sqrt, reciprocal, erf, sin, cos, sign, floor, ceil
    /// To the nearest integer, halves to the even one.
    case round
    /// `x^alpha`
    case power
    /// `ln(1 + e^x)`
    case softplus
    /// `x / (1 + |x|)`
    case softsign
    /// `scale · (x or a·(e^x - 1))` with the constants of self-normalizing networks.
    case selu
    /// `x or alpha · (e^(x / alpha) - 1)`
    case celu
    /// `x / (1 + e^(-alpha · x))`; also called SiLU with alpha 1.
    case swish
    /// `x · min(max(x / 6 + 1/2, 0), 1)`
    case hardSwish = "hard-swish"
    /// `x · Φ(x)`, Φ the normal distribution.
    case gelu
    /// `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`
    case geluTanh = "gelu-tanh"
    /// `x · tanh(ln(1 + e^x))`
    case mish
    /// `x` where it is greater than alpha, else 0.
    case threshold
  }

  public var name: Name
  public var alpha: Float

  public init(_ name: Name, alpha: Float = 0) {
    self.name = name
    self.alpha = alpha
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    name = try reader.choice("name")
    alpha = Float(try reader.real("alpha", default: 0))
  }

  public var attributes: [Attribute] {
    [Attribute("name", .word(name.rawValue))]
      + (alpha == 0 ? [] : [Attribute("alpha", .real(Double(alpha)))])
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    isMonotone
      ? inputs[0].monotoneMapped(value) : .real(shape: inputs[0].shape, bounds: nil)
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    return .real(RealTensor(shape: x.shape, values: x.values.map(value)))
  }

  /// Whether it never decreases, and is defined everywhere.
  private var isMonotone: Bool {
    switch name {
    case .exp, .erf, .sign, .floor, .ceil, .round, .softplus, .softsign, .selu: true
    case .celu: alpha > 0
    case .threshold: alpha >= 0
    case .log, .sqrt, .reciprocal, .sin, .cos, .power, .swish, .hardSwish, .gelu, .geluTanh, .mish:
      false
    }
  }

  /// The function of one number.
  public func value(_ x: Double) -> Double {
    let alpha = Double(alpha)
    switch name {
    case .exp: return Glibc.exp(x)
    case .log: return Glibc.log(x)
    case .sqrt: return x.squareRoot()
    case .reciprocal: return 1 / x
    case .erf: return Glibc.erf(x)
    case .sin: return Glibc.sin(x)
    case .cos: return Glibc.cos(x)
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : 0
    case .floor: return x.rounded(.down)
    case .ceil: return x.rounded(.up)
    case .round: return x.rounded(.toNearestOrEven)
    case .power: return pow(x, alpha)
    case .softplus: return softplus(x)
    case .softsign: return x / (1 + abs(x))
    case .selu:
      let (scale, slope) = (1.0507009873554805, 1.6732632423543772)
      return scale * (x > 0 ? x : slope * expm1(x))
    case .celu: return x > 0 ? x : alpha * expm1(x / alpha)
    case .swish: return x / (1 + Glibc.exp(-alpha * x))
    case .hardSwish: return x * min(max(x / 6 + 0.5, 0), 1)
    case .gelu: return x * (1 + Glibc.erf(x / 2.0.squareRoot())) / 2
    case .geluTanh:
      return x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .mish: return x * tanh(softplus(x))
    case .threshold: return x > alpha ? x : 0
    }
  }

  private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(Glibc.exp(-abs(x))) }
}
