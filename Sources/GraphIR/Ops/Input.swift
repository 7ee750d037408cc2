// input: what the user supplies, and the preprocessing that turns it into what the network reads.

import Diagnostics
import FixedPoint

/// A network input. The network reads `raw · scale + offset`; both lists have one entry, or one
/// per element. Preprocessing is the host's work: hardware starts at the first `quantize`.
public struct Input: OpDefinition {
  public static let mnemonic = "input"
  public static let arity = 0...0

  public var shape: Shape
  public var scale: [Float]
  public var offset: [Float]

  public init(shape: Shape, scale: [Float] = [1], offset: [Float] = [0]) {
    self.shape = shape
    self.scale = scale
    self.offset = offset
  }

  public var attributes: [Attribute] {
    var list = [Attribute("shape", .integers(shape.extents.map { Int64($0) }))]
    if scale != [1] { list.append(Attribute("scale", .reals(scale))) }
    if offset != [0] { list.append(Attribute("offset", .reals(offset))) }
    return list
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    shape = try reader.shape("shape")
    scale = try reader.reals("scale") ?? [1]
    offset = try reader.reals("offset") ?? [0]
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    for (name, list) in [("scale", scale), ("offset", offset)] {
      guard list.count == 1 || list.count == shape.count else {
        throw ShapeError("\(name) has \(list.count) values for \(shape.count) elements")
      }
      guard list.allSatisfy(\.isFinite) else { throw ShapeError("\(name) is not finite") }
    }
    return shape
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange { .real(shape: shape, bounds: nil) }

  /// What the network reads of raw values.
  public func preprocess(_ raw: [Double]) -> RealTensor {
    precondition(raw.count == shape.count, "\(raw.count) values for input shape \(shape)")
    if scale.count == 1, offset.count == 1 {
      let (factor, term) = (Double(scale[0]), Double(offset[0]))
      return RealTensor(shape: shape, values: raw.map { $0 * factor + term })
    }
    let values = raw.indices.map { index in
      raw[index] * Double(scale[scale.count == 1 ? 0 : index])
        + Double(offset[offset.count == 1 ? 0 : index])
    }
    return RealTensor(shape: shape, values: values)
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    preconditionFailure("the evaluator supplies inputs")
  }
}
