import FixedPoint
import Testing

@testable import GraphIR

@Suite struct ArgmaxTests {
  @Test func theLastAxisBecomesOne() throws {
    #expect(try Argmax().resultShape([[4, 3]]) == [4, 1])
    #expect(refusal(Argmax(), [[]]) == "the input is a scalar")
  }

  @Test(
    arguments: [
      ([3], 0), ([1, 2], 1), ([2, 1], 0), ([2, 2, 1], 0), ([1, 2, 2], 1), ([-3, -1, -2], 1),
      ([0, 0, 0, 0], 0),
    ] as [([Int64], Int64)])
  func theLowestIndexOfEqualsWins(values: [Int64], index: Int64) {
    #expect(Argmax().evaluate([fixed(values, 3)]) == fixed([index], 0))
    #expect(Argmax().evaluate([real(values.map(Double.init))]) == fixed([index], 0))
  }

  @Test func everyRowHasItsIndex() {
    #expect(
      Argmax().evaluate([fixed([1, 2, 4, 3], 0, shape: [2, 2])])
        == fixed([1, 0], 0, shape: [2, 1]))
  }

  @Test func theRangeIsTheIndices() throws {
    let range = try exact(Argmax().range([.real(shape: [2, 10], bounds: nil)]))
    #expect(range.shape == [2, 1])
    #expect(range.format == TensorFormat(.unsigned(4, fraction: 0)))
  }
}
