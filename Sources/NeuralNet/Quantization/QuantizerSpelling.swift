// How a quantizer is written in a recipe.

import FixedPoint

/// | text                                | format | rounding  | overflow           |
/// |-------------------------------------|--------|-----------|--------------------|
/// | `s6f5`                              | s6f5   | half-even | saturate           |
/// | `u4f4 floor`                        | u4f4   | floor     | saturate           |
/// | `s6f5 half-up saturate-symmetric`   | s6f5   | half-up   | saturate-symmetric |
/// | `quantized_bits(6,0,alpha=1)`       | s6f5   | half-even | saturate           |
/// | `quantized_bits(6,2,keep_negative=0)` | u6f4 | half-even | saturate           |
/// | `quantized_bits(4,0,symmetric=1)`   | s4f3   | half-even | saturate-symmetric |
/// | `quantized_relu(6)`                 | u6f6   | half-even | saturate           |
/// | `quantized_relu(6,2)`               | u6f4   | half-even | saturate           |
///
/// The names are QKeras': `quantized_bits(bits, integer, symmetric, keep_negative, alpha)` has
/// `bits` bits including the sign and steps of 2^(integer + 1 - bits); `quantized_relu(bits,
/// integer)` has no sign and steps of 2^(integer - bits). Both round halves to even.
extension Quantizer {
  /// Reads one of the spellings above; nil when `text` is none of them.
  public init?(spelling text: String) {
    if let open = text.firstIndex(of: "("), text.hasSuffix(")") {
      let arguments = text[text.index(after: open)...].dropLast()
      self.init(qkeras: String(text[..<open]), arguments.split(separator: ","))
      return
    }
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first, let format = FixedFormat(first) else { return nil }
    self.init(format, .halfEven, .saturate)
    for word in words.dropFirst() {
      if let rounding = Rounding(rawValue: word) {
        self.rounding = rounding
      } else if let overflow = Overflow(rawValue: word) {
        self.overflow = overflow
      } else {
        return nil
      }
    }
  }

  private init?(qkeras name: String, _ arguments: [Substring]) {
    var values: [String: Int] = [:]
    let names =
      name == "quantized_relu"
      ? ["bits", "integer"] : ["bits", "integer", "symmetric", "keep_negative", "alpha"]
    for (position, argument) in arguments.enumerated() {
      let pair = argument.split(separator: "=").map { $0.filter { $0 != " " } }
      let key = pair.count == 2 ? pair[0] : position < names.count ? names[position] : ""
      guard names.contains(key), let value = Int(pair.last ?? ""),
        values.updateValue(value, forKey: key) == nil
      else { return nil }
    }
    // A scale other than 1 would be learned, and is not a power of two.
    guard let bits = values["bits"], (1...FixedFormat.maximumWidth).contains(bits),
      values["alpha", default: 1] == 1, abs(values["integer", default: 0]) <= bits + 64
    else { return nil }
    let integer = values["integer", default: 0]
    let isSigned: Bool
    switch name {
    case "quantized_relu": isSigned = false
    case "quantized_bits": isSigned = values["keep_negative", default: 1] != 0
    default: return nil
    }
    // One bit with a sign is QKeras' binary ±1, which is not a fixed-point grid.
    if isSigned && bits < 2 { return nil }
    self.init(
      FixedFormat(signed: isSigned, width: bits, fraction: bits - integer - (isSigned ? 1 : 0)),
      .halfEven,
      isSigned && values["symmetric", default: 0] != 0 ? .saturateSymmetric : .saturate)
  }

  /// The canonical spelling, e.g. `s6f5` or `u4f4 floor`.
  public var spelling: String {
    var words = [format.description]
    if rounding != .halfEven { words.append(rounding.rawValue) }
    if overflow != .saturate { words.append(overflow.rawValue) }
    return words.joined(separator: " ")
  }
}
