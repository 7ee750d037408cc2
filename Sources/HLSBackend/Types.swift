// How formats are spelled in C++, and what comments say about values.

import DataflowIR
import FixedPoint

extension FixedFormat {
  /// `ap_int<10>`: the integer alone.
  var integerType: String { "ap_\(isSigned ? "" : "u")int<\(width)>" }

  /// `ap_ufixed<6, 0>`: the integer with its binary point.
  var fixedType: String { "ap_\(isSigned ? "" : "u")fixed<\(width), \(width - fraction)>" }
}

extension Quantizer {
  /// `ap_fixed<6, 1, AP_RND_CONV, AP_SAT>`.
  var fixedType: String {
    let mode =
      switch rounding {
      case .floor: "AP_TRN"
      case .halfUp: "AP_RND"
      case .halfEven: "AP_RND_CONV"
      case .halfAway: "AP_RND_INF"
      case .towardZero: "AP_TRN_ZERO"
      }
    let limit =
      switch overflow {
      case .wrap: "AP_WRAP"
      case .saturate: "AP_SAT"
      case .saturateSymmetric: "AP_SAT_SYM"
      }
    return format.fixedType.dropLast() + ", \(mode), \(limit)>"
  }
}

enum Comments {
  /// `text` on one line of printable ASCII: names come from model files and may contain anything.
  static func line(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case " "..."~": line.unicodeScalars.append(scalar)
      case "→": line += "->"
      case "×": line += "x"
      default: line += "?"
      }
    }
    // A backslash at the end would continue the comment on the next line.
    return line.hasSuffix("\\") ? line + "." : line
  }

  /// `[-384, 381] * 2^-5`: the exact range of the integer, and the weight of its lowest bit; with the
  /// modulus where only low bits are stored.
  static func range(of value: ScalarValue) -> String {
    let interval = value.interval
    let fraction = value.format.fraction
    if interval.isZero { return "0" }
    let isFiner = interval.fraction > fraction
    let shown = isFiner ? interval : interval.atFraction(fraction)
    var text = shown.isConstant ? "\(shown.low)" : "[\(shown.low), \(shown.high)]"
    if shown.fraction != 0 { text += " * 2^\(-shown.fraction)" }
    if !value.format.interval.contains(interval) { text += ", low \(value.format.width) bits" }
    return text
  }

  /// `28 x 28`, or `1` for a scalar.
  static func extents(_ channel: Channel) -> String {
    channel.extents.isEmpty ? "1" : channel.extents.map(String.init).joined(separator: " x ")
  }
}

/// `void name(a, b)`, a parameter per line where one line would be too long.
func cppSignature(_ name: String, _ parameters: [String]) -> String {
  let line = "void \(name)(" + parameters.joined(separator: ", ") + ")"
  return line.count <= 98
    ? line : "void \(name)(\n    " + parameters.joined(separator: ",\n    ") + ")"
}
