// input: what the user supplies, and the preprocessing that turns it into what the network reads.

import Diagnostics
import FixedPoint

/// A network input. The network reads `raw · scale + offset`; both lists have one entry, or one
/// per element. Raw values may come with their axes in another order, e.g. channels first.
/// Preprocessing is the host's work: hardware starts at the first `quantize`.
public struct Input: OpDefinition {
  public static let mnemonic = "input"
  public static let arity = 0...0

  public var shape: Shape
  public var scale: [Float]
  public var offset: [Float]
  /// Axis i of `shape` is axis `order[i]` of the raw values; empty when they come as they are read.
  public var order: [Int]

  public init(shape: Shape, scale: [Float] = [1], offset: [Float] = [0], order: [Int] = []) {
    self.shape = shape
    self.scale = scale
    self.offset = offset
    self.order = order == Array(0..<shape.rank) ? [] : order
  }

  public var attributes: [Attribute] {
    var list = [Attribute("shape", .integers(shape.extents.map { Int64($0) }))]
    if scale != [1] { list.append(Attribute("scale", .reals(scale))) }
    if offset != [0] { list.append(Attribute("offset", .reals(offset))) }
    if !order.isEmpty { list.append(Attribute("order", extents: order)) }
    return list
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    shape = try reader.shape("shape")
    scale = try reader.reals("scale") ?? [1]
    offset = try reader.reals("offset") ?? [0]
    order = try reader.extents("order")
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    for (name, list) in [("scale", scale), ("offset", offset)] {
      guard list.count == 1 || list.count == shape.count else {
        throw ShapeError("\(name) has \(list.count) values for \(shape.count) elements")
      }
      guard list.allSatisfy(\.isFinite) else { throw ShapeError("\(name) is not finite") }
    }
    guard order.isEmpty || order.sorted() == Array(0..<shape.rank) else {
      throw ShapeError("\(order) is no order of the \(shape.rank) axes of \(shape)")
    }
    return shape
  }

  /// The shape of the raw values.
  public var rawShape: Shape {
    if order.isEmpty { return shape }
    var extents = shape.extents
    for (axis, source) in order.enumerated() { extents[source] = shape.extents[axis] }
    return Shape(extents)
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange { .real(shape: shape, bounds: nil) }

  /// What the network reads of raw values.
  public func preprocess(_ raw: [Double]) -> RealTensor {
    precondition(raw.count == shape.count, "\(raw.count) values for input shape \(shape)")
    var raw = raw
    if !order.isEmpty {
      raw = Transpose(permutation: order).sources(rawShape).map { raw[$0!] }
    }
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
