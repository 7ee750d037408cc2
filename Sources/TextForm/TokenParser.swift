// What the parsers of both textual IRs share: one token of look-ahead over the lexer.

import Diagnostics

/// A recursive-descent parser. It stands on the first token after one `advance`.
package protocol TokenParser {
  var lexer: Lexer { get set }
  /// The token to be read next.
  var token: Token { get set }
}

extension TokenParser {
  /// The line of `token`.
  package var location: Location { Location(line: lexer.tokenLine) }

  package mutating func advance() throws(Diagnostic) { token = try lexer.next() }

  /// Skips `expected` when it is next; whether it was.
  package mutating func accept(_ expected: Token) throws(Diagnostic) -> Bool {
    guard token == expected else { return false }
    try advance()
    return true
  }

  /// Skips `expected`, which must be next.
  package mutating func expect(_ expected: Token) throws(Diagnostic) {
    guard try accept(expected) else {
      throw .unexpectedToken(token, expected: expected.description, at: location)
    }
  }

  /// Reads a name, plain or quoted.
  package mutating func name() throws(Diagnostic) -> String {
    switch token {
    case .name(let name), .string(let name):
      try advance()
      return name
    case .number, .symbol, .end:
      throw .unexpectedToken(token, expected: "a name", at: location)
    }
  }
}
