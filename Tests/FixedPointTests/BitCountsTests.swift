import FixedPoint
import Testing

@Suite struct BitCountsTests {
  @Test(arguments: [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (64, 6), (65, 7)])
  func ceilingLog2CountsWhatTellsThingsApart(_ count: Int, _ bits: Int) {
    #expect(ceilingLog2(count) == bits)
    #expect(indexWidth(count) == max(bits, 1))
  }

  @Test(arguments: [
    ([], 2), ([0], 2), ([-1], 2), ([1], 2), ([-2, 1], 2), ([2], 3), ([-3], 3), ([127, -128], 8),
    ([128], 9), ([-129, 5], 9), ([Int.max, Int.min], 64),
  ])
  func signedWidthHoldsAllIntegers(_ integers: [Int], _ width: Int) {
    #expect(FixedFormat.signedWidth(of: integers) == width)
  }
}
