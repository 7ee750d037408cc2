// From the text of an axis, `KEY=log:1e-4..1e-2`, to the axis, and back.

import Diagnostics
import FileFormats

extension SearchAxis {
  /// Settings on which accuracies would no longer be comparable.
  private static let fixedKeys = ["data", "validation", "name", "summary", "hardware"]

  /// Reads `KEY=VALUES`.
  public init(_ text: String) throws(Diagnostic) {
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { throw .searchAxis(text, "there is no '='") }
    try self.init(key: String(pair[0]), text: String(pair[1]))
  }

  /// Reads the values of the setting `key`.
  init(key: String, text: String) throws(Diagnostic) {
    let whole = "\(key)=\(text)"
    guard !key.isEmpty else { throw .searchAxis(whole, "it names no setting") }
    if let first = key.split(separator: ".").first.map(String.init),
      SearchAxis.fixedKeys.contains(first)
    {
      throw .searchAxis(whole, "'\(first)' must be the same for all trials")
    }
    if let range = text.after("int:") {
      self.init(key, try SearchAxis.integers(range, whole))
    } else if let range = text.after("real:") {
      self.init(key, .reals(try SearchAxis.bounds(range, whole)))
    } else if let range = text.after("log:") {
      let bounds = try SearchAxis.bounds(range, whole)
      guard bounds.lowerBound > 0 else {
        throw .searchAxis(whole, "numbers with a logarithm are greater than 0")
      }
      self.init(key, .logarithmic(bounds))
    } else {
      self.init(key, .choices(try SearchAxis.choices(SearchAxis.split(text), whole)))
    }
  }

  /// Reads the values of the setting `key` in a file: a text as on the command line, or an array.
  init(key: String, _ json: JSONField) throws(Diagnostic) {
    guard case .array = json.value else {
      try self.init(key: key, text: try json.string())
      return
    }
    var texts: [String] = []
    for element in try json.elements() {
      if case .string(let text) = element.value {
        texts.append(text)
      } else {
        texts.append(element.value.compact)
      }
    }
    _ = try SearchAxis(key: key, text: "0")
    self.init(key, .choices(try SearchAxis.choices(texts, "\(key)=\(json.value.compact)")))
  }

  /// As it is written on the command line.
  public var text: String {
    switch values {
    case .choices(let choices): "\(key)=\(choices.joined(separator: ","))"
    case .integers(let range, let step):
      "\(key)=int:\(range.lowerBound)..\(range.upperBound):\(step)"
    case .reals(let range): "\(key)=real:\(range.lowerBound)..\(range.upperBound)"
    case .logarithmic(let range): "\(key)=log:\(range.lowerBound)..\(range.upperBound)"
    }
  }

  private static func choices(
    _ choices: [String], _ whole: String
  ) throws(Diagnostic) -> [String] {
    guard !choices.contains("") else { throw .searchAxis(whole, "a value is empty") }
    guard Set(choices).count == choices.count else {
      throw .searchAxis(whole, "a value occurs twice")
    }
    return choices
  }

  private static func integers(_ text: String, _ whole: String) throws(Diagnostic) -> Values {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let step = parts.count == 2 ? Int(parts[1]) : 1
    guard (1...2).contains(parts.count), let step,
      let (low, high) = ends(String(parts[0])), let low = Int(low), let high = Int(high)
    else {
      throw .searchAxis(whole, "whole numbers are written int:LOW..HIGH or int:LOW..HIGH:STEP")
    }
    guard low <= high else { throw .searchAxis(whole, "\(low) is greater than \(high)") }
    guard step > 0 else { throw .searchAxis(whole, "the step is not positive") }
    guard abs(low) <= 1 << 40, abs(high) <= 1 << 40 else {
      throw .searchAxis(whole, "the bounds are too large")
    }
    return .integers(low...high, step: step)
  }

  private static func bounds(
    _ text: String, _ whole: String
  ) throws(Diagnostic) -> ClosedRange<Double> {
    guard let (low, high) = ends(text), let low = Double(low), let high = Double(high),
      low.isFinite, high.isFinite
    else { throw .searchAxis(whole, "ranges are written LOW..HIGH, with two numbers") }
    guard low < high else { throw .searchAxis(whole, "\(low) is not less than \(high)") }
    return low...high
  }

  private static func ends(_ text: String) -> (String, String)? {
    guard let dots = text.firstRange(of: "..") else { return nil }
    return (String(text[..<dots.lowerBound]), String(text[dots.upperBound...]))
  }

  /// Splits at commas that are not within brackets or quotes.
  private static func split(_ text: String) -> [String] {
    var parts = [""]
    var depth = 0
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case "{", "[", "(": if !isQuoted { depth += 1 }
      case "}", "]", ")": if !isQuoted { depth -= 1 }
      case "," where depth == 0 && !isQuoted:
        parts.append("")
        continue
      default: break
      }
      parts[parts.count - 1].append(character)
    }
    return parts
  }
}

extension String {
  fileprivate func after(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}

extension Diagnostic {
  static func searchAxis(_ text: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "search.axis", "'\(text)' cannot be varied: \(reason)",
      suggestion:
        "write KEY=a,b,c, KEY=int:8..64:8, KEY=real:0.3..0.9 or KEY=log:1e-4..1e-2; keys are "
        + "those of nncc train --set")
  }
}
