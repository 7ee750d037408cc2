// Tensors that the evaluators compute with: real numbers before quantization, exact after it.

import FixedPoint

/// Real numbers, row-major.
public struct RealTensor: Hashable, Sendable {
  public var shape: Shape
  public var values: [Double]

  public init(shape: Shape, values: [Double]) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }
}

/// Exact numbers `values[i]` · 2^-fraction, row-major.
public struct FixedTensor: Hashable, Sendable {
  public var shape: Shape
  public var fraction: Int
  public var values: [Int64]

  public init(shape: Shape, fraction: Int, values: [Int64]) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.fraction = fraction
    self.values = values
  }

  /// The same numbers at the coarsest fraction that holds them all; 0 when all are zero.
  var normalized: FixedTensor {
    var bits: Int64 = 0
    for value in values { bits |= value }
    if bits == 0 {
      return fraction == 0 ? self : FixedTensor(shape: shape, fraction: 0, values: values)
    }
    let zeros = bits.trailingZeroBitCount
    if zeros == 0 { return self }
    return FixedTensor(
      shape: shape, fraction: fraction - zeros, values: values.map { $0 >> Int64(zeros) })
  }

  var isZero: Bool { values.allSatisfy { $0 == 0 } }

  /// The finest fraction of these tensors. Zeros are integers at every fraction: they have no say.
  static func commonFraction(_ tensors: FixedTensor...) -> Int {
    tensors.lazy.filter { !$0.isZero }.map(\.fraction).max() ?? 0
  }

  /// The same numbers at a finer fraction, or at any one that holds them.
  func atFraction(_ fraction: Int) -> FixedTensor {
    let shift = Int64(fraction - self.fraction)
    return shift == 0
      ? self : FixedTensor(shape: shape, fraction: fraction, values: values.map { $0 << shift })
  }

  /// Element `index` as the integer of `format`, which must hold it.
  public func integer(at index: Int, in format: FixedFormat) -> Int64 {
    let shift = format.fraction - fraction
    return shift >= 0 ? values[index] << Int64(shift) : values[index] >> Int64(-shift)
  }
}

/// What an evaluator holds for a node: real before quantization, exact after it.
public enum Value: Hashable, Sendable {
  case real(RealTensor)
  case fixed(FixedTensor)

  public var shape: Shape {
    switch self {
    case .real(let tensor): tensor.shape
    case .fixed(let tensor): tensor.shape
    }
  }

  /// The numbers as doubles: exact up to 53 significant bits.
  public var asReal: RealTensor {
    switch self {
    case .real(let tensor): return tensor
    case .fixed(let tensor):
      let step = Double(sign: .plus, exponent: -tensor.fraction, significand: 1)
      return RealTensor(
        shape: tensor.shape, values: tensor.values.map { $0 == 0 ? 0 : Double($0) * step })
    }
  }

  /// The same elements in another shape.
  func reshaped(to shape: Shape) -> Value {
    switch self {
    case .real(let tensor): .real(RealTensor(shape: shape, values: tensor.values))
    case .fixed(let tensor):
      .fixed(FixedTensor(shape: shape, fraction: tensor.fraction, values: tensor.values))
    }
  }
}
