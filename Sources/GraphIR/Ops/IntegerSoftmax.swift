// integer-softmax: the softmax of small integers, in the arithmetic of TensorFlow Lite.

import Diagnostics
import FixedPoint

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `y_i = round(e^(beta · scale · x_i) / Σ_j e^(beta · scale · x_j) / output scale)` over the last axis,
/// an integer of `format`; x are integers, and their zero point does not matter.
public struct IntegerSoftmax: OpDefinition {
  public static let mnemonic = "integer-softmax"
  public static let arity = 1...1

  /// How it is computed.
  public enum Arithmetic: String, CaseIterable, Sendable {
    /// A table of float32 exponentials, sums and quotients in float32.
    case float32
    /// Exponentials and quotients with 31 bits behind the point: the reference kernels on 8 bits.
    case q31
    /// Interpolated tables with 15 bits behind the point: 16-bit kernels.
    case q15
  }

  public var arithmetic: Arithmetic
  public var scale: Float
  public var beta: Float
  public var outputScale: Float
  /// The integers of the result, their zero point taken off.
  public var format: FixedFormat

  public init(
    _ arithmetic: Arithmetic, scale: Float, beta: Float = 1, outputScale: Float,
    format: FixedFormat
  ) {
    self.arithmetic = arithmetic
    self.scale = scale
    self.beta = beta
    self.outputScale = outputScale
    self.format = format
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    format = try reader.requiredFormat("format").formats[0]
    arithmetic = try reader.choice("arithmetic")
    scale = Float(try reader.real("scale"))
    beta = Float(try reader.real("beta", default: 1))
    outputScale = Float(try reader.real("output-scale"))
  }

  public var attributes: [Attribute] {
    [
      Attribute("format", .format(TensorFormat(format))),
      Attribute("arithmetic", .word(arithmetic.rawValue)),
      Attribute("scale", .real(Double(scale))), Attribute("beta", .real(Double(beta))),
      Attribute("output-scale", .real(Double(outputScale))),
    ]
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let reals = [scale, beta, outputScale]
    guard reals.allSatisfy({ $0 > 0 && $0.isFinite }), scale * beta < 0x1p20 else {
      throw ShapeError("scale, beta and output scale are \(reals)")
    }
    guard format.fraction == 0, format.width > 0 else {
      throw ShapeError("the format is \(format); one of integers is expected")
    }
    return inputs[0]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = inputs[0].shape
    return .fixed(
      ElementRanges(
        shape: shape, fraction: 0,
        intervals: [Interval](repeating: format.interval, count: shape.count)))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shape = inputs[0].shape
    let integers: [Int64]
    switch inputs[0] {
    case .fixed(let x):
      integers = x.values.map {
        x.fraction <= 0 ? $0 << Int64(-x.fraction) : $0 >> Int64(x.fraction)
      }
    case .real(let x):
      integers = x.values.map { Int64(min(max($0.rounded(.down), -0x1p30), 0x1p30)) }
    }
    var values: [Int64] = []
    values.reserveCapacity(integers.count)
    for start in stride(from: 0, to: integers.count, by: shape.channels) {
      let row = integers[start..<start + shape.channels]
      let peak = row.max() ?? 0
      let differences = row.map { peak - $0 }
      let results =
        switch arithmetic {
        case .float32: inFloat32(differences)
        case .q31: inQ31(differences)
        case .q15: inQ15(differences)
        }
      values += results.map { min(max($0, format.minimum), format.maximum) }
    }
    return .fixed(FixedTensor(shape: shape, fraction: 0, values: values))
  }

  private func inFloat32(_ differences: [Int64]) -> [Int64] {
    let step = -scale * beta
    let exponentials = differences.map { expf(step * Float($0)) }
    var sum: Float = 0
    for exponential in exponentials { sum += exponential }
    let inverse = 1 / (sum * outputScale)
    return exponentials.map { Int64(($0 * inverse).rounded(.toNearestOrAwayFromZero)) }
  }
}
