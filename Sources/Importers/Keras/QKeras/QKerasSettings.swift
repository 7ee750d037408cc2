// How a quantizer of QKeras is written: `quantized_bits(6,0,alpha=1)` or a dictionary of settings.

import Diagnostics
import FileFormats

/// A setting of a quantizer: what Python's literals can be.
enum QKerasValue: Equatable {
  case none
  case number(Double)
  case text(String)
}

/// The class of a quantizer with its settings.
struct QKerasSettings {
  var className: String
  /// Whether the settings are a call in Python's words, where all that is not given is the default.
  private(set) var isCall = false
  /// Arguments without a name, in their order.
  private var positional: [QKerasValue] = []
  private var named: [String: QKerasValue] = [:]

  /// Reads `{"class_name": …, "config": {…}}`.
  init(className: String, config: JSONField?) throws(Diagnostic) {
    self.className = className
    guard let config, case .object = config.value else { return }
    for member in try config.members() {
      switch member.value.value {
      case .null: named[member.key] = QKerasValue.none
      case .bool(let value): named[member.key] = .number(value ? 1 : 0)
      case .integer(let value): named[member.key] = .number(Double(value))
      case .double(let value): named[member.key] = .number(value)
      case .string(let value): named[member.key] = .text(value)
      case .object, .array:
        // NumPy scalars are written as objects.
        guard let inner = try? member.value.member("config").member("value").double() else {
          continue
        }
        named[member.key] = .number(inner)
      }
    }
  }

  /// Reads `name` or `name(1, alpha='auto', symmetric=True)`; nil when `text` is neither.
  init?(_ text: String) {
    let text = text.filter { !$0.isWhitespace }
    isCall = true
    guard let open = text.firstIndex(of: "(") else {
      className = text
      return
    }
    guard text.hasSuffix(")") else { return nil }
    className = String(text[..<open])
    let arguments = text[text.index(after: open)...].dropLast()
    if arguments.isEmpty { return }
    for argument in arguments.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
      guard let last = parts.last, let value = QKerasSettings.value(last) else { return nil }
      switch parts.count {
      case 1: positional.append(value)
      case 2: named[String(parts[0])] = value
      default: return nil
      }
    }
  }

  private static func value(_ text: Substring) -> QKerasValue? {
    switch text {
    case "None": return QKerasValue.none
    case "True": return .number(1)
    case "False": return .number(0)
    default:
      if let number = Double(text), number.isFinite { return .number(number) }
      guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"",
        text.last == quote
      else { return nil }
      return .text(String(text.dropFirst().dropLast()))
    }
  }

  /// The setting `key`, which is argument `position` where it has no name; nil when it is not given.
  func value(_ key: String, _ position: Int?) -> QKerasValue? {
    if let value = named[key] { return value }
    guard let position, position < positional.count else { return nil }
    return positional[position]
  }

  /// A number; nil when the setting is absent or no number.
  func number(_ key: String, _ position: Int? = nil) -> Double? {
    if case .number(let value)? = value(key, position) { value } else { nil }
  }

  func flag(_ key: String, _ position: Int? = nil) -> Bool { (number(key, position) ?? 0) != 0 }
}
