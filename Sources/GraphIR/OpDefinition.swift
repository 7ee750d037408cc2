// What every op says about itself, in its own file under Ops/.

import Diagnostics
import FixedPoint

/// An op: attributes, shapes, ranges, and what it computes.
///
/// Passes that need no more than this work on ops they have never heard of.
public protocol OpDefinition: Hashable, Sendable {
  /// The word for the op in text and model files.
  static var mnemonic: String { get }
  /// How many operands it takes.
  static var arity: ClosedRange<Int> { get }

  /// The attributes, in the order they are printed.
  var attributes: [Attribute] { get }
  init(_ reader: inout AttributeReader) throws(Diagnostic)

  /// The shape of the result; throws a reason, e.g. `weights have 3 rows, the input 4 channels`.
  func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape
  /// What the result can be, given what the operands can be.
  func range(_ inputs: [ValueRange]) -> ValueRange
  /// The result for one sample: exact when the operands are and the op can be.
  func evaluate(_ inputs: [Value]) -> Value
  /// `evaluate` for many samples: operands that never change are given, the others are nil, and
  /// the function does once what depends on the given ones only.
  func prepared(_ constants: [Value?], _ shapes: [Shape]) -> PreparedOp
}

/// What an op makes of its operands; they are all given again.
public typealias PreparedOp = @Sendable ([Value]) -> Value

extension OpDefinition {
  public var attributes: [Attribute] { [] }
  public func prepared(_ constants: [Value?], _ shapes: [Shape]) -> PreparedOp {
    { evaluate($0) }
  }
}

/// Why operands do not fit an op: half a sentence about their shapes.
public struct ShapeError: Error {
  public var reason: String

  public init(_ reason: String) {
    self.reason = reason
  }
}
