import FixedPoint
import Testing

@testable import DataflowIR

@Suite struct CostModelTests {
  /// Sums of a (u2f0), b (u3f1) and c (s2f0), with the adders they need.
  @Test(
    arguments: [
      ([(0, 0, false), (1, 3, false)], 0),  // a + 8·b: bits 0…1 and 2…4
      ([(1, 3, false), (0, 0, false)], 0),
      ([(0, 0, false), (1, 2, false)], 1),  // a + 4·b: bits 1…3 meet a
      ([(0, 0, true), (1, 3, false)], 1),
      ([(0, 0, false), (2, 2, false)], 1),  // c has a sign
      ([(0, 4, false)], 0), ([(0, 0, true)], 1),
      ([(0, 0, false), (1, 3, false), (0, 5, false)], 0),
      ([(0, 0, false), (1, 3, false), (0, 4, false)], 2),
    ] as [([(Int, Int, Bool)], Int)])
  func sumsOfDisjointBitsAreWires(terms: [(Int, Int, Bool)], adders: Int) {
    var graph = ScalarGraph()
    for (element, format) in [
      FixedFormat.unsigned(2, fraction: 0), .unsigned(3, fraction: 1), .signed(2, fraction: 0),
    ].enumerated() {
      graph.append(.input(channel: 0, element: element), interval: format.interval)
    }
    let sum = terms.map {
      ScalarTerm(ScalarValue.ID($0.0), shift: $0.1, isNegated: $0.2)
    }
    let all = Interval(low: -1000, high: 1000, fraction: 1)
    graph.outputs = [graph.append(.sum(sum), interval: all)]
    #expect(graph.cost.adders == adders)
  }
}
