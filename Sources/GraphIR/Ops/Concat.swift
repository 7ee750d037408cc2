// concat: tensors side by side along the last axis.

import Diagnostics
import FixedPoint

/// All operands along the last axis, that of the channels; the other axes are equal.
public struct Concat: OpDefinition {
  public static let mnemonic = "concat"
  public static let arity = 1...256

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    var channels = 0
    for input in inputs {
      guard input.rank >= 1 else { throw ShapeError("an operand is a scalar") }
      guard input.extents.dropLast() == inputs[0].extents.dropLast() else {
        throw ShapeError("shapes \(inputs[0]) and \(input) differ in front of the last axis")
      }
      channels += input.channels
    }
    return Shape(inputs[0].extents.dropLast() + [channels])
  }

  /// For each element of the result, the operand and its element.
  public static func sources(_ inputs: [Shape]) -> [(operand: Int, element: Int)] {
    let rows = inputs[0].count / inputs[0].channels
    var sources: [(operand: Int, element: Int)] = []
    for row in 0..<rows {
      for (operand, shape) in inputs.enumerated() {
        sources += (0..<shape.channels).map { (operand, row * shape.channels + $0) }
      }
    }
    return sources
  }

  private func shape(_ inputs: [Shape]) -> Shape {
    Shape(inputs[0].extents.dropLast() + [inputs.reduce(0) { $0 + $1.channels }])
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shapes = inputs.map(\.shape)
    let exact = inputs.compactMap { if case .fixed(let ranges) = $0 { ranges } else { nil } }
    if exact.count == inputs.count {
      return .fixed(
        ElementRanges(
          shape: shape(shapes), fraction: exact.map(\.fraction).max() ?? 0,
          intervals: Concat.sources(shapes).map { exact[$0.operand].intervals[$0.element] }))
    }
    let bounds = inputs.compactMap(\.realBounds)
    return .real(
      shape: shape(shapes),
      bounds: bounds.count < inputs.count
        ? nil : Concat.sources(shapes).map { bounds[$0.operand][$0.element] })
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shapes = inputs.map(\.shape)
    let sources = Concat.sources(shapes)
    let exact = inputs.compactMap { if case .fixed(let tensor) = $0 { tensor } else { nil } }
    if exact.count == inputs.count {
      // Zeros are integers at every fraction: they have no say.
      let fraction = exact.lazy.filter { !$0.isZero }.map(\.fraction).max() ?? 0
      let values = exact.map { $0.isZero ? $0.values : $0.atFraction(fraction).values }
      return .fixed(
        FixedTensor(
          shape: shape(shapes), fraction: fraction,
          values: sources.map { values[$0.operand][$0.element] }))
    }
    let values = inputs.map { $0.asReal.values }
    return .real(
      RealTensor(shape: shape(shapes), values: sources.map { values[$0.operand][$0.element] }))
  }
}
