import FixedPoint
import SeededRandom
import Testing

@testable import GraphIR

@Suite struct IntegerSoftmaxTests {
  private func op(_ arithmetic: IntegerSoftmax.Arithmetic, scale: Float, beta: Float = 1)
    -> IntegerSoftmax
  {
    arithmetic == .q15
      ? IntegerSoftmax(
        arithmetic, scale: scale, beta: beta, outputScale: 1 / 32768,
        format: .signed(16, fraction: 0))
      : IntegerSoftmax(
        arithmetic, scale: scale, beta: beta, outputScale: 1 / 256,
        format: .unsigned(8, fraction: 0))
  }

  /// Every arithmetic is close to the real softmax; how close says how many bits it has.
  @Test(arguments: IntegerSoftmax.Arithmetic.allCases)
  func everyArithmeticIsCloseToTheRealSoftmax(arithmetic: IntegerSoftmax.Arithmetic) throws {
    var random = SeededRandom(seed: 17)
    let reach: ClosedRange<Int64> = arithmetic == .q15 ? -30000...30000 : -128...127
    for _ in 0..<200 {
      let scale = Float.random(in: 0.01...0.2, using: &random) * 127 / Float(reach.upperBound)
      let softmax = op(arithmetic, scale: scale, beta: 0.75)
      let integers = (0..<6).map { _ in Int64.random(in: reach, using: &random) }
      let x = fixed(integers, 0, shape: [2, 3])
      let expected = numbers(
        Softmax().evaluate([
          real(integers.map { Double($0) * Double(scale) * 0.75 }, shape: [2, 3])
        ]))
      let steps = arithmetic == .q15 ? 32768.0 : 256
      let tolerance = arithmetic == .q15 ? 12.0 : 0.51
      let result = numbers(softmax.evaluate([x]))
      for (value, probability) in zip(result, expected) {
        let exact = min(probability * steps, steps - 1)
        #expect(abs(value - exact) <= tolerance, "\(value) for \(exact)")
      }
      #expect(numbers(softmax.evaluate([.real(x.asReal)])) == result)
      #expect(
        try exact(softmax.range([.fixed(ranges([.signed(16, fraction: 0)], shape: [1]))])).intervals
          == [softmax.format.interval])
    }
  }

  /// 31 bits and float32 differ in the last bit now and then, but not more.
  @Test func theArithmeticsAreDifferentOnes() {
    var random = SeededRandom(seed: 18)
    var differences = 0
    for _ in 0..<3000 {
      let x = fixed((0..<4).map { _ in Int64.random(in: -60...60, using: &random) }, 0)
      let a = numbers(op(.float32, scale: 0.05).evaluate([x]))
      let b = numbers(op(.q31, scale: 0.05).evaluate([x]))
      for (p, q) in zip(a, b) where p != q {
        #expect(abs(p - q) == 1)
        differences += 1
      }
    }
    #expect(differences < 30)
  }

  @Test func whatMakesNoSenseIsRefused() {
    let s8 = FixedFormat.signed(8, fraction: 0)
    let cases: [(IntegerSoftmax, String)] = [
      (
        IntegerSoftmax(.q31, scale: 0, outputScale: 1, format: s8),
        "scale, beta and output scale are [0.0, 1.0, 1.0]"
      ),
      (
        IntegerSoftmax(.q31, scale: 1, outputScale: 1, format: .signed(8, fraction: 1)),
        "the format is s8f1; one of integers is expected"
      ),
    ]
    for (op, reason) in cases { #expect(refusal(op, [[2]]) == reason) }
  }
}
