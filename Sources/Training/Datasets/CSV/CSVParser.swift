// How the records of a CSV file become features and labels.

import Diagnostics

/// The contents of one CSV file; labels are still text.
struct CSVTable {
  var layout: CSVLayout
  /// Row by row, `layout.featureCount` each.
  var features: [Float] = []
  /// Of each row, an index into `labels`.
  var rowLabels: [Int32] = []
  /// In the order of their first rows, whose lines are in `labelLines`.
  var labels: [String] = []
  var labelLines: [Int] = []

  /// Parses `bytes`, the unpacked contents of `file`.
  init(_ bytes: [UInt8], _ source: CSVSource, file: String) throws(Diagnostic) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(Diagnostic) -> CSVTable in
      let layout = try CSVLayout(bytes, source, file: file)
      var parser = CSVParser(bytes, layout, file: file)
      try parser.parse()
      return parser.table
    }
  }

  fileprivate init(layout: CSVLayout) { self.layout = layout }
}

/// Goes through the records once, on bytes: 100 MB take about a second.
private struct CSVParser {
  var table: CSVTable
  private var cursor: CSVCursor
  private let file: String
  private var labelIndices: [String: Int32] = [:]

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ layout: CSVLayout, file: String) {
    table = CSVTable(layout: layout)
    cursor = CSVCursor(
      bytes, delimiter: layout.delimiter, position: layout.start, line: layout.startLine)
    self.file = file
  }

  mutating func parse() throws(Diagnostic) {
    let roles = table.layout.roles
    while cursor.position < cursor.bytes.count {
      let (start, line) = (cursor.position, cursor.line)
      cursor.skipBlanks()
      for column in roles.indices {
        switch roles[column] {
        case .feature:
          guard parseFeature() else { throw badCell(column, start, line) }
        case .label: try parseLabel(column)
        case .skipped:
          guard cursor.cell() != nil else { throw .csvQuote(file, line: line) }
        }
        let isLast = column == roles.count - 1
        switch cursor.separator() {
        case .nextCell where !isLast, .endOfRecord where isLast: continue
        case .nextCell, .endOfRecord, .garbage: throw badCell(column, start, line)
        }
      }
      cursor.skipLineEnds()
    }
  }

  /// False when there is no finite number here.
  @inline(__always) private mutating func parseFeature() -> Bool {
    cursor.skipBlanks()
    guard let number = cursor.number() else { return false }
    let value = Float(number)
    guard value.isFinite else { return false }
    table.features.append(value)
    return true
  }

  private mutating func parseLabel(_ column: Int) throws(Diagnostic) {
    let line = cursor.line
    guard let text = cursor.cell() else { throw .csvQuote(file, line: line) }
    if let index = labelIndices[text] {
      table.rowLabels.append(index)
      return
    }
    guard !text.isEmpty else {
      throw .csvLabel(file, line: line, column: table.layout.columnText(column), text: text)
    }
    guard table.labels.count < CSVSource.classLimit else {
      throw .csvClasses(file, line: line, column: table.layout.columnText(column))
    }
    let index = Int32(table.labels.count)
    labelIndices[text] = index
    table.labels.append(text)
    table.labelLines.append(line)
    table.rowLabels.append(index)
  }

  /// What is wrong with the record at `start`, of which the cell in `column` cannot be read: another
  /// number of cells explains more than the first cell that is out of place.
  private func badCell(_ column: Int, _ start: Int, _ line: Int) -> Diagnostic {
    let roles = table.layout.roles
    var record = CSVCursor(
      cursor.bytes, delimiter: table.layout.delimiter, position: start, line: line)
    guard let cells = record.record() else { return .csvQuote(file, line: line) }
    guard cells.count == roles.count else {
      return .csvColumns(file, line: line, found: cells.count, expected: roles.count)
    }
    return .csvCell(
      file, line: line, column: table.layout.columnText(column), text: cells[column])
  }
}
