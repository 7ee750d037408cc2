// What the user sees: results on stdout, diagnostics and progress on stderr.

import Diagnostics
import FileFormats
import Foundation

final class Console {
  /// Whether stdout gets one JSON object instead of text.
  let isJSON: Bool
  let isTerminal: Bool
  private var barIsShown = false

  init(isJSON: Bool) {
    self.isJSON = isJSON
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  /// Text for people; nothing when JSON is asked for.
  func print(_ text: String) {
    if !isJSON { write(text + "\n", to: .standardOutput) }
  }

  /// The command's result as JSON, when asked for.
  func json(_ value: JSONValue) {
    if isJSON { write(value.compact + "\n", to: .standardOutput) }
  }

  /// A line on stderr.
  func note(_ text: String) {
    clearBar()
    write(text + "\n", to: .standardError)
  }

  func report(_ diagnostic: Diagnostic) { note(diagnostic.rendered) }

  /// A bar that redraws itself on a terminal; `permanent` lines are also printed elsewhere.
  func progress(_ fraction: Double, _ text: String) {
    guard isTerminal else { return }
    let width = 24
    let filled = Int((Double(width) * min(max(fraction, 0), 1)).rounded())
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    write("\r\u{1B}[K\(bar) \(text)", to: .standardError)
    barIsShown = true
  }

  func clearBar() {
    if barIsShown { write("\r\u{1B}[K", to: .standardError) }
    barIsShown = false
  }

  private func write(_ text: String, to stream: FileHandle) {
    try? stream.write(contentsOf: Data(text.utf8))
  }
}

/// Columns of text, aligned left, or right where all cells below the header are numbers.
func table(_ rows: [[String]]) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  let areNumbers = (0..<columns).map { column in
    let cells = rows.dropFirst().compactMap { column < $0.count ? $0[column] : nil }
    return cells.contains { !$0.isEmpty } && cells.allSatisfy(\.isNumeric)
  }
  return rows.map { row in
    row.enumerated().map { column, cell in
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      return areNumbers[column] ? padding + cell : cell + padding
    }.joined(separator: "  ").trimmedRight
  }.joined(separator: "\n")
}

extension String {
  /// Whether this may stand in a column of numbers: `12`, `-0.5`, `97 %`, or nothing.
  fileprivate var isNumeric: Bool {
    let digits = hasSuffix(" %") ? dropLast(2) : self[...]
    return digits.allSatisfy { $0.isNumber || $0 == "." || $0 == "-" }
  }

  fileprivate var trimmedRight: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
