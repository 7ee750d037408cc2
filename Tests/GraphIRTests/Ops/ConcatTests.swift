import FixedPoint
import Testing

@testable import GraphIR

@Suite struct ConcatTests {
  @Test func operandsStandSideBySideInEveryRow() throws {
    #expect(try Concat().resultShape([[2, 1], [2, 3]]) == [2, 4])
    let result = Concat().evaluate([
      fixed([1, 2], 0, shape: [2, 1]), fixed([3, 4, 5, 6, 7, 8], 1, shape: [2, 3]),
    ])
    #expect(result == fixed([2, 3, 4, 5, 4, 6, 7, 8], 1, shape: [2, 4]))
    #expect(Concat().evaluate([fixed([1], 0), real([0.5])]) == real([1, 0.5]))
    #expect(Concat().evaluate([fixed([0], 9), fixed([1], -3)]) == fixed([0, 1], -3))
  }

  @Test func everyElementKeepsItsBounds() throws {
    let (a, b) = (ranges([.signed(4, fraction: 2)]), ranges([.unsigned(3, fraction: 5)]))
    let both = try exact(Concat().range([.fixed(a), .fixed(b)]))
    #expect(both.intervals == a.intervals + b.intervals && both.fraction == 5)
    #expect(
      Concat().range([.real(shape: [1], bounds: [0...1]), .fixed(a)])
        == .real(shape: [2], bounds: [0...1, -2...1.75]))
    #expect(
      Concat().range([.real(shape: [1], bounds: nil), .fixed(a)]) == .real(shape: [2], bounds: nil))
  }

  @Test func otherAxesMustAgree() {
    #expect(
      refusal(Concat(), [[2, 1], [3, 1]])
        == "shapes [2, 1] and [3, 1] differ in front of the last axis")
    #expect(refusal(Concat(), [[]]) == "an operand is a scalar")
  }

  @Test func demandsGoBackToTheirOperands() throws {
    let graph = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [2]}
          a = quantize(x) {format: s8f4, rounding: floor, overflow: wrap}
          c = concat(a, a)
          q = quantize(c) {format: [s4f2, s4f1, u0f0, s6f0], rounding: floor, overflow: wrap}
          return q
        }
        """)
    let demands = graph.inferDemands(
      shapes: try graph.inferShapes(), ranges: try graph.inferRanges())
    #expect(demands[1] == [Demand(low: -2, high: 2), Demand(low: -1, high: 6)])
  }
}
