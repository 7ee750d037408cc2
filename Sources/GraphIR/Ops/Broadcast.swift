// The elementwise ops of two operands: what they have in common.

import Diagnostics
import FixedPoint

/// `y[i] = a[i] ∘ b[i]`, exact on exact operands: shapes are equal, or `b` is a vector over the last
/// axis of `a`, or one number. Element i of a then meets element i % b.count of b.
public protocol BroadcastOp: OpDefinition {
  init()
  /// The fraction of the results of integers at these fractions.
  static func fraction(_ a: Int, _ b: Int) -> Int
  /// Whether both operands are brought to that fraction.
  static var alignsOperands: Bool { get }
  static func combined(_ a: Double, _ b: Double) -> Double
  /// On integers: wraps, and the verified range makes the result exact.
  static func combined(_ a: Int64, _ b: Int64) -> Int64
  /// All that can come of two ranges, with bounds that are attained.
  static func combined(_ a: Interval, _ b: Interval) -> Interval
}

extension BroadcastOp {
  public static var arity: ClosedRange<Int> { 2...2 }
  public static var alignsOperands: Bool { true }
  public static func fraction(_ a: Int, _ b: Int) -> Int { max(a, b) }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) { self.init() }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0] == inputs[1] || inputs[1] == [inputs[0].channels] || inputs[1].count == 1
    else { throw ShapeError("shapes \(inputs[0]) and \(inputs[1]) differ") }
    return inputs[0]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    guard case .fixed(let a) = inputs[0], case .fixed(let b) = inputs[1] else {
      return .real(shape: inputs[0].shape, bounds: nil)
    }
    let count = b.intervals.count
    return .fixed(
      ElementRanges(
        shape: a.shape, fraction: Self.fraction(a.fraction, b.fraction),
        intervals: a.intervals.indices.map {
          Self.combined(a.intervals[$0], b.intervals[$0 % count])
        }))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    guard case .fixed(var a) = inputs[0], case .fixed(var b) = inputs[1] else {
      let (x, y) = (inputs[0].asReal, inputs[1].asReal.values)
      return .real(
        RealTensor(
          shape: x.shape,
          values: x.values.indices.map { Self.combined(x.values[$0], y[$0 % y.count]) }))
    }
    if Self.alignsOperands {
      let fraction = FixedTensor.commonFraction(a, b)
      (a, b) = (a.atFraction(fraction), b.atFraction(fraction))
    }
    let count = b.values.count
    return .fixed(
      FixedTensor(
        shape: a.shape, fraction: Self.fraction(a.fraction, b.fraction),
        values: a.values.indices.map { Self.combined(a.values[$0], b.values[$0 % count]) }))
  }
}
