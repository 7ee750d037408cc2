// reduce: sums, products, means and extremes along axes, which disappear.

import Diagnostics
import FixedPoint

/// The elements along `axes` become one: their sum, mean, product, largest or smallest.
///
/// The axes are dropped; a `reshape` brings them back with extent 1. Sums and extremes of exact
/// numbers are exact, means and products are real.
public struct Reduce: OpDefinition {
  public static let mnemonic = "reduce"
  public static let arity = 1...1

  public enum Function: String, CaseIterable, Sendable {
    case sum, mean, product, maximum, minimum
  }

  public var function: Function
  /// Ascending, each at least 0.
  public var axes: [Int]

  public init(_ function: Function, axes: [Int]) {
    self.function = function
    self.axes = axes
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    function = try reader.choice("function")
    axes = try reader.extents("axes")
  }

  public var attributes: [Attribute] {
    [Attribute("function", .word(function.rawValue)), Attribute("axes", extents: axes)]
  }

  /// Whether the result is exact when the operand is.
  public var isExact: Bool {
    switch function {
    case .sum, .maximum, .minimum: true
    case .mean, .product: false
    }
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let rank = inputs[0].rank
    guard !axes.isEmpty, zip(axes, axes.dropFirst()).allSatisfy({ $0 < $1 }), axes[0] >= 0,
      axes[axes.count - 1] < rank
    else {
      throw ShapeError("axes \(axes) are not ascending axes of \(inputs[0])")
    }
    return Shape((0..<rank).filter { !axes.contains($0) }.map { inputs[0].extents[$0] })
  }

  /// For each element of the result, those of the operand in row-major order.
  public func groups(_ input: Shape) -> [[Int]] {
    let kept = (0..<input.rank).filter { !axes.contains($0) }
    let all = Transpose(permutation: kept + axes).sources(input).compactMap { $0 }
    let length = axes.reduce(1) { $0 * input.extents[$1] }
    return stride(from: 0, to: all.count, by: length).map { Array(all[$0..<$0 + length]) }
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = (try? resultShape([inputs[0].shape])) ?? []
    guard case .fixed(let x) = inputs[0], isExact else { return .real(shape: shape, bounds: nil) }
    let intervals = groups(x.shape).map { group in
      let first = x.intervals[group[0]]
      return group.dropFirst().reduce(first) { result, element in
        let next = x.intervals[element]
        switch function {
        case .sum: return result + next
        case .maximum: return result.maximum(next)
        case .minimum: return result.minimum(next)
        case .mean, .product: preconditionFailure("they are real")
        }
      }
    }
    return .fixed(ElementRanges(shape: shape, fraction: x.fraction, intervals: intervals))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    result(inputs[0], (try? resultShape([inputs[0].shape])) ?? [], groups(inputs[0].shape))
  }

  public func prepared(_ constants: [Value?], _ shapes: [Shape]) -> PreparedOp {
    let (shape, groups) = ((try? resultShape([shapes[0]])) ?? [], groups(shapes[0]))
    return { result($0[0], shape, groups) }
  }

  private func result(_ x: Value, _ shape: Shape, _ groups: [[Int]]) -> Value {
    if case .fixed(let x) = x, isExact {
      let values = groups.map { group in
        let first = x.values[group[0]]
        return group.dropFirst().reduce(first) { result, element in
          switch function {
          case .sum: result + x.values[element]
          case .maximum: max(result, x.values[element])
          case .minimum: min(result, x.values[element])
          case .mean, .product: preconditionFailure("they are real")
          }
        }
      }
      return .fixed(FixedTensor(shape: shape, fraction: x.fraction, values: values))
    }
    let real = x.asReal.values
    return .real(RealTensor(shape: shape, values: groups.map { value($0, real) }))
  }

  private func value(_ group: [Int], _ x: [Double]) -> Double {
    let first = x[group[0]]
    let rest = group.dropFirst()
    switch function {
    case .sum: return rest.reduce(first) { $0 + x[$1] }
    case .mean: return rest.reduce(first) { $0 + x[$1] } / Double(group.count)
    case .product: return rest.reduce(first) { $0 * x[$1] }
    case .maximum: return rest.reduce(first) { max($0, x[$1]) }
    case .minimum: return rest.reduce(first) { min($0, x[$1]) }
    }
  }
}
