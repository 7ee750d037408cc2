// The attributes of an op as named values: one form for the text, the model file and error messages.

import Diagnostics
import FixedPoint

public enum AttributeValue: Hashable, Sendable {
  case integer(Int)
  case real(Double)
  case integers([Int64])
  case reals([Float])
  case word(String)
  case format(TensorFormat)
}

public struct Attribute: Hashable, Sendable {
  public var key: String
  public var value: AttributeValue

  public init(_ key: String, _ value: AttributeValue) {
    self.key = key
    self.value = value
  }

  init(_ key: String, extents: [Int]) {
    self.init(key, .integers(extents.map { Int64($0) }))
  }
}

/// Reads attributes by key and reports what is missing, wrong or left over.
public struct AttributeReader {
  private var attributes: [Attribute]
  private let location: Location
  private let op: String
  private var known: [String] = []

  public init(_ attributes: [Attribute], op: String, at location: Location) {
    self.attributes = attributes
    self.op = op
    self.location = location
  }

  private mutating func take(_ key: String) -> AttributeValue? {
    known.append(key)
    guard let index = attributes.firstIndex(where: { $0.key == key }) else { return nil }
    return attributes.remove(at: index).value
  }

  private func wrong(_ key: String, _ expected: String) -> Diagnostic {
    .wrongAttribute(key, of: op, expected: expected, at: location)
  }

  public mutating func real(_ key: String, default fallback: Double? = nil) throws(Diagnostic)
    -> Double
  {
    switch take(key) {
    case .real(let value)? where value.isFinite: return value
    case .integer(let value)?: return Double(value)
    case nil:
      if let fallback { return fallback }
      throw wrong(key, "a number")
    default: throw wrong(key, "a finite number")
    }
  }

  public mutating func shape(_ key: String) throws(Diagnostic) -> Shape {
    guard case .integers(let extents)? = take(key) else {
      throw wrong(key, "a list of positive integers")
    }
    let shape = Shape(extents.map { Int($0) })
    guard shape.isReasonable else {
      throw wrong(key, "positive extents with a product of at most \(Shape.maximumCount)")
    }
    return shape
  }

  /// A list of real numbers; nil when the key is absent.
  public mutating func reals(_ key: String) throws(Diagnostic) -> [Float]? {
    switch take(key) {
    case nil: return nil
    case .reals(let values)?: return values
    case .integers(let values)?: return values.map { Float($0) }
    default: throw wrong(key, "a list of numbers")
    }
  }

  /// A list of integers; empty when the key is absent.
  public mutating func extents(_ key: String) throws(Diagnostic) -> [Int] {
    switch take(key) {
    case nil: return []
    case .integers(let values)?: return values.map { Int($0) }
    default: throw wrong(key, "a list of integers")
    }
  }

  public mutating func integer(_ key: String, default fallback: Int? = nil) throws(Diagnostic)
    -> Int
  {
    switch take(key) {
    case .integer(let value)?: return value
    case nil:
      if let fallback { return fallback }
      throw wrong(key, "an integer")
    default: throw wrong(key, "an integer")
    }
  }

  public mutating func integers(_ key: String) throws(Diagnostic) -> [Int64] {
    guard case .integers(let values)? = take(key) else { throw wrong(key, "a list of integers") }
    return values
  }

  /// A tensor format; nil when the key is absent.
  public mutating func format(_ key: String) throws(Diagnostic) -> TensorFormat? {
    switch take(key) {
    case nil: return nil
    case .format(let format)?: return format
    default: throw wrong(key, "a number format such as s6f5")
    }
  }

  /// A tensor format that must be there.
  public mutating func requiredFormat(_ key: String) throws(Diagnostic) -> TensorFormat {
    guard let format = try format(key) else { throw wrong(key, "a number format such as s6f5") }
    return format
  }

  /// One of the words of `Choice`.
  public mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, as: Choice.Type = Choice.self, default fallback: Choice? = nil
  ) throws(Diagnostic) -> Choice where Choice.RawValue == String {
    let value = take(key)
    if value == nil, let fallback { return fallback }
    guard case .word(let word)? = value, let choice = Choice(rawValue: word) else {
      throw wrong(
        key, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  /// Reports attributes that nothing asked for.
  public func finish() throws(Diagnostic) {
    if let extra = attributes.first {
      throw .unknownAttribute(extra.key, of: op, known: known, at: location)
    }
  }
}

extension Diagnostic {
  static func wrongAttribute(
    _ key: String, of op: String, expected: String, at location: Location
  ) -> Diagnostic {
    Diagnostic(
      id: "graph.wrong-attribute", at: location,
      "attribute \(key) of \(op) must be \(expected)")
  }

  static func unknownAttribute(
    _ key: String, of op: String, known: [String], at location: Location
  ) -> Diagnostic {
    Diagnostic(
      id: "graph.unknown-attribute", at: location, "\(op) has no attribute \(key)",
      suggestion: known.isEmpty
        ? "remove it: \(op) has no attributes" : "known are: " + known.joined(separator: ", "))
  }
}
