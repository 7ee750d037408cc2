// How numbers are written in reports: short, and the same on every machine and in every locale.

import Foundation

/// Text of numbers for people. Files for programs carry the exact shortest text instead.
enum NumberText {
  /// `value` with exactly `digits` decimals, `−0.50`; "–" when it is not finite.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    let scale = pow(10, Double(digits))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return short(value) }
    let integer = Int(scaled)
    var text = String(integer)
    if digits > 0 {
      while text.count <= digits { text = "0" + text }
      text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
    }
    return value < 0 && integer != 0 ? "−" + text : text
  }

  /// `value` to `significant` digits without trailing zeros: `0.969`, `12`, `1.5e−7`.
  static func short(_ value: Double, significant: Int = 3) -> String {
    guard value.isFinite else { return "–" }
    guard value != 0 else { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    guard (-4..<15).contains(exponent) else {
      return trimmed(fixed(value / pow(10, Double(exponent)), significant - 1)) + "e"
        + (exponent < 0 ? "−" : "") + String(abs(exponent))
    }
    return trimmed(fixed(value, max(significant - 1 - exponent, 0)))
  }

  /// For axes and tiles: `950`, `12.5 k`, `3.2 M`.
  static func compact(_ value: Double) -> String {
    for (unit, name) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    where abs(value) >= unit * (unit == 1e3 ? 10 : 1) {
      return short(value / unit) + " " + name
    }
    return short(value, significant: 4)
  }

  /// Thousands apart by a narrow space that does not break: `3 274 634`.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(abs(value)))
    var position = digits.count - 3
    while position > 0 {
      digits.insert("\u{202F}", at: position)
      position -= 3
    }
    return (value < 0 ? "−" : "") + String(digits)
  }

  /// A share as `97.31 %`; nil is a dash.
  static func percent(_ share: Double?, _ digits: Int = 2) -> String {
    share.map { fixed($0 * 100, digits) + "\u{202F}%" } ?? "–"
  }

  /// `2⁻⁵`.
  static func powerOfTwo(_ exponent: Int) -> String {
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let digits = String(abs(exponent)).map { superscripts[$0.wholeNumberValue!] }
    return "2" + (exponent < 0 ? "⁻" : "") + String(digits)
  }

  /// Without zeros at the end of a fraction.
  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = Substring(text)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }
}
