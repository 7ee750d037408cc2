// Spells expressions: as few parentheses as Verilog needs, and pieces where a line may break.

extension Expression {
  /// The expression on one line.
  public var text: String { pieces.joined(separator: " ") }

  /// The expression cut where a line may break; joined by single blanks they are its text.
  ///
  /// `{a, b} + c` is cut into `{a,`, `b} +` and `c`.
  var pieces: [String] {
    var writer = PieceWriter()
    write(to: &writer)
    return writer.finished()
  }

  private func write(to writer: inout PieceWriter) {
    switch form {
    case .name(let name):
      writer.put(name)
    case .select(let name, let high, let low):
      writer.put(high == low ? "\(name)[\(high)]" : "\(name)[\(high):\(low)]")
    case .element(let name, let stride, let offset, let width):
      let start = (stride == 1 ? "i" : "\(stride)*i") + (offset > 0 ? " + \(offset)" : "")
      writer.put(width == 1 ? "\(name)[\(start)]" : "\(name)[\(start) +: \(width)]")
    case .literal(let value, let base):
      writer.put(literalText(value, base))
    case .concatenation(let parts):
      writer.put("{")
      for (index, part) in parts.enumerated() {
        if index > 0 {
          writer.put(",")
          writer.allowBreak()
        }
        part.write(to: &writer)
      }
      writer.put("}")
    case .repetition(let count, let part):
      writer.put("{\(count){")
      part.write(to: &writer)
      writer.put("}}")
    case .unary(let op, let operand):
      writer.put(op.rawValue)
      operand.write(to: &writer, inParentheses: operand.precedence < precedence + 1)
    case .binary(let op, let left, let right):
      left.write(to: &writer, inParentheses: left.precedence < precedence)
      writer.put(" \(op.rawValue)")
      writer.allowBreak()
      // a - (b - c), and a - (-b), a && (|b): two operators in a row read badly.
      let isDoubled = right.startsWithSign && !op.isComparison
      right.write(to: &writer, inParentheses: right.precedence <= precedence || isDoubled)
    case .conditional(let condition, let a, let b):
      condition.write(to: &writer, inParentheses: condition.precedence <= precedence)
      writer.put(" ?")
      writer.allowBreak()
      a.write(to: &writer, inParentheses: a.precedence <= precedence)
      writer.put(" :")
      writer.allowBreak()
      b.write(to: &writer, inParentheses: b.precedence < precedence)
    case .call(let function, let arguments):
      writer.put("\(function)(")
      for (index, argument) in arguments.enumerated() {
        if index > 0 {
          writer.put(",")
          writer.allowBreak()
        }
        argument.write(to: &writer)
      }
      writer.put(")")
    }
  }

  private func write(to writer: inout PieceWriter, inParentheses: Bool) {
    if inParentheses { writer.put("(") }
    write(to: &writer)
    if inParentheses { writer.put(")") }
  }

  private func literalText(_ value: Int64, _ base: Base) -> String {
    let magnitude = value.magnitude
    var digits = String(magnitude, radix: base.radix)
    switch base {
    case .binary: digits = zeroPadded(digits, to: width)
    case .hexadecimal: digits = zeroPadded(digits, to: (width + 3) / 4)
    case .decimal: break
    }
    return "\(value < 0 ? "-" : "")\(width)'\(isSigned ? "s" : "")\(base.rawValue)\(digits)"
  }

  /// Whether the text begins with an operator sign, so that it must not follow another one.
  private var startsWithSign: Bool {
    switch form {
    case .unary(let op, _): return op != .invert && op != .not
    case .literal(let value, _): return value < 0
    case .name, .select, .element, .concatenation, .repetition, .binary, .conditional, .call:
      return false
    }
  }

  /// IEEE 1364-2005, table 5-4; higher binds tighter.
  private var precedence: Int {
    switch form {
    case .name, .select, .element, .literal, .concatenation, .repetition, .call: return 20
    case .unary: return 15
    case .binary(let op, _, _):
      switch op {
      case .add, .subtract: return 12
      case .less, .lessOrEqual, .greater, .greaterOrEqual: return 10
      case .equal, .notEqual: return 9
      case .and: return 8
      case .xor: return 7
      case .or: return 6
      case .logicalAnd: return 5
      case .logicalOr: return 4
      }
    case .conditional: return 2
    }
  }
}

extension Expression.Binary {
  fileprivate var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return true
    case .add, .subtract, .and, .or, .xor, .logicalAnd, .logicalOr: return false
    }
  }
}

extension Expression.Base {
  var radix: Int {
    switch self {
    case .binary: return 2
    case .decimal: return 10
    case .hexadecimal: return 16
    }
  }
}

func zeroPadded(_ digits: String, to count: Int) -> String {
  String(repeating: "0", count: max(count - digits.utf8.count, 0)) + digits
}

/// Collects text with places where it may break.
private struct PieceWriter {
  private var pieces: [String] = []
  private var current = ""

  mutating func put(_ text: String) { current += text }

  mutating func allowBreak() {
    pieces.append(current)
    current = ""
  }

  func finished() -> [String] { pieces + [current] }
}
