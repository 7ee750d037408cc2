// Splits the text form of an intermediate representation into tokens.

import Diagnostics

public enum Token: Hashable, Sendable, CustomStringConvertible {
  case name(String)
  case string(String)
  case number(String)
  case symbol(String)
  case end

  public var description: String {
    switch self {
    case .name(let text), .number(let text), .symbol(let text): "'\(text)'"
    case .string(let text): quotedName(text)
    case .end: "the end of the text"
    }
  }
}

public struct Lexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  /// The line of the token last read.
  public private(set) var tokenLine = 1

  public init(_ text: String) {
    scalars = Array(text.unicodeScalars)
  }

  /// The next token without consuming it; nil when it is malformed.
  public func peek() -> Token? {
    var copy = self
    return try? copy.next()
  }

  public mutating func next() throws(Diagnostic) -> Token {
    skipBlanks()
    tokenLine = line
    guard position < scalars.count else { return .end }
    let first = scalars[position]
    if first == "\"" { return .string(try string()) }
    if isNameStart(first) { return .name(take(while: isNamePart)) }
    if let pair = pair() {
      position += 2
      return .symbol(pair)
    }
    if ("0"..."9").contains(first) || first == "-" || first == "+" {
      return .number(
        take {
          ("0"..."9").contains($0) || ("a"..."z").contains($0) || "+-.".unicodeScalars.contains($0)
        })
    }
    position += 1
    return .symbol(String(Character(first)))
  }

  /// A symbol of two characters at the current position.
  private func pair() -> String? {
    guard position + 1 < scalars.count else { return nil }
    let text = String(Character(scalars[position])) + String(Character(scalars[position + 1]))
    return ["|>", "->", "<<", ">>"].contains(text) ? text : nil
  }

  /// Blanks, and comments from `//` to the end of the line.
  private mutating func skipBlanks() {
    while position < scalars.count {
      let c = scalars[position]
      if c == "/", position + 1 < scalars.count, scalars[position + 1] == "/" {
        while position < scalars.count, scalars[position] != "\n" { position += 1 }
      } else if c == " " || c == "\t" || c == "\r" || c == "\n" {
        if c == "\n" { line += 1 }
        position += 1
      } else {
        return
      }
    }
  }

  private mutating func take(while isPart: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    repeat {
      text.append(scalars[position])
      position += 1
    } while position < scalars.count && isPart(scalars[position])
    return String(text)
  }

  private mutating func string() throws(Diagnostic) -> String {
    var text = String.UnicodeScalarView()
    position += 1
    while position < scalars.count, scalars[position] != "\"" {
      var c = scalars[position]
      if c == "\\", position + 1 < scalars.count {
        position += 1
        switch scalars[position] {
        case "n": c = "\n"
        case "r": c = "\r"
        default: c = scalars[position]
        }
      } else if c == "\n" {
        line += 1
      }
      text.append(c)
      position += 1
    }
    guard position < scalars.count else { throw .openString(at: Location(line: tokenLine)) }
    position += 1
    return String(text)
  }
}

/// A name as it is, or quoted when it is not a plain identifier or is one of `reserved`.
public func spelledName(_ name: String, reserved: [String] = []) -> String {
  var scalars = name.unicodeScalars.makeIterator()
  guard let first = scalars.next(), isNameStart(first), !reserved.contains(name) else {
    return quotedName(name)
  }
  while let next = scalars.next() { if !isNamePart(next) { return quotedName(name) } }
  return name
}

/// `text` in quotes, as the lexer reads it back.
public func quotedName(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

func isNameStart(_ c: Unicode.Scalar) -> Bool {
  ("a"..."z").contains(c) || ("A"..."Z").contains(c) || c == "_"
}

func isNamePart(_ c: Unicode.Scalar) -> Bool {
  isNameStart(c) || ("0"..."9").contains(c) || c == "." || c == "/" || c == "-"
}

extension Diagnostic {
  static func openString(at location: Location) -> Diagnostic {
    Diagnostic(id: "nnir.open-string", at: location, "the string that starts here does not end")
  }
}

extension Diagnostic {
  public static func unexpectedToken(_ token: Token, expected: String, at location: Location)
    -> Diagnostic
  {
    Diagnostic(id: "nnir.syntax", at: location, "expected \(expected), found \(token)")
  }
}
