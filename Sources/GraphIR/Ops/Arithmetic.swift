// add, subtract, multiply, minimum, maximum: two tensors, element by element.

import FixedPoint

/// `y = a + b`.
public struct Add: BroadcastOp {
  public static let mnemonic = "add"

  public init() {}
  public static func combined(_ a: Double, _ b: Double) -> Double { a + b }
  public static func combined(_ a: Int64, _ b: Int64) -> Int64 { a &+ b }
  public static func combined(_ a: Interval, _ b: Interval) -> Interval { a + b }
}

/// `y = a - b`.
public struct Subtract: BroadcastOp {
  public static let mnemonic = "subtract"

  public init() {}
  public static func combined(_ a: Double, _ b: Double) -> Double { a - b }
  public static func combined(_ a: Int64, _ b: Int64) -> Int64 { a &- b }
  public static func combined(_ a: Interval, _ b: Interval) -> Interval { a - b }
}

/// `y = a · b`.
public struct Multiply: BroadcastOp {
  public static let mnemonic = "multiply"
  public static let alignsOperands = false

  public init() {}
  public static func fraction(_ a: Int, _ b: Int) -> Int { a + b }
  public static func combined(_ a: Double, _ b: Double) -> Double { a * b }
  public static func combined(_ a: Int64, _ b: Int64) -> Int64 { a &* b }
  public static func combined(_ a: Interval, _ b: Interval) -> Interval { a.multiplied(by: b) }
}

/// `y = min(a, b)`.
public struct Minimum: BroadcastOp {
  public static let mnemonic = "minimum"

  public init() {}
  public static func combined(_ a: Double, _ b: Double) -> Double { min(a, b) }
  public static func combined(_ a: Int64, _ b: Int64) -> Int64 { min(a, b) }
  public static func combined(_ a: Interval, _ b: Interval) -> Interval { a.minimum(b) }
}

/// `y = max(a, b)`.
public struct Maximum: BroadcastOp {
  public static let mnemonic = "maximum"

  public init() {}
  public static func combined(_ a: Double, _ b: Double) -> Double { max(a, b) }
  public static func combined(_ a: Int64, _ b: Int64) -> Int64 { max(a, b) }
  public static func combined(_ a: Interval, _ b: Interval) -> Interval { a.maximum(b) }
}

extension BroadcastOp {
  /// Whether the operands can be written with one binary point: the result may be narrow where they
  /// are far apart.
  func canAlign(_ operands: [ValueRange]) -> Bool {
    guard case .fixed(var a) = operands[0], case .fixed(var b) = operands[1] else { return true }
    let fraction = max(a.fraction, b.fraction)
    (a.fraction, b.fraction) = (fraction, fraction)
    return FixedFormat(holding: a.hull) != nil && FixedFormat(holding: b.hull) != nil
  }
}
