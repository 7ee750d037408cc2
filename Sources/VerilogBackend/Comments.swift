// What comments of the emitted Verilog say about formats, shapes and ranges.

import DataflowIR
import FixedPoint

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

  /// `s8 Q3.4`: sign and width, then integer bits without the sign, and fraction bits.
  static func format(_ format: FixedFormat) -> String {
    let sign = format.isSigned && format.width > 0 ? 1 : 0
    return "\(format.isSigned ? "s" : "u")\(format.width) "
      + "Q\(format.width - sign - format.fraction).\(format.fraction)"
  }

  /// `784 x u8 Q0.8`, or `28 x 28, 5 formats up to u8 Q0.8`.
  static func channel(_ channel: Channel) -> String {
    let extents = channel.extents.isEmpty ? "1" : list(channel.extents)
    var distinct: [FixedFormat] = []
    for format in channel.formats where !distinct.contains(format) { distinct.append(format) }
    if distinct.count == 1 { return "\(extents) x \(format(distinct[0]))" }
    let widest = channel.formats.max { $0.width < $1.width }
    return "\(extents), \(distinct.count) formats"
      + (widest.map { " up to \(format($0))" } ?? "")
  }

  /// `196 beats of 4 x u8 Q0.8`.
  static func beats(_ channel: Channel) -> String {
    let noun = channel.beats == 1 ? "beat" : "beats"
    return "\(channel.beats) \(noun) of \(channel.lanes) x \(format(channel.formats[0]))"
  }

  private static func list(_ extents: [Int]) -> String {
    extents.map(String.init).joined(separator: " x ")
  }

  /// `[-384, 381]`, in steps of the stored integer.
  static func range(of value: ScalarValue) -> String {
    let bounds = value.storedBounds
    return "[\(bounds.low), \(bounds.high)]"
  }

  /// `12 adders, 1 table`; empty when there is nothing to count.
  static func counts(_ values: [ScalarValue]) -> String {
    var adders = 0
    var quantizers = 0
    var relus = 0
    var comparators = 0
    var muxes = 0
    var tables = 0
    for value in values where !value.interval.isConstant {
      switch value.op {
      case .input, .constant: break
      case .sum(let terms):
        adders += terms.count == 1 ? (terms[0].isNegated ? 1 : 0) : terms.count - 1
      case .quantize: quantizers += 1
      case .relu: relus += 1
      case .less: comparators += 1
      case .select: muxes += 1
      case .table: tables += 1
      }
    }
    let counts = [
      (adders, "adder"), (quantizers, "quantizer"), (relus, "relu"),
      (comparators, "comparator"), (muxes, "mux"), (tables, "table"),
    ]
    return counts.filter { $0.0 > 0 }.map { count, noun in
      let plural = noun == "mux" ? "muxes" : noun + "s"
      return "\(count) \(count == 1 ? noun : plural)"
    }.joined(separator: ", ")
  }
}

extension ScalarValue {
  /// The bounds of the stored integer, when the format holds the interval.
  var storedBounds: (low: Int128, high: Int128) {
    let shift = format.fraction - interval.fraction
    if interval.isZero { return (0, 0) }
    if shift >= 0 { return (interval.low << shift, interval.high << shift) }
    return (interval.low >> -shift, interval.high >> -shift)
  }

  /// Whether high bits are missing, because no user sees them.
  var isWrapped: Bool {
    let bounds = storedBounds
    return bounds.low < Int128(format.minimum) || bounds.high > Int128(format.maximum)
  }

  /// The stored integer, when there is only one.
  var constant: Int64? {
    if format.width == 0 { return 0 }
    guard interval.isConstant else { return nil }
    let low = storedBounds.low
    return format.value(ofBits: UInt64(truncatingIfNeeded: low))
  }
}
