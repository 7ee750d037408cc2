import FixedPoint
import Foundation
import Testing

@testable import GraphIR

@Suite struct HardActivationsTests {
  private let x = fixed([-70, -8, -1, 0, 3, 9, 26], 2)

  @Test(
    arguments: [
      (0, 6, [0, 0, 0, 0, 0.75, 2.25, 6]), (-1, 1, [-1, -1, -0.25, 0, 0.75, 1, 1]),
      (0.375, 0.5, [0.375, 0.375, 0.375, 0.375, 0.5, 0.5, 0.5]),
      (-100, 100, [-17.5, -2, -0.25, 0, 0.75, 2.25, 6.5]),
    ] as [(Float, Float, [Double])])
  func clipIsExact(low: Float, high: Float, expected: [Double]) throws {
    let op = Clip(low: low, high: high)
    #expect(numbers(op.evaluate([x])) == expected)
    #expect(numbers(op.evaluate([.real(x.asReal)])) == expected)
    let range = try exact(op.range([.fixed(ranges([.signed(8, fraction: 2)]))]))
    for value in expected {
      #expect(range.intervals[0].contains(Int64(value * 8), fraction: 3))
    }
  }

  @Test func clipEndsAtItsBounds() throws {
    let operand = ValueRange.fixed(
      ranges([.signed(4, fraction: 0), .unsigned(2, fraction: 1), .signed(6, fraction: 3)]))
    #expect(
      try exact(Clip(low: -1.5, high: 20).range([operand])).intervals == [
        Interval(low: -3, high: 14, fraction: 1), Interval(low: 0, high: 3, fraction: 1),
        Interval(low: -12, high: 31, fraction: 3),
      ])
    #expect(
      try exact(Clip(low: 9, high: 10).range([operand])).intervals
        == [Interval](repeating: Interval(constant: 9, fraction: 0), count: 3))
    #expect(
      Clip(low: 0, high: 1).range([.real(shape: [1], bounds: [-3...0.5])])
        == .real(shape: [1], bounds: [0...0.5]))
  }

  @Test func boundsAndSlopesMustBeSensible() {
    #expect(refusal(Clip(low: 1, high: 0), [[1]]) == "the bounds are 1.0 and 0.0")
    #expect(refusal(Clip(low: -.infinity, high: 0), [[1]]) == "the bounds are -inf and 0.0")
    #expect(refusal(Elu(alpha: -1), [[1]]) == "alpha is -1.0 and must not be negative")
    #expect(
      refusal(HardSigmoid(alpha: -1), [[1]])
        == "alpha is -1.0 and beta 0.5; alpha must not be negative")
  }

  @Test func hardSigmoidHasTheSlopeItIsGiven() {
    let points = real([-4, -2.5, 0, 1.5, 3])
    #expect(numbers(HardSigmoid(alpha: 0.2).evaluate([points])) == [0, 0, 0.5, 0.8, 1])
    #expect(numbers(HardSigmoid().evaluate([points])) == [0, 1.0 / 6 * -2.5 + 0.5, 0.5, 0.75, 1])
    #expect(
      HardSigmoid(alpha: 0.25).range([.fixed(ranges([.signed(3, fraction: 1)]))])
        == .real(shape: [1], bounds: [0...0.875]))
  }

  @Test func eluDecaysToMinusAlpha() {
    let values = numbers(Elu(alpha: 0.5).evaluate([real([-1000, -1, 0, 2])]))
    #expect(values[0] == -0.5 && values[2] == 0 && values[3] == 2)
    #expect(abs(values[1] - 0.5 * (exp(-1.0) - 1)) < 1e-15)
    #expect(
      Elu().range([.real(shape: [1], bounds: [-1000...4])]) == .real(shape: [1], bounds: [-1...4]))
  }
}
