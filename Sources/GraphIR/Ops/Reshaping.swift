// flatten and reshape: the same elements in another shape.

import Diagnostics
import FixedPoint

/// All elements as one vector, row-major.
public struct Flatten: OpDefinition {
  public static let mnemonic = "flatten"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { [inputs[0].count] }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    inputs[0].reshaped(to: [inputs[0].shape.count])
  }
  public func evaluate(_ inputs: [Value]) -> Value {
    inputs[0].reshaped(to: [inputs[0].shape.count])
  }
}

/// The elements in `shape`, row-major.
public struct Reshape: OpDefinition {
  public static let mnemonic = "reshape"
  public static let arity = 1...1

  public var shape: Shape

  public init(shape: Shape) {
    self.shape = shape
  }

  public var attributes: [Attribute] {
    [Attribute("shape", .integers(shape.extents.map { Int64($0) }))]
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    shape = try reader.shape("shape")
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard shape.count == inputs[0].count else {
      throw ShapeError("shape \(shape) has \(shape.count) elements, the input \(inputs[0].count)")
    }
    return shape
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange { inputs[0].reshaped(to: shape) }
  public func evaluate(_ inputs: [Value]) -> Value { inputs[0].reshaped(to: shape) }
}
