// subtract, minimum, maximum; what they share with add is tested there.

import FixedPoint
import Testing

@testable import GraphIR

@Suite struct ArithmeticTests {
  private let x = fixed([1, 2, 3, -4], 1, shape: [2, 2])

  @Test func theSecondOperandBroadcasts() throws {
    #expect(
      Subtract().evaluate([x, fixed([3, -5], 2)]) == fixed([-1, 9, 3, -3], 2, shape: [2, 2]))
    #expect(
      Minimum().evaluate([x, fixed([3, -5], 2)]) == fixed([2, -5, 3, -8], 2, shape: [2, 2]))
    #expect(
      Maximum().evaluate([x, fixed([3, -5], 2)]) == fixed([3, 4, 6, -5], 2, shape: [2, 2]))
    let operations: [any OpDefinition] = [Subtract(), Minimum(), Maximum()]
    for op in operations {
      #expect(try op.resultShape([[2, 3], [3]]) == [2, 3])
      #expect(try op.resultShape([[2, 3], []]) == [2, 3])
      #expect(refusal(op, [[3], [2, 3]]) == "shapes [3] and [2, 3] differ")
      let exact = op.evaluate([x, fixed([1], 0, shape: [])])
      #expect(op.evaluate([.real(x.asReal), fixed([1], 0, shape: [])]) == .real(exact.asReal))
    }
  }

  @Test func boundsAreThoseOfTheOperation() throws {
    let a = ValueRange.fixed(ranges([.signed(4, fraction: 1), .unsigned(3, fraction: 0)]))
    let b = Constant(shape: [], fixed: [3], format: TensorFormat(.signed(4, fraction: 2)))
      .range([])
    #expect(
      try exact(Subtract().range([a, b])).intervals == [
        Interval(low: -19, high: 11, fraction: 2), Interval(low: -3, high: 25, fraction: 2),
      ])
    #expect(
      try exact(Minimum().range([a, b])).intervals == [
        Interval(low: -16, high: 3, fraction: 2), Interval(low: 0, high: 3, fraction: 2),
      ])
    #expect(
      try exact(Maximum().range([a, b])).intervals == [
        Interval(low: 3, high: 14, fraction: 2), Interval(low: 3, high: 28, fraction: 2),
      ])
  }

  /// The result has few bits; the comparison would need more than there are.
  @Test func operandsTooFarApartAreRefused() throws {
    for op in ["minimum", "maximum"] {
      let graph = try Graph(
        parsing: """
          graph far {
            x = input() {shape: [1]}
            a = constant() {shape: [1], format: s41f0, values: [-1000000000000]}
            b = quantize(x) {format: u1f40, rounding: floor, overflow: saturate}
            y = \(op)(a, b)
            return y
          }
          """)
      do {
        _ = try graph.inferRanges()
        Issue.record("\(op) was accepted")
      } catch { #expect(error.id == "graph.too-wide" && error.location.path == "y") }
    }
  }

  /// Partial results may wrap where the difference itself is small.
  @Test func longOperandsMayCancel() throws {
    let (a, b) = (fixed([1 << 60], 0), fixed([(1 << 62) - 3], 2))
    #expect(Subtract().evaluate([a, b]) == fixed([3], 2))
    #expect(Add().evaluate([a, fixed([-(1 << 62) + 3], 2)]) == fixed([3], 2))
  }

  @Test func demandsOfAComparisonAreWhole() throws {
    let graph = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [2]}
          a = quantize(x) {format: s8f4, rounding: floor, overflow: wrap}
          b = quantize(x) {format: s6f2, rounding: floor, overflow: wrap}
          d = subtract(a, b)
          m = minimum(a, b)
          p = quantize(d) {format: [s4f2, u0f0], rounding: floor, overflow: wrap}
          q = quantize(m) {format: [u0f0, s4f1], rounding: floor, overflow: wrap}
          return p, q
        }
        """)
    let demands = graph.inferDemands(
      shapes: try graph.inferShapes(), ranges: try graph.inferRanges())
    let low = Demand(low: -Demand.unbounded, high: 2)
    #expect(demands[1] == [low, .all])
    #expect(demands[2] == [low, .all])
  }
}
