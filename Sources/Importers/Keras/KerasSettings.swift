// How the settings of a layer are read: every version has its own names and spellings.

import Diagnostics
import FileFormats
import GraphIR

extension KerasCall {
  /// The first setting of these names that is there and not null.
  func setting(_ keys: String...) throws(Diagnostic) -> JSONField? {
    for key in keys {
      if let field = try config.optionalMember(key) { return field }
    }
    return nil
  }

  func bool(_ key: String, default fallback: Bool) throws(Diagnostic) -> Bool {
    guard let field = try config.optionalMember(key) else { return fallback }
    return try field.flag()
  }

  func hasBias() throws(Diagnostic) -> Bool {
    guard let field = try setting("use_bias", "bias") else { return true }
    return try field.flag()
  }

  func number(_ key: String, default fallback: Double) throws(Diagnostic) -> Double {
    guard let field = try config.optionalMember(key) else { return fallback }
    return try field.number()
  }

  /// A positive number of units or filters.
  func count(_ keys: String...) throws(Diagnostic) -> Int {
    for key in keys {
      if let field = try config.optionalMember(key) {
        return try field.integer(in: 1...Shape.maximumCount)
      }
    }
    throw config.missing(keys[0])
  }

  /// A number per spatial axis, which may be written as one for all.
  func extents(
    _ keys: [String], rank: Int, default fallback: [Int]? = nil, least: Int = 1
  ) throws(Diagnostic) -> [Int] {
    for key in keys {
      guard let field = try config.optionalMember(key) else { continue }
      let range = least...Shape.maximumCount
      guard case .array = field.value else {
        return [Int](repeating: try field.integer(in: range), count: rank)
      }
      var list: [Int] = []
      for element in try field.elements() { list.append(try element.integer(in: range)) }
      guard list.count == rank else { throw field.mismatch("\(rank) numbers") }
      return list
    }
    guard let fallback else { throw config.missing(keys[0]) }
    return fallback
  }

  /// Refuses a layer whose channels come first.
  func requireChannelsLast() throws(Diagnostic) {
    guard let format = try setting("data_format", "dim_ordering") else { return }
    let word = try format.string()
    if word == "channels_first" || word == "th" {
      throw refusal(
        "its data format is \(word)",
        suggestion: "build the model with data_format=\"channels_last\"")
    }
  }

  /// The padding of windows on `x`, in front of and behind each spatial axis.
  func padding(
    _ x: Shape, size: [Int], strides: [Int], dilations: [Int] = []
  ) throws(Diagnostic) -> [Int] {
    let word = try setting("padding", "border_mode")?.string() ?? "valid"
    switch word.lowercased() {
    case "valid": return []
    case "same":
      guard x.rank == size.count + 1 else { return [] }
      let padding = SpatialWindow.samePadding(
        extents: Array(x.extents.dropLast()), size: size, strides: strides, dilations: dilations)
      return padding.allSatisfy { $0 == 0 } ? [] : padding
    case "causal" where size.count == 1:
      return [(size[0] - 1) * (dilations.first ?? 1), 0]
    default: throw refusal("padding '\(word)' is unknown")
    }
  }
}

extension JSONField {
  /// This object without the member `key`.
  func without(_ key: String) throws(Diagnostic) -> JSONField {
    guard case .object(var object) = value else { throw mismatch("an object") }
    object[key] = nil
    return try JSONField(parsing: JSONValue.object(object).compact, file: location.file ?? "")
  }

  /// A number, or true and false for 1 and 0, as Python takes them.
  func number() throws(Diagnostic) -> Double {
    if case .bool(let value) = value { return value ? 1 : 0 }
    return try double()
  }

  func flag() throws(Diagnostic) -> Bool {
    if case .integer(let number) = value { return number != 0 }
    return try bool()
  }
}
