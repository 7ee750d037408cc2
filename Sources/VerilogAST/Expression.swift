// Verilog expressions that know their width and sign, so that no tool has to guess or extend.

/// An expression; a mismatch of widths is a bug of the compiler and stops it here.
///
/// ```
/// let x = Net("x", width: 8, signed: true)
/// (x.aligned(shiftedLeftBy: 1, width: 10) + x.aligned(width: 10)).text
/// // {x[7], x, 1'b0} + {{2{x[7]}}, x}
/// ```
public struct Expression: Hashable, Sendable {
  public let width: Int
  public let isSigned: Bool
  let form: Form

  init(width: Int, isSigned: Bool, _ form: Form) {
    self.width = width
    self.isSigned = isSigned
    self.form = form
  }

  indirect enum Form: Hashable, Sendable {
    case name(String)
    case select(String, high: Int, low: Int)
    /// An element of an array of bits, in a loop over `i`.
    case element(String, stride: Int, offset: Int, width: Int)
    case literal(Int64, Base)
    case concatenation([Expression])
    case repetition(Int, Expression)
    case unary(Unary, Expression)
    case binary(Binary, Expression, Expression)
    case conditional(Expression, Expression, Expression)
    case call(String, [Expression])
  }

  public enum Base: String, Hashable, Sendable {
    case binary = "b"
    case decimal = "d"
    case hexadecimal = "h"
  }

  enum Unary: String, Hashable, Sendable {
    case negate = "-"
    case invert = "~"
    case not = "!"
    case any = "|"
    case all = "&"
  }

  enum Binary: String, Hashable, Sendable {
    case add = "+"
    case subtract = "-"
    case and = "&"
    case or = "|"
    case xor = "^"
    case logicalAnd = "&&"
    case logicalOr = "||"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }
}

// MARK: - Leaves

extension Expression {
  /// `8'd5`, `-12'sd7`, `4'b0010`, `10'h3ff`.
  public static func literal(
    _ value: Int64, width: Int, signed: Bool = false, base: Base = .decimal
  ) -> Expression {
    precondition((1...64).contains(width), "literal of \(width) bits")
    let low = signed ? Int128(-1) << (width - 1) : 0
    let high = (Int128(1) << (signed ? width - 1 : width)) - 1
    precondition(low <= Int128(value) && Int128(value) <= high, "\(value) in \(width) bits")
    return Expression(width: width, isSigned: signed, .literal(value, base))
  }

  /// `1'b0`, `3'b000`, `12'd0`.
  public static func zeros(_ width: Int) -> Expression {
    if width > 64 { return Expression.zeros(1).repeated(width) }
    return literal(0, width: width, base: width <= 4 ? .binary : .decimal)
  }

  public static let low = literal(0, width: 1, base: .binary)
  public static let high = literal(1, width: 1, base: .binary)
}

// MARK: - Bits

extension Expression {
  /// `{a, b, c}`, highest first; a single part stands for itself.
  public static func concatenation(_ parts: [Expression]) -> Expression {
    precondition(!parts.isEmpty, "empty concatenation")
    if parts.count == 1 { return parts[0].isSigned ? parts[0].asUnsigned : parts[0] }
    return Expression(
      width: parts.reduce(0) { $0 + $1.width }, isSigned: false, .concatenation(parts))
  }

  /// `{n{a}}`.
  public func repeated(_ count: Int) -> Expression {
    precondition(count >= 1, "repeated \(count) times")
    if count == 1 && !isSigned { return self }
    return Expression(width: width * count, isSigned: false, .repetition(count, self))
  }

  /// `$signed(a)`; nothing when it is signed already.
  public var asSigned: Expression {
    isSigned ? self : Expression(width: width, isSigned: true, .call("$signed", [self]))
  }

  /// `$unsigned(a)`; nothing when it is unsigned already.
  public var asUnsigned: Expression {
    isSigned ? Expression(width: width, isSigned: false, .call("$unsigned", [self])) : self
  }

  /// Any bit set: `|a`.
  public var anyBit: Expression { Expression(width: 1, isSigned: false, .unary(.any, self)) }

  /// All bits set: `&a`.
  public var allBits: Expression { Expression(width: 1, isSigned: false, .unary(.all, self)) }
}

extension Expression {
  /// A name, a slice, or one operator on one of these: read at a glance.
  public var isSimple: Bool {
    switch form {
    case .name, .select, .element, .literal: return true
    case .unary(_, let operand): return operand.isAssignable
    case .concatenation, .repetition, .binary, .conditional, .call: return false
    }
  }

  /// Whether it may stand on the left of an assignment.
  var isAssignable: Bool {
    switch form {
    case .name, .select, .element: return true
    case .literal, .concatenation, .repetition, .unary, .binary, .conditional, .call: return false
    }
  }
}

// MARK: - Operators

extension Expression {
  public static prefix func - (a: Expression) -> Expression { a.unary(.negate) }
  public static prefix func ~ (a: Expression) -> Expression { a.unary(.invert) }
  public static prefix func ! (a: Expression) -> Expression {
    precondition(a.width == 1, "! of \(a.width) bits: \(a.text)")
    return a.unary(.not)
  }

  public static func + (a: Expression, b: Expression) -> Expression { a.arithmetic(.add, b) }
  public static func - (a: Expression, b: Expression) -> Expression { a.arithmetic(.subtract, b) }
  public static func & (a: Expression, b: Expression) -> Expression { a.arithmetic(.and, b) }
  public static func | (a: Expression, b: Expression) -> Expression { a.arithmetic(.or, b) }
  public static func ^ (a: Expression, b: Expression) -> Expression { a.arithmetic(.xor, b) }

  public static func && (a: Expression, b: Expression) -> Expression { a.logical(.logicalAnd, b) }
  public static func || (a: Expression, b: Expression) -> Expression { a.logical(.logicalOr, b) }

  public func isEqual(to b: Expression) -> Expression { comparison(.equal, b) }
  public func isUnequal(to b: Expression) -> Expression { comparison(.notEqual, b) }
  public static func < (a: Expression, b: Expression) -> Expression { a.comparison(.less, b) }
  public static func > (a: Expression, b: Expression) -> Expression { a.comparison(.greater, b) }
  public static func <= (a: Expression, b: Expression) -> Expression {
    a.comparison(.lessOrEqual, b)
  }
  public static func >= (a: Expression, b: Expression) -> Expression {
    a.comparison(.greaterOrEqual, b)
  }

  /// `condition ? a : b`.
  public static func select(
    _ condition: Expression, _ a: Expression, _ b: Expression
  ) -> Expression {
    precondition(condition.width == 1, "condition of \(condition.width) bits: \(condition.text)")
    precondition(
      a.width == b.width, "\(a.width) and \(b.width) bits: \(a.text) and \(b.text)")
    return Expression(
      width: a.width, isSigned: a.isSigned && b.isSigned, .conditional(condition, a, b))
  }

  private func unary(_ op: Unary) -> Expression {
    Expression(width: width, isSigned: isSigned, .unary(op, self))
  }

  private func arithmetic(_ op: Binary, _ b: Expression) -> Expression {
    precondition(
      width == b.width, "\(width) \(op.rawValue) \(b.width) bits: \(text) and \(b.text)")
    return Expression(width: width, isSigned: isSigned && b.isSigned, .binary(op, self, b))
  }

  private func logical(_ op: Binary, _ b: Expression) -> Expression {
    precondition(width == 1 && b.width == 1, "\(op.rawValue) of words: \(text) and \(b.text)")
    return Expression(width: 1, isSigned: false, .binary(op, self, b))
  }

  private func comparison(_ op: Binary, _ b: Expression) -> Expression {
    precondition(
      width == b.width, "\(width) \(op.rawValue) \(b.width) bits: \(text) and \(b.text)")
    precondition(
      isSigned == b.isSigned || op == .equal || op == .notEqual,
      "signed \(op.rawValue) unsigned: \(text) and \(b.text)")
    return Expression(width: 1, isSigned: false, .binary(op, self, b))
  }
}
