import FixedPoint
import Testing

@testable import GraphIR

@Suite struct DenseTests {
  @Test func theLastAxisBecomesTheOutputs() throws {
    #expect(try Dense().resultShape([[3], [3, 2]]) == [2])
    #expect(try Dense().resultShape([[5, 4, 3], [3, 2], [2]]) == [5, 4, 2])
  }

  @Test(
    arguments: [
      ([[], [3, 2]], "the input is a scalar"),
      ([[3], [6]], "weights [6] are not a matrix"),
      ([[4], [3, 2]], "weights have 3 rows, the input 4 channels"),
      ([[3], [3, 2], [3]], "bias [3] does not fit 2 outputs"),
      ([[3], [3, 2], [1, 2]], "bias [1, 2] does not fit 2 outputs"),
    ] as [([Shape], String)])
  func shapesThatDoNotFitAreRefused(shapes: [Shape], reason: String) {
    #expect(refusal(Dense(), shapes) == reason)
  }

  @Test func productsAndBiasAreExact() {
    // [3/4, -2]·[[5/8, -1/8], [1/8, 7/8]] + [1/16, 0] = [9/32, -59/32]
    let result = Dense().evaluate([
      fixed([3, -8], 2), fixed([5, -1, 1, 7], 3, shape: [2, 2]), fixed([1, 0], 4),
    ])
    #expect(numbers(result) == [9.0 / 32, -59.0 / 32])
  }

  @Test func everyRowOfAMatrixIsMultiplied() {
    let result = Dense().evaluate([
      fixed([1, 2, 3, 4], 0, shape: [2, 2]), fixed([1, 0, 10, -1], 0, shape: [2, 2]),
    ])
    #expect(result == fixed([21, -2, 43, -4], 0, shape: [2, 2]))
  }

  @Test func oneRealOperandMakesTheResultReal() {
    let operands = [[3.0], [0.5], [0.25]].map { real($0) }
    let exact = [fixed([3], 0), fixed([1], 1, shape: [1, 1]), fixed([1], 2)]
    for position in 0..<3 {
      var mixed = exact
      mixed[position] = position == 1 ? real([0.5], shape: [1, 1]) : operands[position]
      #expect(Dense().evaluate(mixed) == real([1.75]))
    }
  }

  @Test func boundsComeFromTheWeightsValues() throws {
    let range = Dense().range([
      .fixed(ranges([.unsigned(8, fraction: 8), .signed(4, fraction: 0)])),
      Constant(shape: [2, 2], fixed: [3, 0, -2, 0], format: TensorFormat(.signed(4, fraction: 1)))
        .range([]),
      Constant(shape: [2], fixed: [1, -5], format: TensorFormat(.signed(4, fraction: 3)))
        .range([]),
    ])
    let result = try exact(range)
    // 3/2·[0, 255/256] - [-8, 7] + 1/8, and the bias alone.
    #expect(
      result.intervals == [
        Interval(low: -(7 * 512) + 64, high: 255 * 3 + 8 * 512 + 64, fraction: 9),
        Interval(constant: -5, fraction: 3),
      ])
  }

  @Test func computedWeightsHaveBoundsToo() throws {
    let range = Dense().range([
      .fixed(ranges([.signed(3, fraction: 0)])),
      .fixed(ranges([.signed(4, fraction: 2)], shape: [1, 1])),
    ])
    let result = try exact(range)
    // [-4, 3] · [-2, 7/4]: the products of all bounds.
    #expect(result.intervals == [Interval(low: -28, high: 32, fraction: 2)])
  }

  @Test func sumsBeyondAllFormatsStayTooWide() throws {
    let wide = ranges([FixedFormat](repeating: .signed(62, fraction: 0), count: 40))
    let weights = ElementRanges(
      shape: [40, 1], fraction: 0,
      intervals: (0..<40).map { Interval(constant: ($0 % 2 == 0 ? 1 : -1) << 61, fraction: 0) })
    let result = try exact(Dense().range([.fixed(wide), .fixed(weights)]))
    #expect(result.format == nil)
  }

  @Test func aZeroOperandDoesNotLengthenTheOthers() {
    // 200·2^40: at the zero's fraction of 0 it would need 48 bits, with a weight of 2^20 too many.
    let result = Dense().evaluate([
      fixed([0], 0), fixed([1], -60, shape: [1, 1]), fixed([200], -60),
    ])
    #expect(result == fixed([200], -60))
    let other = Dense().evaluate([fixed([200], -50), fixed([1], 0, shape: [1, 1]), fixed([0], 13)])
    #expect(other == fixed([200], -50))
  }
}
