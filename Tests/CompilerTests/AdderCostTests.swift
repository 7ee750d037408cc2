// Adders as training counts them, and as the compiler builds them.

import Testing

@testable import Compiler

struct AdderCostTests {
  @Test(arguments: [
    ("one input for each output", [1, 0, 0, 1] as [Int64], [4, 4], 0...0),
    // The same sum twice is built once: a carry more than its operands.
    ("two equal outputs", [1, 1, 1, 1], [4, 4], 4...5),
    ("inputs without bits are not read", [3, 3, 5, 5], [0, 0], 0...0),
    ("two digits of one input", [3, 0, 0, 0], [4, 4], 4...6),
  ])
  func counts(name: String, matrix: [Int64], bits: [Int], expected: ClosedRange<Int>) {
    let count = AdderCost().adderBits(matrix, rows: 2, outputs: 2, inputBits: bits)
    #expect(expected.contains(count), "\(name): \(count)")
  }

  @Test func sharingSaves() {
    // Rows of the same digits share; with different ones they cannot.
    let equal = AdderCost().adderBits([5, 5, 5, 3, 3, 3], rows: 2, outputs: 3, inputBits: [6, 6])
    let single = AdderCost().adderBits([5, 3], rows: 2, outputs: 1, inputBits: [6, 6])
    #expect(equal == single)
  }
}
