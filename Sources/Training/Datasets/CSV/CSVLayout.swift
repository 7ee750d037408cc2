// Which column of a CSV file is what: delimiter, header, label, features.

import Diagnostics

/// What was found out about a CSV file from its first two records and the user's options.
struct CSVLayout {
  enum Role {
    case feature, label, skipped
  }

  var delimiter: UInt8
  /// Of each column; nil without a header.
  var names: [String]?
  var roles: [Role] = []
  /// Where the first record with numbers starts.
  var start: Int
  var startLine: Int

  var featureCount: Int { roles.count { $0 == .feature } }

  init(
    _ bytes: UnsafeBufferPointer<UInt8>, _ source: CSVSource, file: String
  ) throws(Diagnostic) {
    // Spreadsheets write a byte-order mark.
    let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    delimiter = source.delimiter?.byte ?? CSVLayout.guessDelimiter(bytes)
    var cursor = CSVCursor(bytes, delimiter: delimiter, position: mark)
    cursor.skipLineEnds()
    (start, startLine) = (cursor.position, cursor.line)
    let first = try CSVLayout.record(&cursor, file: file)
    cursor.skipLineEnds()
    let (secondStart, secondLine) = (cursor.position, cursor.line)
    let second: [String]? =
      secondStart < bytes.count ? try CSVLayout.record(&cursor, file: file) : nil

    if hasHeader(first, second, source) {
      guard let second else { throw .csvEmpty(file) }
      // One name less than columns: row names in the first column, as R writes them.
      let hasRowNames = second.count == first.count + 1
      names = hasRowNames ? [""] + first : first
      (start, startLine) = (secondStart, secondLine)
    }
    try assignRoles(names?.count ?? first.count, source, file: file)
    if let names, first.count < names.count { roles[0] = .skipped }
    guard featureCount > 0 else { throw .csvNoFeatures(file, columns: roles.count) }
  }

  /// A column as messages name it: `column 3 'Light'`.
  func columnText(_ index: Int) -> String {
    "column \(index + 1)" + (names.map { " '\($0[index])'" } ?? "")
  }

  private static func record(
    _ cursor: inout CSVCursor, file: String
  ) throws(Diagnostic) -> [String] {
    guard cursor.position < cursor.bytes.count else { throw .csvEmpty(file) }
    let line = cursor.line
    guard let cells = cursor.record() else { throw .csvQuote(file, line: line) }
    return cells
  }

  /// The first of `,`, `;` and tab in the first line, outside quotes.
  private static func guessDelimiter(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt8 {
    var isQuoted = false
    for byte in bytes {
      switch byte {
      case CSVCursor.quote: isQuoted.toggle()
      case UInt8(ascii: ","), UInt8(ascii: ";"), CSVCursor.tab: if !isQuoted { return byte }
      case CSVCursor.lineFeed: if !isQuoted { return UInt8(ascii: ",") }
      default: break
      }
    }
    return UInt8(ascii: ",")
  }

  /// A header is a first record without numbers, or one whose label is a word above a number.
  private func hasHeader(
    _ first: [String], _ second: [String]?, _ source: CSVSource
  ) -> Bool {
    if let header = source.hasHeader { return header }
    let isNumber = first.map { Double($0) != nil }
    if !isNumber.contains(true) { return true }
    guard let second, second.count == first.count,
      let label = labelIndex(source.label, first), first.indices.contains(label)
    else { return false }
    return !isNumber[label] && Double(second[label]) != nil
  }

  /// The column that `text` means: a name of `names`, `first`, `last`, or a number from 1.
  private func labelIndex(_ text: String, _ names: [String]?) -> Int? {
    if let index = names?.firstIndex(of: text) { return index }
    let count = names?.count ?? 0
    switch text {
    case "first": return 0
    case "last": return count - 1
    default: return Int(text).map { $0 - 1 }
    }
  }

  private mutating func assignRoles(
    _ count: Int, _ source: CSVSource, file: String
  ) throws(Diagnostic) {
    func index(_ column: String) throws(Diagnostic) -> Int {
      let columns = names ?? [String](repeating: "", count: count)
      guard let index = labelIndex(column, columns), (0..<count).contains(index) else {
        throw .csvColumn(file, column, columns: count, names: names)
      }
      return index
    }
    roles = [Role](repeating: .feature, count: count)
    for column in source.skipped { roles[try index(column)] = .skipped }
    roles[try index(source.label)] = .label
  }
}
