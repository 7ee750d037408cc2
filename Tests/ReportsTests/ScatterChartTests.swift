import SeededRandom
import Testing

@testable import Reports

@Suite struct ScatterChartTests {
  @Test func frontIsWhatNoOtherPointBeats() {
    var random = SeededRandom(seed: 9)
    for _ in 0..<200 {
      let points = (0..<12).map { index in
        ScatterChart.Point(
          name: "\(index)", x: Double(Int.random(in: 1...6, using: &random)),
          y: Double(Int.random(in: 1...6, using: &random)),
          isReference: Int.random(in: 0...4, using: &random) == 0)
      }
      let front = ScatterChart.front(points)
      for (index, point) in points.enumerated() {
        let isBeaten = points.enumerated().contains { other, rival in
          other != index && !rival.isReference && rival.x <= point.x && rival.y >= point.y
            && (rival.x < point.x || rival.y > point.y || other < index)
        }
        #expect(front.contains(index) == (!point.isReference && !isBeaten))
      }
      #expect(front.map { points[$0].x } == front.map { points[$0].x }.sorted())
    }
  }

  @Test func emptyAndSinglePlotsAreDrawn() {
    for points in [[], [ScatterChart.Point(name: "a", x: 0, y: 0)]] {
      let chart = ScatterChart(label: "l", xLabel: "x", yLabel: "y", points: points)
      #expect(chart.svg.text.hasPrefix("<svg"))
    }
  }
}
