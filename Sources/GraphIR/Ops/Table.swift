// table: an elementwise function of a small integer, spelled out.

import Diagnostics
import FixedPoint

/// `y = values[x - first]`: x is an integer from `first` on, the values are integers of `format`.
public struct Table: OpDefinition {
  public static let mnemonic = "table"
  public static let arity = 1...1
  /// The most values.
  public static let maximumCount = 1 << 16

  /// The integer that the first value belongs to.
  public var first: Int64
  public var values: [Int64]
  /// The format of the values.
  public var format: FixedFormat

  public init(first: Int64, values: [Int64], format: FixedFormat) {
    self.first = first
    self.values = values
    self.format = format
  }

  /// `function` of every integer of an integer format.
  public init(of operand: FixedFormat, to format: FixedFormat, _ function: (Int64) -> Int64) {
    self.init(
      first: operand.minimum, values: (operand.minimum...operand.maximum).map(function),
      format: format)
  }

  public var attributes: [Attribute] {
    [
      Attribute("format", .format(TensorFormat(format))),
      Attribute("first", .integer(Int(first))), Attribute("values", .integers(values)),
    ]
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    let formats = try reader.requiredFormat("format").formats
    format = formats[0]
    first = Int64(try reader.integer("first", default: 0))
    values = try reader.integers("values")
    // Several formats are refused like a table without values.
    if formats.count > 1 { values = [] }
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard (1...Table.maximumCount).contains(values.count) else {
      throw ShapeError(
        "one format and 1 to \(Table.maximumCount) values are expected; there are \(values.count)")
    }
    guard first.magnitude <= 1 << 40 else { throw ShapeError("the first operand is \(first)") }
    if let index = values.firstIndex(where: { !format.contains($0) }) {
      throw ShapeError("value \(index), \(values[index]), is outside \(format)")
    }
    return inputs[0]
  }

  /// The value of an integer; those outside of the table have the value next to them.
  public func value(_ x: Int64) -> Int64 {
    values[min(max(Int(x - first), 0), values.count - 1)]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = inputs[0].shape
    var known: [Interval: Interval] = [:]
    let intervals: [Interval]
    switch inputs[0] {
    case .fixed(let x):
      intervals = x.intervals.map { interval in
        if let hull = known[interval] { return hull }
        let hull = hull(interval)
        known[interval] = hull
        return hull
      }
    case .real:
      let hull = hull(
        Interval(low: Int128(first), high: Int128(first) + Int128(values.count - 1), fraction: 0))
      intervals = [Interval](repeating: hull, count: shape.count)
    }
    return .fixed(ElementRanges(shape: shape, fraction: format.fraction, intervals: intervals))
  }

  /// The smallest interval with the values of all multiples of the interval's step.
  private func hull(_ interval: Interval) -> Interval {
    let step = interval.fraction < 0 ? Int128(1) << min(-interval.fraction, 62) : 1
    var reach: (low: Int64, high: Int64)?
    var x = max(interval.low * step, Int128(first))
    let last = min(interval.high * step, Int128(first) + Int128(values.count - 1))
    while x <= last {
      let entry = value(Int64(x))
      reach = (min(reach?.low ?? entry, entry), max(reach?.high ?? entry, entry))
      x += step
    }
    guard let reach else { return .zero }
    if reach.low == reach.high {
      return Interval(constant: Int128(reach.low), fraction: format.fraction)
    }
    return Interval(low: Int128(reach.low), high: Int128(reach.high), fraction: format.fraction)
  }

  /// Why operands of these ranges have no value; nil when they have.
  func problem(_ inputs: [ValueRange]) -> String? {
    guard case .fixed(let x) = inputs[0] else { return nil }
    let known = Interval(
      low: Int128(first), high: Int128(first) + Int128(values.count - 1), fraction: 0)
    guard let bad = x.intervals.first(where: { !known.contains($0) }) else { return nil }
    return "an element is \(bad), and the table holds the integers \(first) to \(known.high)"
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shape = inputs[0].shape
    let integers: [Int64]
    switch inputs[0] {
    case .fixed(let x): integers = x.atFraction(0).values
    case .real(let x):
      integers = x.values.map { Int64(min(max($0.rounded(.down), -0x1p50), 0x1p50)) }
    }
    return .fixed(
      FixedTensor(shape: shape, fraction: format.fraction, values: integers.map(value)))
  }
}
