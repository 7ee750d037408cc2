import FixedPoint
import Foundation
import Testing

@testable import GraphIR

@Suite struct ActivationsTests {
  private let x = fixed([-7, -1, 0, 1, 6], 2)
  private let numbersOfX = [-1.75, -0.25, 0, 0.25, 1.5]

  @Test func elementwiseOpsKeepTheShape() throws {
    let ops: [any OpDefinition] = [
      Relu(), LeakyRelu(alpha: 0.5), Sigmoid(), Tanh(), Softmax(),
    ]
    for op in ops {
      #expect(try op.resultShape([[2, 3]]) == [2, 3])
      #expect(op.evaluate([fixed([1, 2, 3, 4, 5, 6], 1, shape: [2, 3])]).shape == [2, 3])
    }
  }

  @Test func reluNeverNeedsASignBit() throws {
    #expect(numbers(Relu().evaluate([x])) == [0, 0, 0, 0.25, 1.5])
    #expect(numbers(Relu().evaluate([real(numbersOfX)])) == [0, 0, 0, 0.25, 1.5])
    let range = Relu().range([.fixed(ranges([.signed(4, fraction: 2), .unsigned(3, fraction: 0)]))])
    let result = try exact(range)
    #expect(
      result.intervals == [
        Interval(low: 0, high: 7, fraction: 2), Interval(low: 0, high: 7, fraction: 0),
      ])
  }

  @Test(
    arguments: [
      (0.25, [-0.4375, -0.0625, 0, 0.25, 1.5]), (0, [0, 0, 0, 0.25, 1.5]),
      (2, [-3.5, -0.5, 0, 0.25, 1.5]), (-0.5, [0.875, 0.125, 0, 0.25, 1.5]),
      (-3, [5.25, 0.75, 0, 0.25, 1.5]), (1, [-1.75, -0.25, 0, 0.25, 1.5]),
    ] as [(Float, [Double])])
  func leakyReluScalesNegativeNumbers(alpha: Float, expected: [Double]) {
    let op = LeakyRelu(alpha: alpha)
    #expect(numbers(op.evaluate([x])) == expected)
    #expect(numbers(op.evaluate([real(numbersOfX)])) == expected)
  }

  @Test func leakyReluTakesAlphaAsTheFloatItIs() {
    #expect(numbers(LeakyRelu(alpha: 0.1).evaluate([x]))[0] == -1.75 * Double(Float(0.1)))
  }

  @Test(
    arguments: [
      (0.25, -8, 28), (2, -64, 28), (-0.5, 0, 28), (-3, 0, 96), (0, 0, 28),
    ] as [(Float, Int128, Int128)])
  func leakyReluBoundsBothSlopes(alpha: Float, low: Int128, high: Int128) throws {
    let range = LeakyRelu(alpha: alpha).range([.fixed(ranges([.signed(4, fraction: 0)]))])
    let result = try exact(range)
    let interval = result.intervals[0].atFraction(2)
    #expect((interval.low, interval.high) == (low, high))
  }

  @Test func preluHasASlopePerChannel() throws {
    let x = fixed([-4, -4, 4, -1], 1, shape: [2, 2])
    let op = PRelu(alpha: [0.25, -3])
    #expect(numbers(op.evaluate([x])) == [-0.5, 6, 2, 1.5])
    #expect(numbers(op.evaluate([.real(x.asReal)])) == [-0.5, 6, 2, 1.5])
    #expect(PRelu(alpha: [0.5]).evaluate([x]) == LeakyRelu(alpha: 0.5).evaluate([x]))
    let range = try exact(
      op.range([.fixed(ranges([.signed(4, fraction: 0)], shape: [2, 2]))]))
    let (first, second) = (
      Interval(low: -8, high: 28, fraction: 2), Interval(low: 0, high: 24, fraction: 0)
    )
    #expect(range.intervals == [first, second, first, second])
    #expect(try op.resultShape([[5, 2]]) == [5, 2])
    #expect(refusal(op, [[2, 3]]) == "2 slopes for 3 channels")
    #expect(refusal(PRelu(alpha: []), [[2, 3]]) == "0 slopes for 3 channels")
    #expect(refusal(PRelu(alpha: [.infinity]), [[2, 3]]) == "a slope is inf")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func leakyReluRefusesSlopesThatAreNoNumbers(alpha: Float) {
    #expect(refusal(LeakyRelu(alpha: alpha), [[1]]) == "alpha is \(alpha)")
  }

  @Test(arguments: [Float.greatestFiniteMagnitude, 1e-38, -1e-38, .leastNonzeroMagnitude])
  func extremeSlopesAreTooWide(alpha: Float) throws {
    let range = LeakyRelu(alpha: alpha).range([.fixed(ranges([.signed(4, fraction: 0)]))])
    let result = try exact(range)
    #expect(result.format == nil)
  }

  @Test func sigmoidAndTanhAreTheRealFunctions() {
    for (index, number) in numbersOfX.enumerated() {
      let sigmoid = numbers(Sigmoid().evaluate([x]))[index]
      #expect(abs(sigmoid - (1 + Foundation.tanh(number / 2)) / 2) < 1e-15)
      let tanh = numbers(Tanh().evaluate([x]))[index]
      #expect(abs(tanh - (exp(number) - exp(-number)) / (exp(number) + exp(-number))) < 1e-15)
    }
    #expect(numbers(Sigmoid().evaluate([real([-1e300, 1e300])])) == [0, 1])
    #expect(numbers(Tanh().evaluate([real([-1e300, 1e300])])) == [-1, 1])
  }

  @Test func boundsOfSigmoidAndTanhAreTheirValuesAtTheBounds() {
    let operand = ValueRange.fixed(ranges([.signed(3, fraction: 1)]))
    for op in [Sigmoid(), Tanh()] as [any OpDefinition] {
      let ends = numbers(op.evaluate([fixed([-4, 3], 1)]))
      #expect(op.range([operand]) == .real(shape: [1], bounds: [ends[0]...ends[1]]))
    }
  }

  @Test func zeroHasABoundAtEveryStep() {
    let wide = ElementRanges(
      shape: [1], fraction: -2000, intervals: [Interval(low: 0, high: 3, fraction: -2000)])
    #expect(Sigmoid().range([.fixed(wide)]) == .real(shape: [1], bounds: [0.5...1]))
    #expect(numbers(fixed([0, 1], -2000)) == [0, .infinity])
  }

  @Test func softmaxRowsSumToOne() {
    let values = numbers(
      Softmax().evaluate([real([1, 2, 3, 1000, 1000, -1000], shape: [2, 3])]))
    let total = exp(1.0) + exp(2.0) + exp(3.0)
    #expect(abs(values[0] - exp(1.0) / total) < 1e-15)
    #expect(abs(values[0] + values[1] + values[2] - 1) < 1e-15)
    #expect(values[3...] == [0.5, 0.5, 0])
    #expect(
      Softmax().range([.real(shape: [2], bounds: nil)])
        == .real(shape: [2], bounds: [0...1, 0...1]))
  }
}
