// divide: a quotient is real even of integers.

import Diagnostics
import FixedPoint

/// `y = a / b`, real; shapes as those of `add`.
public struct Divide: OpDefinition {
  public static let mnemonic = "divide"
  public static let arity = 2...2

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Add().resultShape(inputs)
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    .real(shape: inputs[0].shape, bounds: nil)
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let (a, b) = (inputs[0].asReal, inputs[1].asReal.values)
    return .real(
      RealTensor(
        shape: a.shape, values: a.values.indices.map { a.values[$0] / b[$0 % b.count] }))
  }
}
