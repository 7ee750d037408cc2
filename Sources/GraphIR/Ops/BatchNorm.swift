// batch-norm: normalization with the statistics of training, per channel.

import Diagnostics
import FixedPoint

/// `y = x · scale + offset` with `scale = gamma / √(variance + epsilon)` and
/// `offset = beta - mean · scale`, both rounded to float32. Operands: x, gamma, beta, mean,
/// variance. On exact operands the product and sum are exact: a float32 is an integer times a
/// power of two.
public struct BatchNorm: OpDefinition {
  public static let mnemonic = "batch-norm"
  public static let arity = 5...5

  public var epsilon: Double

  public init(epsilon: Double = 1e-3) {
    self.epsilon = epsilon
  }

  public var attributes: [Attribute] { [Attribute("epsilon", .real(epsilon))] }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    epsilon = try reader.real("epsilon", default: 1e-3)
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    for (name, shape) in zip(["gamma", "beta", "mean", "variance"], inputs.dropFirst())
    where shape != [inputs[0].channels] {
      throw ShapeError("\(name) \(shape) does not fit \(inputs[0].channels) channels")
    }
    return inputs[0]
  }

  /// Scale and offset of each channel. A variance that makes the scale infinite counts as zero scale.
  public func affine(gamma: [Double], beta: [Double], mean: [Double], variance: [Double])
    -> (scale: [Float], offset: [Float])
  {
    let scale = gamma.indices.map { channel -> Float in
      let scale = Float(gamma[channel] / (variance[channel] + epsilon).squareRoot())
      return scale.isFinite ? scale : 0
    }
    let offset = gamma.indices.map { Float(beta[$0] - mean[$0] * Double(scale[$0])) }
    return (scale, offset)
  }

  /// Why these operands cannot be normalized by; nil when they can.
  func problem(_ inputs: [ValueRange]) -> String? {
    var parameters: [[Double]] = []
    for (name, range) in zip(["gamma", "beta", "mean", "variance"], inputs.dropFirst()) {
      guard let bounds = range.realBounds, bounds.allSatisfy({ $0.lowerBound == $0.upperBound })
      else {
        if case .real = inputs[0] { return nil }
        return "\(name) is not constant"
      }
      parameters.append(bounds.map(\.lowerBound))
    }
    if let channel = parameters[3].firstIndex(where: { $0 + epsilon < 0 }) {
      return "variance \(parameters[3][channel]) of channel \(channel) is negative"
    }
    let (_, offset) = affine(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
    if let channel = offset.firstIndex(where: { !$0.isFinite }) {
      return "the offset of channel \(channel) is beyond float32"
    }
    return nil
  }

  /// The parameters are constants.
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    guard case .fixed(let x) = inputs[0] else { return .real(shape: inputs[0].shape, bounds: nil) }
    let parameters = inputs.dropFirst().map { range in
      (range.realBounds ?? []).map(\.lowerBound)
    }
    let (scale, offset) = affine(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
    let (s, o) = (scale.map(ExactFloat.init), offset.map(ExactFloat.init))
    let channels = scale.count
    let intervals = x.intervals.indices.map { index in
      let channel = index % channels
      return x.intervals[index].multiplied(
        by: s[channel].integer, fraction: s[channel].fraction)
        + Interval(constant: Int128(o[channel].integer), fraction: o[channel].fraction)
    }
    return .fixed(
      ElementRanges(
        shape: x.shape, fraction: resultFraction(x.fraction, s, o), intervals: intervals))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let parameters = inputs.dropFirst().map { $0.asReal.values }
    let (scale, offset) = affine(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
    let channels = scale.count
    switch inputs[0] {
    case .real(let x):
      return .real(
        RealTensor(
          shape: x.shape,
          values: x.values.indices.map {
            x.values[$0] * Double(scale[$0 % channels]) + Double(offset[$0 % channels])
          }))
    case .fixed(let x):
      let (s, o) = (scale.map(ExactFloat.init), offset.map(ExactFloat.init))
      let fraction = resultFraction(x.isZero ? nil : x.fraction, s, o)
      let values = x.values.indices.map { index in
        let (factor, term) = (s[index % channels], o[index % channels])
        let product = x.values[index] &* factor.integer
        let scaled = product == 0 ? 0 : product << Int64(fraction - x.fraction - factor.fraction)
        if term.integer == 0 { return scaled }
        return scaled &+ term.integer << Int64(fraction - term.fraction)
      }
      return .fixed(FixedTensor(shape: x.shape, fraction: fraction, values: values))
    }
  }

  /// The fraction at which every product and offset but zero is an integer; `x` is nil when zero.
  private func resultFraction(_ x: Int?, _ scale: [ExactFloat], _ offset: [ExactFloat]) -> Int {
    var fractions = offset.filter { $0.integer != 0 }.map(\.fraction)
    if let x { fractions += scale.filter { $0.integer != 0 }.map { x + $0.fraction } }
    return fractions.max() ?? 0
  }
}
