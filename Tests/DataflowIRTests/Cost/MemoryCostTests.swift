import Testing

@testable import DataflowIR

@Suite struct MemoryCostTests {
  @Test(arguments: [
    (1, 16_384, 1), (1, 16_385, 2), (2, 8192, 1), (4, 4096, 1), (9, 2048, 1), (18, 1024, 1),
    (36, 512, 1), (36, 513, 2), (37, 512, 2), (40, 512, 2), (72, 512, 2), (10, 2048, 2),
    (9, 4096, 2), (18, 5000, 5), (64, 4096, 15), (8, 100, 1), (0, 100, 0), (8, 0, 0),
  ])
  func blocksArePackedByShape(width: Int, depth: Int, blocks: Int) {
    #expect(MemoryCost.blockRAMs(width: width, depth: depth) == blocks)
  }

  /// Never fewer than the bits need, never more than columns of one shape.
  @Test func packingIsBetweenItsBounds() {
    for width in 1...150 {
      for depth in [1, 511, 512, 700, 1024, 3000, 20_000] {
        let blocks = MemoryCost.blockRAMs(width: width, depth: depth)
        #expect(blocks * 18_432 >= width * depth)
        for (bits, words) in MemoryCost.shapes {
          #expect(blocks <= ((width + bits - 1) / bits) * ((depth + words - 1) / words))
        }
      }
    }
  }
}
