// The text form of a graph: what `--print-after` shows and golden files hold.

import FixedPoint
import TextForm

extension Graph {
  /// ```
  /// graph mnist {
  ///   x = input() {shape: [2]}
  ///   q = quantize(x) {format: u8f8, rounding: floor, overflow: saturate} : u8f8
  ///   w = constant() {shape: [2, 1], format: s4f3, values: [3, -5]}
  ///   fc = dense(q, w) |> relu()
  ///   return fc
  /// }
  /// ```
  ///
  /// `GraphParser` reads it back. With `elidingBeyond`, longer lists are cut for reading only.
  public func text(elidingBeyond limit: Int = .max) -> String {
    var text = "graph \(GraphText.name(name)) {\n"
    for node in nodes {
      text += "  \(GraphText.name(node.name)) = \(node.op.mnemonic)("
      text += node.inputs.map { GraphText.name(self[$0].name) }.joined(separator: ", ") + ")"
      text += GraphText.attributes(node.op, limit: limit)
      for step in node.epilogue {
        text += " |> \(step.mnemonic)()" + GraphText.attributes(step, limit: limit)
      }
      if let format = node.format { text += " : \(format)" }
      text += "\n"
    }
    text += "  return " + outputs.map { GraphText.name(self[$0].name) }.joined(separator: ", ")
    text += "\n"
    if !classNames.isEmpty {
      text += "  classes " + classNames.map(quotedName).joined(separator: ", ") + "\n"
    }
    for entry in provenance {
      text += "  provenance \(quotedName(entry.key)) \(quotedName(entry.value))\n"
    }
    return text + "}\n"
  }
}

enum GraphText {
  static func name(_ name: String) -> String {
    spelledName(name, reserved: ["return", "classes", "provenance"])
  }

  static func attributes(_ op: Op, limit: Int) -> String {
    let list = op.definition.attributes
    if list.isEmpty { return "" }
    let items = list.map { "\($0.key): \(value($0.value, limit: limit))" }
    return " {" + items.joined(separator: ", ") + "}"
  }

  private static func value(_ value: AttributeValue, limit: Int) -> String {
    func joined<Element>(_ list: [Element], _ print: (Element) -> String) -> String {
      if list.count <= limit { return "[" + list.map(print).joined(separator: ", ") + "]" }
      return "[" + list.prefix(limit).map(print).joined(separator: ", ")
        + ", … \(list.count) values]"
    }
    switch value {
    case .integer(let value): return "\(value)"
    case .real(let value): return real("\(value)")
    case .integers(let list): return joined(list) { "\($0)" }
    case .reals(let list): return joined(list) { real("\($0)") }
    case .word(let word): return word
    case .format(let format):
      return format.formats.count <= limit
        ? format.description : "[… \(format.formats.count) formats]"
    }
  }

  /// Reals always show a point or an exponent, so that they stay reals when read back.
  private static func real(_ text: String) -> String {
    text.contains { ".en".contains($0) } ? text : text + ".0"
  }
}
