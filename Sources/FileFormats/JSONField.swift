// How readers take JSON apart: each access knows its file, path and byte, and says what was wrong.

import Diagnostics

/// A value of a JSON text, with its place.
///
/// ```
/// let recipe = try JSONField(parsing: bytes, file: "recipe.json")
/// let epochs = try recipe.member("epochs").integer(in: 1...1000)
/// try recipe.allowOnly("epochs", "layers")
/// ```
///
/// Every accessor throws a diagnostic with the path (`layers[2].units`) and byte of the value.
public struct JSONField: Sendable {
  private let node: JSONNode
  private let source: JSONSource
  /// Empty for the whole text, else `layers[2].units`.
  public let path: String

  /// Parses `bytes`, or the part `range` of them; offsets count from the start of `bytes`.
  public init(
    parsing bytes: [UInt8], range: Range<Int>? = nil, file: String
  ) throws(Diagnostic) {
    source = JSONSource(file: file)
    path = ""
    var parser = JSONParser(bytes, range: range ?? 0..<bytes.count, source: source)
    node = try parser.parse()
  }

  public init(parsing text: String, file: String) throws(Diagnostic) {
    try self.init(parsing: Array(text.utf8), file: file)
  }

  private init(node: JSONNode, source: JSONSource, path: String) {
    self.node = node
    self.source = source
    self.path = path
  }

  /// Parses the JSON text inside this string of the JSON text `bytes`, e.g. `nnm.graph`.
  ///
  /// Diagnostics about the inner text give the byte in the outer one.
  public func embedded(in bytes: [UInt8]) throws(Diagnostic) -> JSONField {
    let inner = Array(try string().utf8)
    let source = JSONSource(file: source.file, literal: bytes, at: node.byte)
    var parser = JSONParser(inner, range: 0..<inner.count, source: source)
    return JSONField(node: try parser.parse(), source: source, path: "")
  }

  /// Where the value is.
  public var location: Location {
    JSONPlace(source: source, byte: node.byte, path: path).location
  }

  /// The value without its place.
  public var value: JSONValue { node.value }

  public var isNull: Bool {
    if case .null = node.content { true } else { false }
  }

  // MARK: Scalars

  public func bool() throws(Diagnostic) -> Bool {
    guard case .bool(let value) = node.content else { throw mismatch("true or false") }
    return value
  }

  public func string() throws(Diagnostic) -> String {
    guard case .string(let value) = node.content else { throw mismatch("a string") }
    return value
  }

  public func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(Diagnostic) -> Int {
    guard case .integer(let value) = node.content, range.contains(Int(value)) else {
      throw mismatch(
        range.lowerBound == Int.min
          ? "an integer"
          : range.upperBound == Int.max
            ? "an integer of at least \(range.lowerBound)"
            : "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(value)
  }

  /// An integer or a decimal number.
  public func double() throws(Diagnostic) -> Double {
    switch node.content {
    case .integer(let value): return Double(value)
    case .double(let value): return value
    case .null, .bool, .string, .array, .object: throw mismatch("a number")
    }
  }

  /// The case of a string enumeration.
  public func choice<T: RawRepresentable & CaseIterable>(
    of type: T.Type = T.self
  ) throws(Diagnostic) -> T where T.RawValue == String {
    let text = try string()
    guard let choice = T(rawValue: text) else {
      let names = T.allCases.map { "'\($0.rawValue)'" }
      throw mismatch("one of " + names.joined(separator: ", "))
    }
    return choice
  }

  // MARK: Arrays and objects

  public func elements() throws(Diagnostic) -> [JSONField] {
    guard case .array(let elements) = node.content else { throw mismatch("an array") }
    return elements.enumerated().map { index, element in
      JSONField(node: element, source: source, path: "\(path)[\(index)]")
    }
  }

  /// All members in the order of the text.
  public func members() throws(Diagnostic) -> [(key: String, place: JSONPlace, value: JSONField)] {
    guard case .object(let members) = node.content else { throw mismatch("an object") }
    return members.map { member in
      let field = field(member)
      return (member.key, JSONPlace(source: source, byte: member.keyByte, path: field.path), field)
    }
  }

  /// The value of `key`, which must be there.
  public func member(_ key: String) throws(Diagnostic) -> JSONField {
    guard let field = try optionalMember(key) else { throw .jsonMissing(location, key: key) }
    return field
  }

  /// The value of `key`, or nil when it is absent or null.
  public func optionalMember(_ key: String) throws(Diagnostic) -> JSONField? {
    guard case .object(let members) = node.content else { throw mismatch("an object") }
    guard let member = members.first(where: { $0.key == key }) else { return nil }
    if case .null = member.value.content { return nil }
    return field(member)
  }

  /// Refuses members of other names, so that a misspelled option is not silently ignored.
  public func allowOnly(_ keys: String...) throws(Diagnostic) {
    try allowOnly(keys)
  }

  public func allowOnly(_ keys: [String]) throws(Diagnostic) {
    guard case .object(let members) = node.content else { throw mismatch("an object") }
    for member in members where !keys.contains(member.key) {
      let place = JSONPlace(source: source, byte: member.keyByte, path: path)
      throw .jsonUnknownKey(place.location, key: member.key, known: keys)
    }
  }

  /// The diagnostic that this value should have been something else.
  public func mismatch(_ expected: String) -> Diagnostic {
    .jsonMismatch(location, expected: expected, found: summary)
  }

  /// The diagnostic that this object lacks `key`.
  public func missing(_ key: String) -> Diagnostic { .jsonMissing(location, key: key) }

  private func field(_ member: JSONNode.Member) -> JSONField {
    JSONField(
      node: member.value, source: source,
      path: path.isEmpty ? member.key : "\(path).\(member.key)")
  }

  /// The value in a few words.
  private var summary: String {
    switch node.content {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .double(let value): String(value)
    case .string(let value): value.count <= 40 ? "'\(value)'" : "'\(value.prefix(40))…'"
    case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
    case .object: "an object"
    }
  }
}

/// Where a key stands; finding its byte may take time, so only errors ask for the `location`.
public struct JSONPlace: Sendable {
  let source: JSONSource
  let byte: Int
  let path: String

  public var location: Location {
    var location = source.location(byte)
    location.path = path.isEmpty ? nil : path
    return location
  }
}

/// Which file a JSON text is in, and where.
struct JSONSource: Sendable {
  var file: String
  /// The bytes around the text when it stands, escaped, in a string of another JSON text; empty
  /// otherwise.
  var literal: [UInt8] = []
  /// Where the quotation mark of that string is.
  var at = 0

  /// The place in the file of the byte `offset` of the text.
  func location(_ offset: Int) -> Location {
    guard !literal.isEmpty else { return Location(file: file, byte: offset) }
    // Walk over the escapes again; only errors pay for it.
    var decoded = 0
    var position = at + 1
    while decoded < offset, position < literal.count {
      if literal[position] != UInt8(ascii: "\\") {
        decoded += 1
        position += 1
      } else if position + 5 < literal.count, literal[position + 1] == UInt8(ascii: "u") {
        let digits = String(decoding: literal[position + 2..<position + 6], as: UTF8.self)
        let unit = UInt32(digits, radix: 16) ?? 0
        // Each half of a surrogate pair stands for two of the scalar's four UTF-8 bytes.
        let isSurrogate = (0xd800..<0xe000).contains(unit)
        decoded += isSurrogate ? 2 : Unicode.Scalar(unit).map { UTF8.width($0) } ?? 1
        position += 6
      } else {
        decoded += 1
        position += 2
      }
    }
    return Location(file: file, byte: position)
  }
}

extension Diagnostic {
  static func jsonMismatch(_ location: Location, expected: String, found: String) -> Diagnostic {
    Diagnostic(id: "json.mismatch", at: location, "expected \(expected), found \(found)")
  }

  static func jsonMissing(_ location: Location, key: String) -> Diagnostic {
    Diagnostic(id: "json.missing", at: location, "the key '\(key)' is missing")
  }

  static func jsonUnknownKey(_ location: Location, key: String, known: [String]) -> Diagnostic {
    Diagnostic(
      id: "json.unknown-key", at: location, "there is no key '\(key)' here",
      suggestion: "known keys: \(known.joined(separator: ", "))")
  }
}
