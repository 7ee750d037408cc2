// Splits the text form of a graph into tokens.

import Diagnostics

enum GraphToken: Hashable, CustomStringConvertible {
  case name(String)
  case string(String)
  case number(String)
  case symbol(String)
  case end

  var description: String {
    switch self {
    case .name(let text), .number(let text), .symbol(let text): "'\(text)'"
    case .string(let text): GraphText.quoted(text)
    case .end: "the end of the text"
    }
  }
}

struct GraphLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  /// The line of the token last read.
  private(set) var tokenLine = 1

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
  }

  /// The next token without consuming it; nil when it is malformed.
  func peek() -> GraphToken? {
    var copy = self
    return try? copy.next()
  }

  mutating func next() throws(Diagnostic) -> GraphToken {
    skipBlanks()
    tokenLine = line
    guard position < scalars.count else { return .end }
    let first = scalars[position]
    if first == "\"" { return .string(try string()) }
    if GraphText.isNameStart(first) { return .name(take(while: GraphText.isNamePart)) }
    if ("0"..."9").contains(first) || first == "-" || first == "+" {
      return .number(
        take {
          ("0"..."9").contains($0) || ("a"..."z").contains($0) || "+-.".unicodeScalars.contains($0)
        })
    }
    position += 1
    if first == "|", position < scalars.count, scalars[position] == ">" {
      position += 1
      return .symbol("|>")
    }
    return .symbol(String(Character(first)))
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

extension Diagnostic {
  static func openString(at location: Location) -> Diagnostic {
    Diagnostic(id: "nnir.open-string", at: location, "the string that starts here does not end")
  }
}
