// The comparison for a terminal.

extension ComparisonTable {
  /// The table turned around, which suits few models with many values: a header of models, then a row
  /// per value; below it the reasons for values that are missing.
  public var textRows: [[String]] {
    var lines = [[""] + rows.map(\.model)]
    for (index, column) in columns.enumerated() {
      let name = column.unit.isEmpty ? column.name : "\(column.name) [\(column.unit)]"
      lines.append([name] + rows.map { text($0.values[index], column) })
    }
    return lines
  }

  /// `[1] no hardware: …`, one line per reason.
  public var textNotes: [String] {
    reasons.enumerated().map { "[\($0 + 1)] \($1)" }
  }

  private func text(_ value: Value, _ column: Column) -> String {
    switch value {
    case .text(let text): text
    case .number(let number):
      column.digits == 0
        ? NumberText.grouped(Int(number.rounded())) : NumberText.fixed(number, column.digits)
    case .missing(let reason): "- [\(reasons.firstIndex(of: reason)! + 1)]"
    }
  }
}
