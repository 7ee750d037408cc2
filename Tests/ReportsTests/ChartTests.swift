import FixedPoint
import Foundation
import GraphIR
import Testing

@testable import Reports

@Suite struct ChartTests {
  private func count(_ part: String, _ text: String) -> Int {
    text.components(separatedBy: part).count - 1
  }

  @Test func missingPointsInterruptALine() {
    let chart = LineChart(
      label: "l", xLabel: "x", yLabel: "y",
      series: [
        .init(
          name: "a",
          points: [(1, 1), (2, 2), (3, nil), (4, .nan), (5, 1), (6, 2), (7, nil), (8, 3)])
      ])
    let text = chart.svg.text
    #expect(count("<path class=\"c1 line\"", text) == 2)
    // A point without neighbours is a dot.
    #expect(count("<circle", text) == 1)
  }

  @Test func seriesDifferInColourOrDashes() {
    #expect(Set((0..<LineChart.styleCount).map(LineChart.style)).count == LineChart.styleCount)
  }

  @Test func pointsAreWhereTheAxesSay() {
    let frame = PlotFrame(x: Axis(from: 0, to: 10), y: Axis(from: 0, to: 1))
    #expect(frame.place((0, 0)) == (frame.left, frame.bottom))
    let corner = frame.place((10, 1))
    #expect(abs(corner.0 - frame.right) < 1e-9 && abs(corner.1 - frame.top) < 1e-9)
  }

  @Test func valuesBeyondTheFormatStandOut() throws {
    let range = FormatRange(TensorFormat(.signed(3, fraction: 1)))
    let chart = HistogramChart(
      label: "l", xLabel: "weight", histogram: TensorHistogram([-3, -1, 1, 1.5, 4], step: 0.5),
      range: range)
    let text = chart.svg.text
    #expect(count("class=\"bar\"", text) == 3)
    #expect(count("class=\"bar outside\"", text) == 2)
    #expect(count("class=\"limit\"", text) == 2)
    // -2, -1.5 … 1.5
    #expect(count("class=\"step\"", text) == 8)
  }

  @Test func formatFarWiderThanTheDataDoesNotSquashTheBars() {
    let chart = HistogramChart(
      label: "l", xLabel: "weight", histogram: TensorHistogram([-0.5, 0.5], step: 0.25),
      range: FormatRange(TensorFormat(.signed(16, fraction: 2))))
    #expect(count("class=\"limit\"", chart.svg.text) == 0)
    #expect(count("class=\"band\"", chart.svg.text) == 1)
  }

  @Test func fewClassesHaveNumbersManyHavePixels() {
    func chart(_ classes: Int) -> String {
      let shares = (0..<classes).map { row in
        (0..<classes).map { $0 == row ? 0.9 : $0 == (row + 1) % classes ? 0.1 : 0 }
      }
      return ConfusionChart(
        label: "l", classNames: (0..<classes).map { "class \($0)" }, shares: shares,
        texts: shares.map { $0.map { "\($0)" } }
      ).svg.text
    }
    #expect(count("class=\"number", chart(10)) == 20)
    #expect(count("<image", chart(10)) == 0)
    #expect(count("class=\"number", chart(100)) == 0)
    #expect(count("<image", chart(100)) == 1)
    #expect(chart(100).utf8.count < 20_000)
  }

  @Test(arguments: [(0.0, "0"), (1.25, "1.3"), (-0.04, "0"), (-2.5, "-2.5"), (100, "100")])
  func coordinatesHaveOneDecimal(value: Double, text: String) {
    #expect(SVG.number(value) == text)
  }

  @Test func legendWrapsLongNames() {
    let names = (0..<10).map { Legend.Entry(name: "a rather long name \($0)", style: "c1 line") }
    #expect(Legend(names).rowCount == 5)
    let endless = (0..<4).map { _ in
      Legend.Entry(name: String(repeating: "x", count: 300), style: "c1 line")
    }
    #expect(Legend(endless).rowCount == 2)
  }

  @Test func longLegendsLeaveTheCurvesTheirRoom() {
    let series = (0..<10).map {
      LineChart.Series(name: "a rather long name \($0)", points: [(0, 0), (1, 1)])
    }
    let chart = LineChart(label: "l", xLabel: "x", yLabel: "y", series: series)
    #expect(chart.svg.height == 298)
  }

  /// Names that say nothing when shortened to the width of a column are numbered.
  @Test func longClassNamesAreNumbered() {
    func labels(_ names: [String]) -> [String] {
      let none = names.map { _ in names.map { _ in 0.0 } }
      let text = ConfusionChart(
        label: "l", classNames: names, shares: none, texts: none.map { $0.map { "\($0)" } }
      ).svg.text
      return text.matches(of: #/class="tick"[^>]*>([^<]*)</#).map { String($0.1) }
    }
    #expect(labels(["cat", "dog"]) == ["cat", "cat", "dog", "dog"])
    let long = (0..<10).map { "variety number \($0)" }
    #expect(labels(long).prefix(4) == ["0 variet…r 0", "0", "1 variet…r 1", "1"])
  }
}
