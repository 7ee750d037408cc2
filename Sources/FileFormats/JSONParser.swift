// How JSON text is read: strictly (RFC 8259), in bounded memory, with the byte of every value.

import Diagnostics

/// One parsed value and where it starts.
struct JSONNode: Sendable {
  /// Offset in the parsed text.
  var byte: Int
  var content: Content

  enum Content: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONNode])
    case object([Member])
  }

  struct Member: Sendable {
    var key: String
    var keyByte: Int
    var value: JSONNode
  }

  var value: JSONValue {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .double(let value): .double(value)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.value))
    case .object(let members):
      .object(JSONObject(members.map { .init($0.key, $0.value.value) }))
    }
  }
}

/// A recursive-descent parser over UTF-8.
///
/// Stricter than most: duplicate keys, lone surrogates, numbers beyond `Double`, deep nesting and
/// anything after the value are errors.
struct JSONParser {
  /// Deeper nesting is refused, so that the recursion stays small.
  static let depthLimit = 64
  /// More values are refused: a hostile file of a few bytes per value would otherwise grow
  /// twentyfold in memory.
  private let valueLimit: Int

  private let bytes: [UInt8]
  private let end: Int
  private let source: JSONSource
  private var position: Int
  private var valueCount = 0

  /// A parser of `bytes[range]`; byte offsets count from the start of `bytes`.
  init(
    _ bytes: [UInt8], range: Range<Int>, source: JSONSource, valueLimit: Int = 4_000_000
  ) {
    self.bytes = bytes
    self.valueLimit = valueLimit
    self.source = source
    position = range.lowerBound
    end = range.upperBound
  }

  /// Parses exactly one value, surrounded by white space at most.
  mutating func parse() throws(Diagnostic) -> JSONNode {
    let node = try parseValue(depth: 0)
    skipSpace()
    guard position == end else { throw syntax("something follows the JSON value") }
    return node
  }

  private mutating func parseValue(depth: Int) throws(Diagnostic) -> JSONNode {
    skipSpace()
    let start = position
    guard depth < JSONParser.depthLimit else {
      throw .jsonTooDeep(source.location(start), limit: JSONParser.depthLimit)
    }
    valueCount += 1
    guard valueCount <= valueLimit else {
      throw .jsonTooLarge(source.location(start), limit: valueLimit)
    }
    guard let first = peek() else { throw syntax("the JSON text ends where a value should be") }
    let content: JSONNode.Content
    switch first {
    case UInt8(ascii: "{"): content = .object(try parseMembers(depth: depth))
    case UInt8(ascii: "["): content = .array(try parseElements(depth: depth))
    case UInt8(ascii: "\""): content = .string(try parseString())
    case UInt8(ascii: "t"): content = try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): content = try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): content = try parseWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): content = try parseNumber()
    default: throw syntax("a JSON value should start here")
    }
    return JSONNode(byte: start, content: content)
  }

  private mutating func parseMembers(depth: Int) throws(Diagnostic) -> [JSONNode.Member] {
    position += 1
    var members: [JSONNode.Member] = []
    var keys: Set<String> = []
    skipSpace()
    if skip("}") { return members }
    repeat {
      skipSpace()
      let keyByte = position
      guard peek() == UInt8(ascii: "\"") else { throw syntax("a quoted key should start here") }
      let key = try parseString()
      guard keys.insert(key).inserted else {
        throw .jsonDuplicateKey(source.location(keyByte), key: key)
      }
      skipSpace()
      guard skip(":") else { throw syntax("a colon should follow the key") }
      let value = try parseValue(depth: depth + 1)
      members.append(JSONNode.Member(key: key, keyByte: keyByte, value: value))
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw syntax("a comma or closing brace should be here") }
    return members
  }

  private mutating func parseElements(depth: Int) throws(Diagnostic) -> [JSONNode] {
    position += 1
    var elements: [JSONNode] = []
    skipSpace()
    if skip("]") { return elements }
    repeat {
      elements.append(try parseValue(depth: depth + 1))
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw syntax("a comma or closing bracket should be here") }
    return elements
  }

  private mutating func parseWord(
    _ word: StaticString, _ content: JSONNode.Content
  ) throws(Diagnostic) -> JSONNode.Content {
    for index in 0..<word.utf8CodeUnitCount {
      guard peek() == word.utf8Start[index] else { throw syntax("'\(word)' is misspelled") }
      position += 1
    }
    return content
  }

  /// An integer when it is written as one and fits, else the nearest `Double`.
  private mutating func parseNumber() throws(Diagnostic) -> JSONNode.Content {
    let start = position
    var isInteger = true
    let isNegative = skip("-")
    if !skip("0") { try skipDigits() }
    if skip(".") {
      isInteger = false
      try skipDigits()
    }
    if skip("e") || skip("E") {
      isInteger = false
      if !skip("+") { _ = skip("-") }
      try skipDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    // -0 is only a number as a Double.
    if isInteger, let integer = Int64(text), integer != 0 || !isNegative {
      return .integer(integer)
    }
    guard let value = Double(text), value.isFinite else {
      throw .jsonNumberRange(source.location(start), text: String(text.prefix(40)))
    }
    return .double(value)
  }

  private mutating func skipDigits() throws(Diagnostic) {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    guard position > start else { throw syntax("a digit should be here") }
  }

  private mutating func parseString() throws(Diagnostic) -> String {
    position += 1
    let start = position
    // Most strings have no escape and are decoded in one piece.
    while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    var text = try decode(start..<position)
    while !skip("\"") {
      guard let byte = peek() else { throw syntax("the JSON text ends inside a string") }
      guard byte >= 0x20 else { throw syntax("a control character must be escaped") }
      if byte == UInt8(ascii: "\\") {
        text.unicodeScalars.append(try parseEscape())
      } else {
        let start = position
        while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"),
          byte >= 0x20
        { position += 1 }
        text += try decode(start..<position)
      }
    }
    return text
  }

  private func decode(_ range: Range<Int>) throws(Diagnostic) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw .jsonSyntax(source.location(range.lowerBound), "the string is not valid UTF-8")
    }
    return text
  }

  private mutating func parseEscape() throws(Diagnostic) -> Unicode.Scalar {
    position += 1
    guard let letter = peek() else { throw syntax("the JSON text ends inside a string") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let start = position
      let high = try parseHex()
      if let scalar = Unicode.Scalar(high) { return scalar }
      // A pair of surrogates stands for one scalar beyond U+FFFF.
      if (0xd800..<0xdc00).contains(high), skip("\\"), skip("u") {
        let low = try parseHex()
        if (0xdc00..<0xe000).contains(low),
          let scalar = Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
        {
          return scalar
        }
      }
      throw .jsonSyntax(source.location(start), "a surrogate stands alone")
    default: throw .jsonSyntax(source.location(position - 2), "there is no such escape")
    }
  }

  private mutating func parseHex() throws(Diagnostic) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw syntax("four hexadecimal digits should follow \\u")
      }
      value = value << 4 + UInt32(digit)
      position += 1
    }
    return value
  }

  private func peek() -> UInt8? { position < end ? bytes[position] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private func syntax(_ message: String) -> Diagnostic {
    .jsonSyntax(source.location(position), message)
  }
}

extension Diagnostic {
  static func jsonSyntax(_ location: Location, _ message: String) -> Diagnostic {
    Diagnostic(id: "json.syntax", at: location, "not valid JSON: \(message)")
  }

  static func jsonDuplicateKey(_ location: Location, key: String) -> Diagnostic {
    Diagnostic(
      id: "json.duplicate-key", at: location, "the key '\(key)' is there twice",
      suggestion: "remove one of them")
  }

  static func jsonNumberRange(_ location: Location, text: String) -> Diagnostic {
    Diagnostic(
      id: "json.number-range", at: location, "the number \(text) is too large for a 64-bit float")
  }

  static func jsonTooDeep(_ location: Location, limit: Int) -> Diagnostic {
    Diagnostic(
      id: "json.too-deep", at: location, "the JSON text is nested more than \(limit) levels deep")
  }

  static func jsonTooLarge(_ location: Location, limit: Int) -> Diagnostic {
    Diagnostic(
      id: "json.too-large", at: location, "the JSON text has more than \(limit) values")
  }
}
