import FixedPoint
import Testing

@testable import GraphIR

@Suite struct AddTests {
  @Test func aVectorOfChannelsBroadcasts() throws {
    #expect(try Add().resultShape([[2, 3], [2, 3]]) == [2, 3])
    #expect(try Add().resultShape([[2, 3], [3]]) == [2, 3])
    #expect(refusal(Add(), [[3], [2, 3]]) == "shapes [3] and [2, 3] differ")
    #expect(refusal(Add(), [[2, 3], [2]]) == "shapes [2, 3] and [2] differ")
    #expect(
      Add().evaluate([fixed([1, 2, 3, 4], 0, shape: [2, 2]), fixed([10, -10], 0)])
        == fixed([11, -8, 13, -6], 0, shape: [2, 2]))
  }

  @Test func binaryPointsAreAligned() {
    #expect(numbers(Add().evaluate([fixed([3, -5], 3), fixed([7, 1], -2)])) == [28.375, 3.375])
    #expect(numbers(Add().evaluate([fixed([3], 3), real([0.1])])) == [0.375 + 0.1])
  }

  @Test func boundsAdd() throws {
    let range = Add().range([
      .fixed(ranges([.signed(3, fraction: 1), .unsigned(2, fraction: -2)])),
      .fixed(ranges([.unsigned(1, fraction: 3), .unsigned(0, fraction: 5)])),
    ])
    let result = try exact(range)
    #expect(
      result.intervals == [
        Interval(low: -16, high: 13, fraction: 3), Interval(low: 0, high: 3, fraction: -2),
      ])
  }

  @Test func aZeroOperandDoesNotLengthenTheOther() {
    #expect(Add().evaluate([fixed([0], 0), fixed([200], -60)]) == fixed([200], -60))
    #expect(Add().evaluate([fixed([3], -60), fixed([0], 20)]) == fixed([3], -60))
    #expect(Add().evaluate([fixed([0], 9), fixed([0], 20)]) == fixed([0], 0))
  }

  @Test(arguments: [100, 200, 1000])
  func stepsFarApartAreTooWide(distance: Int) throws {
    let range = Add().range([
      .fixed(ranges([.signed(8, fraction: 0)])), .fixed(ranges([.signed(8, fraction: distance)])),
    ])
    let result = try exact(range)
    #expect(result.format == nil)
  }
}
