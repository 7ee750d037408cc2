// constant: weights, biases and other parameters.

import Diagnostics
import FixedPoint

/// A tensor that is part of the model: float32 before quantization, integers of a format after it.
public struct Constant: OpDefinition {
  public static let mnemonic = "constant"
  public static let arity = 0...0

  public enum Elements: Hashable, Sendable {
    case real([Float])
    /// Integers, each of its element's format.
    case fixed([Int64], TensorFormat)
  }

  public var shape: Shape
  public var elements: Elements

  public init(shape: Shape, _ elements: Elements) {
    self.shape = shape
    self.elements = elements
  }

  public init(shape: Shape, real values: [Float]) {
    self.init(shape: shape, .real(values))
  }

  public init(shape: Shape, fixed values: [Int64], format: TensorFormat) {
    self.init(shape: shape, .fixed(values, format))
  }

  /// An exact tensor in the narrowest format that each element needs.
  public init(_ tensor: FixedTensor) {
    let formats = tensor.values.map {
      FixedFormat(holding: Interval(constant: Int128($0), fraction: tensor.fraction))!
    }
    let integers = tensor.values.indices.map { tensor.integer(at: $0, in: formats[$0]) }
    self.init(
      shape: tensor.shape, fixed: integers, format: TensorFormat(repeating: formats))
  }

  public var attributes: [Attribute] {
    let extents = Attribute("shape", .integers(shape.extents.map { Int64($0) }))
    switch elements {
    case .real(let values): return [extents, Attribute("values", .reals(values))]
    case .fixed(let values, let format):
      return [
        extents, Attribute("format", .format(format)), Attribute("values", .integers(values)),
      ]
    }
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    shape = try reader.shape("shape")
    if let format = try reader.format("format") {
      elements = .fixed(try reader.integers("values"), format)
    } else {
      elements = .real(try reader.reals("values") ?? [])
    }
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    switch elements {
    case .real(let values):
      guard values.count == shape.count else {
        throw ShapeError("\(values.count) values for shape \(shape)")
      }
      if let index = values.firstIndex(where: { !$0.isFinite }) {
        throw ShapeError("element \(index) is \(values[index])")
      }
    case .fixed(let values, let format):
      guard values.count == shape.count else {
        throw ShapeError("\(values.count) values for shape \(shape)")
      }
      guard format.fits(shape) else {
        throw ShapeError("\(format.formats.count) formats for shape \(shape)")
      }
      for (index, value) in values.enumerated() where !format.format(of: index).contains(value) {
        throw ShapeError("element \(index), \(value), is outside \(format.format(of: index))")
      }
    }
    return shape
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    switch value {
    case .real(let tensor):
      return .real(shape: shape, bounds: tensor.values.map { $0...$0 })
    case .fixed(let tensor):
      return .fixed(
        ElementRanges(
          shape: shape, fraction: tensor.fraction,
          intervals: tensor.values.map {
            Interval(constant: Int128($0), fraction: tensor.fraction)
          }))
    }
  }

  /// The elements as the evaluators hold them.
  public var value: Value {
    switch elements {
    case .real(let values): return .real(RealTensor(shape: shape, values: values.map(Double.init)))
    case .fixed(let values, let format):
      let fraction = format.fraction
      return .fixed(
        FixedTensor(
          shape: shape, fraction: fraction,
          values: values.indices.map { index in
            let own = format.format(of: index)
            return own.width == 0 ? 0 : values[index] << Int64(fraction - own.fraction)
          }
        ).normalized)
    }
  }

  public func evaluate(_ inputs: [Value]) -> Value { value }
}
