import FixedPoint
import Testing

@testable import GraphIR

@Suite struct BatchNormTests {
  private let parameters = [[1.5, -0.5], [0.25, 3], [0.5, -1], [4, 0.25]].map { real($0) }

  @Test func everyParameterHasOneEntryPerChannel() throws {
    let norm = BatchNorm()
    #expect(try norm.resultShape([[4, 2], [2], [2], [2], [2]]) == [4, 2])
    for (position, name) in ["gamma", "beta", "mean", "variance"].enumerated() {
      var shapes: [Shape] = [[4, 2], [2], [2], [2], [2]]
      shapes[position + 1] = [4]
      #expect(refusal(norm, shapes) == "\(name) [4] does not fit 2 channels")
    }
  }

  @Test func scaleAndOffsetAreExactOnExactOperands() {
    // scale = [3/4, -1], offset = [1/4 - 3/8, 3 - 1]
    let norm = BatchNorm(epsilon: 0)
    let x = fixed([3, -4, 8, 1], 2, shape: [2, 2])
    let expected: [Double] = [0.4375, 3, 1.375, 1.75]
    #expect(numbers(norm.evaluate([x] + parameters)) == expected)
    #expect(norm.evaluate([.real(x.asReal)] + parameters) == real(expected, shape: [2, 2]))
  }

  @Test func aScaleBeyondFloatCountsAsZero() {
    let norm = BatchNorm(epsilon: 0)
    let flat = [real([2]), real([0.5]), real([3]), real([0])]
    #expect(numbers(norm.evaluate([fixed([7], 1)] + flat)) == [0.5])
  }

  @Test func zerosDoNotLengthenTheOthers() {
    let norm = BatchNorm(epsilon: 0)
    let shift = [real([1]), real([0x1p60]), real([0]), real([1])]
    #expect(numbers(norm.evaluate([fixed([0], 0)] + shift)) == [0x1p60])
    let scale = [real([1]), real([0]), real([0]), real([1])]
    #expect(norm.evaluate([fixed([200], -60)] + scale) == fixed([200], -60))
  }

  private func problem(_ x: ValueRange, _ parameters: [[Double]], epsilon: Double = 0) -> String? {
    BatchNorm(epsilon: epsilon).problem(
      [x] + parameters.map { .real(shape: [1], bounds: $0.map { $0...$0 }) })
  }

  @Test func statisticsThatCannotBeAreReported() {
    let x = ValueRange.fixed(ranges([.signed(4, fraction: 0)]))
    #expect(problem(x, [[1], [0], [0], [1]]) == nil)
    #expect(problem(x, [[1], [0], [0], [-0.5]]) == "variance -0.5 of channel 0 is negative")
    #expect(problem(x, [[1], [0], [0], [-0.0001]], epsilon: 1e-3) == nil)
    #expect(
      problem(x, [[1], [3e38], [-3e38], [1]]) == "the offset of channel 0 is beyond float32")
    let unknown = ValueRange.real(shape: [1], bounds: nil)
    #expect(
      BatchNorm().problem([x, unknown, unknown, unknown, unknown]) == "gamma is not constant")
    #expect(
      BatchNorm().problem([x, x, unknown, unknown, unknown]) == "gamma is not constant")
    // In floating point anything goes.
    #expect(BatchNorm().problem([unknown, unknown, unknown, unknown, unknown]) == nil)
  }
}
