// argmax: the index of the largest element, the lowest one of equals.

import Diagnostics
import FixedPoint

/// The index over the last axis, as an exact integer; that axis becomes 1.
public struct Argmax: OpDefinition {
  public static let mnemonic = "argmax"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank >= 1 else { throw ShapeError("the input is a scalar") }
    return Shape(inputs[0].extents.dropLast() + [1])
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = Shape(inputs[0].shape.extents.dropLast() + [1])
    let index = Interval(low: 0, high: Int128(inputs[0].shape.channels - 1), fraction: 0)
    return .fixed(
      ElementRanges(
        shape: shape, fraction: 0, intervals: [Interval](repeating: index, count: shape.count)))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    switch inputs[0] {
    case .real(let x): .fixed(Argmax.indices(x.values, x.shape))
    case .fixed(let x): .fixed(Argmax.indices(x.values, x.shape))
    }
  }

  private static func indices<Element: Comparable>(_ values: [Element], _ shape: Shape)
    -> FixedTensor
  {
    let channels = shape.channels
    let result = stride(from: 0, to: values.count, by: channels).map { start -> Int64 in
      var best = 0
      for i in 1..<max(channels, 1) where values[start + i] > values[start + best] { best = i }
      return Int64(best)
    }
    return FixedTensor(
      shape: Shape(shape.extents.dropLast() + [1]), fraction: 0, values: result)
  }
}
