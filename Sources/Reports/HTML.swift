// How text gets into an HTML page safely, and how a table is spelled.

enum HTML {
  /// `text` for the inside of an element or of a quoted attribute. Control characters, which no
  /// page may hold, become U+FFFD; so do the marks that turn the direction of text around.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{202A}"..."\u{202E}",
        "\u{2066}"..."\u{2069}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A cell of a table; its text is not escaped yet.
  struct Cell {
    var text: String
    /// Refers to a note below the table.
    var note: Int?
    var isBest = false

    init(_ text: String, note: Int? = nil, isBest: Bool = false) {
      self.text = text
      self.note = note
      self.isBest = isBest
    }

    fileprivate var html: String {
      let text = HTML.escaped(self.text) + (note.map { "<sup>\($0)</sup>" } ?? "")
      return isBest ? "<b>\(text)</b>" : text
    }
  }

  /// A table with a caption, a header row, and a header cell at the start of each row.
  ///
  /// - Parameters:
  ///   - leading: how many columns hold words, aligned left; the others hold numbers.
  ///   - totals: how many of the last rows sum up the others.
  static func table(
    caption: String, header: [String], rows: [[Cell]], leading: Int = 1, totals: Int = 0
  ) -> String {
    var text = "<div class=\"scroll\"><table><caption>\(escaped(caption))</caption>\n<thead><tr>"
    for (column, name) in header.enumerated() {
      text += "<th scope=\"col\"\(kind(column, leading))>\(escaped(name))</th>"
    }
    text += "</tr></thead>\n<tbody>\n"
    for (index, row) in rows.enumerated() {
      text += index >= rows.count - totals ? "<tr class=\"total\">" : "<tr>"
      for (column, cell) in row.enumerated() {
        text +=
          column == 0
          ? "<th scope=\"row\"\(kind(column, leading))>\(cell.html)</th>"
          : "<td\(kind(column, leading))>\(cell.html)</td>"
      }
      text += "</tr>\n"
    }
    return text + "</tbody></table></div>\n"
  }

  /// A picture or chart with its caption.
  static func figure(_ content: String, caption: String, style: String = "") -> String {
    "<figure\(style.isEmpty ? "" : " class=\"\(style)\"")>\n\(content)<figcaption>"
      + escaped(caption) + "</figcaption></figure>\n"
  }

  private static func kind(_ column: Int, _ leading: Int) -> String {
    column < leading ? " class=\"word\"" : ""
  }
}

/// `bytes` in base 64 (RFC 4648) behind the prefix that makes them the address of a PNG picture.
func pngAddress(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(bytes.count / 3 * 4 + 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
    for digit in 0..<4 {
      text.append(
        digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
    }
  }
  return "data:image/png;base64," + String(decoding: text, as: UTF8.self)
}
