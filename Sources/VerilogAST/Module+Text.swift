// Prints a module as a file: aligned, wrapped at 100 columns, the same bytes every time.

/// Lines break before this column where they can.
let lineWidth = 100

extension Module {
  /// The whole file, `name.v`.
  public var text: String {
    var lines = ["// \(name).v - \(header.first ?? "")"]
    lines += header.dropFirst().map { $0.isEmpty ? "//" : "// \($0)" }
    lines += ["`default_nettype none", "", "module \(name) ("]
    lines += portLines
    lines += [");"]
    var needsBlank = true
    for item in items {
      if needsBlank { lines.append("") }
      lines += item.lines.map { $0.isEmpty ? "" : "  " + $0 }
      if case .heading = item { needsBlank = false } else { needsBlank = true }
    }
    lines += ["", "endmodule", "", "`default_nettype wire", ""]
    return lines.joined(separator: "\n")
  }

  private var portLines: [String] {
    let types = ports.map { port in
      let kind = port.isRegister ? "reg" : "wire"
      return padded(padded(port.direction.rawValue, to: 6) + " " + padded(kind, to: 4), to: 11)
        + port.net.typeSuffix
    }
    let typeWidth = types.map(\.utf8.count).max() ?? 0
    var rows: [Row] = []
    for (index, (port, type)) in zip(ports, types).enumerated() {
      if let heading = port.heading { rows.append(Row(["// \(heading)"])) }
      let comma = index == ports.count - 1 ? "" : ","
      rows.append(
        Row(["\(padded(type, to: typeWidth)) \(port.net.name)\(comma)"], comment: port.comment))
    }
    return withComments(rows).map { "  " + $0 }
  }
}

extension Item {
  /// The item's lines, not indented.
  var lines: [String] {
    switch self {
    case .heading(let text): return text.map { "// \($0)" }
    case .wires(let definitions):
      let types = definitions.map { "wire" + $0.net.typeSuffix }
      return aligned(definitions, prefixes: types, sign: "=")
    case .declarations(let kind, let nets): return declarationLines(kind, nets)
    case .assignments(let definitions):
      return aligned(definitions, prefixes: definitions.map { _ in "assign" }, sign: "=")
    case .clocked(let block): return block.lines
    case .instance(let instance): return instance.lines
    case .function(let function): return function.lines
    case .elementFunction(let function): return function.lines
    case .readOnlyMemory(let memory): return memory.lines
    }
  }

  /// `reg signed [9:0]  a, b, c;`: a statement for each type, types in the order of appearance.
  private func declarationLines(_ kind: Kind, _ nets: [Net]) -> [String] {
    var types: [String] = []
    var names: [String: [String]] = [:]
    for net in nets {
      let type = kind.rawValue + net.typeSuffix
      if names[type] == nil { types.append(type) }
      names[type, default: []].append(net.name)
    }
    let width = types.map(\.utf8.count).max() ?? 0
    return types.flatMap { type -> [String] in
      let list = names[type] ?? []
      let pieces = list.enumerated().map { $1 + ($0 == list.count - 1 ? ";" : ",") }
      return wrapped(
        pieces, after: padded(type, to: width) + " ", hanging: width + 1)
    }
  }
}

extension ClockedBlock {
  var lines: [String] {
    var lines = ["always @(posedge \(clock.name)) begin"]
    lines += aligned(updates, prefixes: updates.map { _ in "" }, sign: "<=").map { "  " + $0 }
    let clearing = cleared.map { "\($0.name) <= \(Expression.zeros($0.width).text);" }
    if clearing.count == 1 {
      lines.append("  if (\(reset.name)) \(clearing[0])")
    } else if !clearing.isEmpty {
      lines.append("  if (\(reset.name)) begin")
      lines += clearing.map { "    " + $0 }
      lines.append("  end")
    }
    return lines + ["end"]
  }
}

extension Instance {
  var lines: [String] {
    var lines: [String] = []
    if parameters.isEmpty {
      lines.append("\(module) \(name) (")
    } else {
      let width = parameters.map(\.name.utf8.count).max() ?? 0
      lines.append("\(module) #(")
      lines += separated(parameters.map { ".\(padded($0.name, to: width)) (\($0.value))" })
      lines.append(") \(name) (")
    }
    let width = connections.map(\.port.utf8.count).max() ?? 0
    let texts = connections.enumerated().flatMap { index, connection -> [String] in
      let start = ".\(padded(connection.port, to: width)) ("
      var pieces = connection.value.pieces
      pieces[pieces.count - 1] += index == connections.count - 1 ? ")" : "),"
      return wrapped(pieces, after: start, hanging: width + 3, indent: 4)
    }
    return lines + texts.map { "  " + $0 } + [");"]
  }

  private func separated(_ items: [String]) -> [String] {
    items.enumerated().map { "  " + $1 + ($0 == items.count - 1 ? "" : ",") }
  }
}

extension TableFunction {
  var lines: [String] {
    func value(_ bits: UInt64) -> String {
      "\(name) = \(width)'h\(zeroPadded(String(bits, radix: 16), to: (width + 3) / 4));"
    }
    var lines = comment.map { "// \($0)" }
    let range = width > 1 ? " [\(width - 1):0]" : ""
    lines.append("function\(range) \(name);")
    lines.append("  input\(indexWidth > 1 ? " [\(indexWidth - 1):0]" : "") index;")
    lines.append("  case (index)")
    // Neighbours of one value share an arm.
    var arm = 0
    while arm < entries.count {
      var end = arm
      while end < entries.count && entries[end].value == entries[arm].value { end += 1 }
      var pieces = entries[arm..<end].map { entry in
        "\(indexWidth)'h\(zeroPadded(String(entry.index, radix: 16), to: (indexWidth + 3) / 4)),"
      }
      pieces[pieces.count - 1].removeLast()
      pieces[pieces.count - 1] += ": \(value(entries[arm].value))"
      lines += wrapped(pieces, after: "    ", hanging: 4)
      arm = end
    }
    lines.append("    default: \(value(otherwise))")
    return lines + ["  endcase", "endfunction"]
  }
}

extension ElementFunction {
  var lines: [String] {
    let loop = [
      "for (i = 0; i < \(count); i = i + 1)",
      "  \(element.target.text) = \(element.value.text);",
    ]
    var lines = [
      "function\(result.typeSuffix) \(result.name);",
      "  input\(argument.typeSuffix) \(argument.name);",
      "  integer i;",
    ]
    if hasPadding {
      lines += ["  begin", "    \(result.name) = \(Expression.zeros(result.width).text);"]
      lines += loop.map { "    " + $0 } + ["  end"]
    } else {
      lines += loop.map { "  " + $0 }
    }
    return lines + ["endfunction"]
  }
}

extension Net {
  /// ` signed [9:0]`, ` [7:0]`, or nothing for one bit.
  var typeSuffix: String {
    (isSigned ? " signed" : "") + (width > 1 ? " [\(width - 1):0]" : "")
  }
}

// MARK: - Layout

/// The lines of one statement and what is remarked behind the last.
private struct Row {
  var lines: [String]
  var comment: String?

  init(_ lines: [String], comment: String? = nil) {
    self.lines = lines
    self.comment = comment
  }
}

/// `prefix name = value;  // comment`, in columns.
private func aligned(_ definitions: [Definition], prefixes: [String], sign: String) -> [String] {
  let prefixWidth = prefixes.map(\.utf8.count).max() ?? 0
  let targets = definitions.map(\.target.text)
  // A few long names do not push everything to the right.
  let targetWidth = min(targets.map(\.utf8.count).max() ?? 0, 24)
  return withComments(
    definitions.indices.map { index in
      let definition = definitions[index]
      let start = prefixWidth == 0 ? "" : padded(prefixes[index], to: prefixWidth) + " "
      var pieces = definition.value.pieces
      pieces[pieces.count - 1] += ";"
      return Row(
        wrapped(
          pieces, after: start + padded(targets[index], to: targetWidth) + " \(sign) ",
          hanging: 4),
        comment: definition.comment)
    })
}

/// Comments in one column where they fit, else two blanks behind their line, else above it.
private func withComments(_ rows: [Row]) -> [String] {
  // Rows are indented by two columns.
  let limit = lineWidth - 2
  func fits(_ end: Int, _ comment: String) -> Bool { end + comment.utf8.count + 4 <= limit }
  let column =
    rows.compactMap { row -> Int? in
      guard let comment = row.comment, row.lines.count == 1, let last = row.lines.last else {
        return nil
      }
      let end = last.utf8.count
      return fits(end, comment) ? end : nil
    }.max() ?? 0
  return rows.flatMap { row -> [String] in
    guard let comment = row.comment, let last = row.lines.last else { return row.lines }
    let isAligned = row.lines.count == 1 && fits(column, comment) && last.utf8.count <= column
    let end = isAligned ? padded(last, to: column) : last
    if !fits(end.utf8.count, comment) { return ["// " + comment] + row.lines }
    return row.lines.dropLast() + [end + "  // " + comment]
  }
}

/// Fills lines with `pieces`; the first begins with `start`, later ones with `hanging` blanks.
private func wrapped(
  _ pieces: [String], after start: String, hanging: Int, indent: Int = 2
) -> [String] {
  let limit = lineWidth - indent
  var lines: [String] = []
  var line = start
  var isEmpty = true
  for piece in pieces {
    if !isEmpty && line.utf8.count + 1 + piece.utf8.count > limit {
      lines.append(line)
      line = String(repeating: " ", count: hanging) + piece
    } else {
      line += (isEmpty ? "" : " ") + piece
    }
    isEmpty = false
  }
  return lines + [line]
}

private func padded(_ text: String, to count: Int) -> String {
  text + String(repeating: " ", count: max(count - text.utf8.count, 0))
}
