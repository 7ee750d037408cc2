import Foundation
import Testing

@testable import Reports

@Suite struct ComparisonTableTests {
  @Test func everyMissingValueSaysWhy() {
    let html = SyntheticRun.comparison.html
    #expect(html.contains("<td>–<sup>1</sup></td>"))
    #expect(html.contains("<sup>1</sup> floating point does not compile"))
    // One note for two values of one reason.
    #expect(html.components(separatedBy: "<sup>2</sup></td>").count == 3)
    #expect(html.components(separatedBy: "not stated in the paper").count == 2)
  }

  @Test func bestIsBoldWhereThereIsAPreference() {
    let html = SyntheticRun.comparison.html
    #expect(html.contains("<b>98.12</b>"))
    #expect(html.contains("<b>5\u{202F}120</b>"))
    #expect(html.contains("<b>11</b>"))
    #expect(html.components(separatedBy: "<b>").count == 4)
  }

  @Test func aloneNothingIsBest() {
    let table = ComparisonTable(
      columns: [.init("accuracy", better: .higher)], rows: [.init("a", [.number(1)])])
    #expect(table.best(0) == nil)
  }

  @Test func jsonKeepsReasons() {
    let table = ComparisonTable(
      columns: [.init("LUT", better: .lower)],
      rows: [.init("a", [.missing(because: "not synthesized")]), .init("b", [.number(3)])])
    #expect(
      table.json.compact
        == #"{"columns":[{"name":"LUT","unit":"","better":"lower"}],"rows":["#
        + #"{"model":"a","values":[{"missing":"not synthesized"}]},{"model":"b","values":[3.0]}]}"#)
  }

  @Test func frontOfThePlotLeavesReferencesOut() {
    #expect(SyntheticRun.pareto.front == ["2 bits", "3 bits", "4 bits", "6 bits", "8 bits"])
    var plot = SyntheticRun.pareto
    plot.points.append(.init("broken", cost: .infinity, accuracy: 2))
    #expect(plot.front == SyntheticRun.pareto.front)
  }
}
