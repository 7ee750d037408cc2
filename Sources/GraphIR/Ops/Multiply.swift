// multiply: the elementwise product of two tensors.

import Diagnostics
import FixedPoint

/// `y = a · b`, exact on exact operands. Shapes are equal, or `b` is a vector over the last axis of
/// `a`, or one number.
public struct Multiply: OpDefinition {
  public static let mnemonic = "multiply"
  public static let arity = 2...2

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Broadcast.resultShape(inputs)
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    guard case .fixed(let a) = inputs[0], case .fixed(let b) = inputs[1] else {
      return .real(shape: inputs[0].shape, bounds: nil)
    }
    let count = b.intervals.count
    return .fixed(
      ElementRanges(
        shape: a.shape, fraction: a.fraction + b.fraction,
        intervals: a.intervals.indices.map {
          a.intervals[$0].multiplied(by: b.intervals[$0 % count])
        }))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    if case .fixed(let a) = inputs[0], case .fixed(let b) = inputs[1] {
      let count = b.values.count
      return .fixed(
        FixedTensor(
          shape: a.shape, fraction: a.fraction + b.fraction,
          values: a.values.indices.map { a.values[$0] &* b.values[$0 % count] }))
    }
    let (x, y) = (inputs[0].asReal, inputs[1].asReal.values)
    return .real(
      RealTensor(
        shape: x.shape, values: x.values.indices.map { x.values[$0] * y[$0 % y.count] }))
  }
}
