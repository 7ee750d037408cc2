// A JSON value to build and to print: objects keep their order, integers stay integers.

/// Any JSON value. Reading is `JSONField`'s job; this is what writers build.
///
/// ```
/// let value: JSONValue = ["name": "fc1", "shape": [784, 10], "scale": 0.5]
/// value.compact   // {"name":"fc1","shape":[784,10],"scale":0.5}
/// ```
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Printed as the shortest text that reads back as the same number. JSON has no infinity and no
  /// not-a-number: those print as `null`.
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

/// The members of a JSON object, in the order they were added.
public struct JSONObject: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public var key: String
    public var value: JSONValue

    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  public var members: [Member]

  public init(_ members: [Member] = []) {
    self.members = members
  }

  /// The value of `key`; setting it replaces or appends the member, nil removes it.
  public subscript(key: String) -> JSONValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key, value))
      case (nil, nil): break
      }
    }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral members: (String, JSONValue)...) {
    self.init(members.map { Member($0, $1) })
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(JSONObject(members.map { JSONObject.Member($0, $1) }))
  }

  public init(_ value: Int) { self = .integer(Int64(value)) }
  public init(_ value: [Int]) { self = .array(value.map { .integer(Int64($0)) }) }
  public init(_ value: [String]) { self = .array(value.map { .string($0) }) }
}

// MARK: - Printing

extension JSONValue {
  /// On one line, without spaces.
  public var compact: String {
    var text = ""
    printCompact(into: &text)
    return text
  }

  /// One member per line, indented by two spaces, arrays of scalars on one line; no final newline.
  public var pretty: String {
    var text = ""
    printPretty(into: &text, indentation: "")
    return text
  }

  private func printCompact(into text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .double(let value): text += value.isFinite ? String(value) : "null"
    case .string(let value): JSONValue.print(value, into: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.printCompact(into: &text)
      }
      text += "]"
    case .object(let object):
      text += "{"
      for (index, member) in object.members.enumerated() {
        if index > 0 { text += "," }
        JSONValue.print(member.key, into: &text)
        text += ":"
        member.value.printCompact(into: &text)
      }
      text += "}"
    }
  }

  private func printPretty(into text: inout String, indentation: String) {
    let inner = indentation + "  "
    switch self {
    case .null, .bool, .integer, .double, .string: printCompact(into: &text)
    case .array(let elements) where elements.allSatisfy(\.isScalar):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += ", " }
        element.printCompact(into: &text)
      }
      text += "]"
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        text += (index == 0 ? "[\n" : ",\n") + inner
        element.printPretty(into: &text, indentation: inner)
      }
      text += "\n" + indentation + "]"
    case .object(let object) where object.members.isEmpty: text += "{}"
    case .object(let object):
      for (index, member) in object.members.enumerated() {
        text += (index == 0 ? "{\n" : ",\n") + inner
        JSONValue.print(member.key, into: &text)
        text += ": "
        member.value.printPretty(into: &text, indentation: inner)
      }
      text += "\n" + indentation + "}"
    }
  }

  private var isScalar: Bool {
    switch self {
    case .null, .bool, .integer, .double, .string: true
    case .array, .object: false
    }
  }

  /// Quotes `string`; only what JSON demands is escaped.
  private static func print(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
