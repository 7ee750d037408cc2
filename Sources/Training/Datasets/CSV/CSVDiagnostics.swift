// What can be wrong with a CSV file, with its line and column.

import Diagnostics

extension Diagnostic {
  static func csvEmpty(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "csv.empty", at: Location(file: file), "the CSV file has no samples",
      suggestion: "check that it is the file you mean")
  }

  static func csvQuote(_ file: String, line: Int) -> Diagnostic {
    Diagnostic(
      id: "csv.quote", at: Location(file: file, line: line),
      "a quoted cell does not end, or something follows its end",
      suggestion: "double the quotes inside quoted cells")
  }

  static func csvCell(_ file: String, line: Int, column: String, text: String) -> Diagnostic {
    Diagnostic(
      id: "csv.cell", at: Location(file: file, path: column, line: line),
      "'\(shortened(text))' is not a finite number",
      suggestion: "correct the cell, or leave the column out with skip=")
  }

  static func csvColumns(_ file: String, line: Int, found: Int, expected: Int) -> Diagnostic {
    Diagnostic(
      id: "csv.columns", at: Location(file: file, line: line),
      "the row has \(found) cells, not \(expected)",
      suggestion: "check the row, and delimiter= and header=")
  }

  static func csvNoFeatures(_ file: String, columns: Int) -> Diagnostic {
    Diagnostic(
      id: "csv.no-features", at: Location(file: file),
      "no column is left for features: there are \(columns)",
      suggestion: "check delimiter=, label= and skip=")
  }

  static func csvColumn(
    _ file: String, _ column: String, columns: Int, names: [String]?
  ) -> Diagnostic {
    Diagnostic(
      id: "csv.column", at: Location(file: file), "there is no column '\(column)'",
      notes: names.map { ["the columns are \(shortened($0.joined(separator: ", "), to: 400))"] }
        ?? ["the file has no header and \(columns) columns"],
      suggestion: "name a column of the header, first, last, or a number from 1")
  }

  static func csvLabel(_ file: String, line: Int, column: String, text: String) -> Diagnostic {
    Diagnostic(
      id: "csv.label", at: Location(file: file, path: column, line: line),
      "'\(shortened(text))' is not a class, which is a whole number or a name",
      suggestion: "say with label= which column holds the classes")
  }

  static func csvClasses(_ file: String, line: Int, column: String) -> Diagnostic {
    Diagnostic(
      id: "csv.classes", at: Location(file: file, path: column, line: line),
      "the column holds more than \(CSVSource.classLimit) different labels",
      suggestion: "say with label= which column holds the classes")
  }

  static func csvUnknownClass(
    _ file: String, line: Int, label: String, trainingFile: String
  ) -> Diagnostic {
    Diagnostic(
      id: "csv.unknown-class", at: Location(file: file, line: line),
      "no row of \(trainingFile) has the class '\(shortened(label))'",
      suggestion: "take both files from the same set")
  }

  static func csvHeaders(
    _ file: String, _ names: [String], trainingFile: String, _ others: [String]
  ) -> Diagnostic {
    let column = zip(names, others).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let difference =
      column.map { "column \($0 + 1) is '\(names[$0])' here, '\(others[$0])' there" }
      ?? "there are \(names.count) columns here, \(others.count) there"
    return Diagnostic(
      id: "csv.headers", at: Location(file: file, line: 1),
      "the header differs from that of \(trainingFile): \(difference)",
      suggestion: "take both files from the same set")
  }

  /// A cell may be as long as the file.
  private static func shortened(_ text: String, to length: Int = 40) -> String {
    text.count <= length ? text : text.prefix(length) + "…"
  }
}
