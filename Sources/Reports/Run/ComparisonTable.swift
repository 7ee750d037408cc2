// Models side by side: a table of named values, and cost against accuracy.

import FileFormats

/// Rows of models, columns of values.
public struct ComparisonTable: Hashable, Sendable {
  /// Which values are good.
  public enum Preference: String, Hashable, Sendable {
    case higher, lower, neither
  }

  public struct Column: Hashable, Sendable {
    public var name: String
    /// E.g. `%`, `bits`; empty for a count.
    public var unit: String
    /// Decimals that are shown.
    public var digits: Int
    /// The best value of the column is set in bold.
    public var better: Preference

    public init(
      _ name: String, unit: String = "", digits: Int = 0, better: Preference = .neither
    ) {
      self.name = name
      self.unit = unit
      self.digits = digits
      self.better = better
    }
  }

  public enum Value: Hashable, Sendable {
    case number(Double)
    case text(String)
    /// There is no value, for a reason: `not synthesized`, `the paper does not say`.
    case missing(because: String)
  }

  public struct Row: Hashable, Sendable {
    public var model: String
    /// One per column.
    public var values: [Value]

    public init(_ model: String, _ values: [Value]) {
      self.model = model
      self.values = values
    }
  }

  public var columns: [Column]
  public var rows: [Row]

  public init(columns: [Column], rows: [Row]) {
    for row in rows {
      precondition(row.values.count == columns.count, "'\(row.model)': one value per column")
    }
    self.columns = columns
    self.rows = rows
  }

  /// The reasons for missing values, each once, in the order in which they first occur.
  var reasons: [String] {
    var reasons: [String] = []
    for case .missing(let reason) in rows.flatMap(\.values) where !reasons.contains(reason) {
      reasons.append(reason)
    }
    return reasons
  }

  /// The best number of a column; nil when there is no preference or nothing to compare.
  func best(_ column: Int) -> Double? {
    let numbers = rows.compactMap { row -> Double? in
      guard case .number(let number) = row.values[column], number.isFinite else { return nil }
      return number
    }
    guard numbers.count > 1 else { return nil }
    switch columns[column].better {
    case .higher: return numbers.max()
    case .lower: return numbers.min()
    case .neither: return nil
    }
  }

  var html: String {
    let reasons = self.reasons
    let cells = rows.map { row in
      [HTML.Cell(row.model)]
        + row.values.enumerated().map { index, value -> HTML.Cell in
          switch value {
          case .text(let text): HTML.Cell(text)
          case .number(let number):
            HTML.Cell(
              columns[index].digits == 0 && abs(number) < 1e15 && number.isFinite
                ? NumberText.grouped(Int(number.rounded()))
                : NumberText.fixed(number, columns[index].digits),
              isBest: best(index) == number)
          case .missing(let reason):
            HTML.Cell("–", note: reasons.firstIndex(of: reason)! + 1)
          }
        }
    }
    let header = ["model"] + columns.map { $0.unit.isEmpty ? $0.name : "\($0.name) [\($0.unit)]" }
    var text = HTML.table(
      caption: "Models compared; the best of a column is bold", header: header, rows: cells)
    if !reasons.isEmpty {
      let notes = reasons.enumerated().map { "<sup>\($0 + 1)</sup> \(HTML.escaped($1))" }
      text += "<p class=\"notes\">\(notes.joined(separator: "<br>\n"))</p>\n"
    }
    return text
  }

  public var json: JSONValue {
    .object(
      JSONObject([
        .init(
          "columns",
          .array(
            columns.map {
              [
                "name": .string($0.name), "unit": .string($0.unit),
                "better": .string($0.better.rawValue),
              ]
            })),
        .init(
          "rows",
          .array(
            rows.map { row in
              ["model": .string(row.model), "values": .array(row.values.map(\.json))]
            })),
      ]))
  }
}

extension ComparisonTable.Value {
  /// A number, a string, or `{"missing": reason}`.
  fileprivate var json: JSONValue {
    switch self {
    case .number(let number): .double(number)
    case .text(let text): .string(text)
    case .missing(let reason): ["missing": .string(reason)]
    }
  }
}

/// Cost against accuracy of several models.
public struct ParetoPlot: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    public var name: String
    public var cost: Double
    /// Share of correct predictions, 0 to 1.
    public var accuracy: Double
    /// A published or earlier result: drawn apart, and not part of the front.
    public var isReference: Bool

    public init(_ name: String, cost: Double, accuracy: Double, isReference: Bool = false) {
      self.name = name
      self.cost = cost
      self.accuracy = accuracy
      self.isReference = isReference
    }
  }

  /// What cost is, e.g. `LUT`, `adder bits`.
  public var costName: String
  public var points: [Point]

  public init(costName: String, points: [Point]) {
    self.costName = costName
    self.points = points
  }

  /// The points whose cost and accuracy can be drawn.
  private var finite: [Point] { points.filter { $0.cost.isFinite && $0.accuracy.isFinite } }

  private var marks: [ScatterChart.Point] {
    finite.map {
      .init(name: $0.name, x: $0.cost, y: $0.accuracy * 100, isReference: $0.isReference)
    }
  }

  /// Names of the models that no other of at most their cost equals or beats, cheapest first.
  public var front: [String] { ScatterChart.front(marks).map { finite[$0].name } }

  var html: String {
    let front = ScatterChart.front(marks)
    let names = self.front.joined(separator: ", ")
    let chart = ScatterChart(
      label:
        "Accuracy against \(costName) of \(finite.count) models. On the Pareto front: \(names).",
      xLabel: costName, yLabel: "accuracy [%]", points: marks)
    let rows = finite.enumerated().map { index, point in
      [
        HTML.Cell(point.name), HTML.Cell(NumberText.compact(point.cost)),
        HTML.Cell(NumberText.percent(point.accuracy)),
        HTML.Cell(
          point.isReference ? "reference" : front.contains(index) ? "on the front" : "dominated"),
      ]
    }
    return "<div class=\"grid\">\n"
      + HTML.figure(
        chart.svg.text,
        caption: "Accuracy against \(costName). No model that was tried lies above the line.",
        style: "wide")
      + "<figure>"
      + HTML.table(
        caption: "Points of the plot", header: ["model", costName, "accuracy", ""], rows: rows)
      + "</figure></div>\n"
  }

  public var json: JSONValue {
    [
      "cost": .string(costName),
      "points": .array(
        points.map {
          [
            "name": .string($0.name), "cost": .double($0.cost), "accuracy": .double($0.accuracy),
            "reference": .bool($0.isReference),
          ]
        }),
      "front": JSONValue(front),
    ]
  }
}
