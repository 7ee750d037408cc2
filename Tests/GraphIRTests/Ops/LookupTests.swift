import FixedPoint
import SeededRandom
import Testing

@testable import GraphIR

@Suite struct LookupTests {
  private let formats = TensorFormat(
    repeating: [.signed(2, fraction: 0), .unsigned(1, fraction: -1), .signed(2, fraction: 1)])

  @Test func bitsAreTheIndex() throws {
    let op = Lookup(arity: 1, reads: [0, 2], format: formats)
    let tables = fixed(
      [10, 11, 12, 13, 20, 21, 22, 23, 100, 200, 300, 400, 1, 2, 3, 4], 1, shape: [2, 2, 4])
    #expect(try op.resultShape([[3], tables.shape]) == [2])
    // x = [-2, 0, 0.5]: indices 2 and 1. x = [-1, 2, -1]: 3 and 2.
    #expect(op.evaluate([fixed([-4, 0, 1], 1), tables]) == fixed([212, 24], 1))
    #expect(op.evaluate([fixed([-1, 2, -1], 0), tables]) == fixed([313, 26], 1))
    #expect(op.evaluate([real([-1, 2, -1]), tables]) == real([156.5, 13]))
    #expect(op.evaluate([fixed([-1, 2, -1], 0), .real(tables.asReal)]) == real([156.5, 13]))
  }

  @Test func theFirstOfTwoElementsIsInTheLowBits() {
    let op = Lookup(arity: 2, reads: [1, 0, 2, 2], format: formats)
    let tables = fixed((0..<32).map { Int64($0) }, 0, shape: [2, 1, 16])
    // Element 1 has one bit, element 0 two: 1 + 2 · 3; element 2 twice: 2 + 4 · 2.
    #expect(op.evaluate([fixed([-1, 2, -1], 0), tables]) == fixed([7 + 16 + 10], 0))
  }

  @Test(
    arguments: [
      (
        Lookup(arity: 1, reads: [0], format: TensorFormat(.signed(2, fraction: 0))),
        [[2, 1], [1, 1, 4]],
        "the input [2, 1] is not a vector"
      ),
      (
        Lookup(arity: 1, reads: [0], format: TensorFormat(.signed(2, fraction: 0))),
        [[2], [1, 4]],
        "tables [1, 4] are not [groups, outputs, entries]"
      ),
      (
        Lookup(arity: 3, reads: [0], format: TensorFormat(.signed(2, fraction: 0))),
        [[2], [1, 1, 4]],
        "arity 3 is neither 1 nor 2"
      ),
      (
        Lookup(arity: 2, reads: [0], format: TensorFormat(.signed(2, fraction: 0))),
        [[2], [1, 1, 4]],
        "1 reads for 1 groups of arity 2"
      ),
      (
        Lookup(arity: 1, reads: [2], format: TensorFormat(.signed(2, fraction: 0))),
        [[2], [1, 1, 4]],
        "there is no element 2 of 2"
      ),
      (
        Lookup(arity: 1, reads: [-1], format: TensorFormat(.signed(2, fraction: 0))),
        [[2], [1, 1, 4]],
        "there is no element -1 of 2"
      ),
      (
        Lookup(arity: 1, reads: [0], format: TensorFormat(.signed(2, fraction: 0))),
        [[2], [1, 1, 8]],
        "tables have 8 entries; indices of 2 bits need 4"
      ),
      (
        Lookup(arity: 2, reads: [0, 1], format: TensorFormat(.signed(7, fraction: 0))),
        [[2], [1, 1, 16384]], "an index has 14 bits; at most 12 are possible"
      ),
    ] as [(Lookup, [Shape], String)])
  func whatDoesNotFitIsRefused(op: Lookup, shapes: [Shape], reason: String) {
    #expect(refusal(op, shapes) == reason)
  }

  /// Against every operand there is, one by one.
  @Test func boundsAreThoseOfTheReachableEntries() throws {
    var random = SeededRandom(seed: 31)
    for _ in 0..<60 {
      let x = ElementRanges(
        shape: [2], fraction: 1,
        intervals: [
          Interval(low: -1, high: 1, fraction: 0),
          Interval(low: Int128.random(in: -4...0, using: &random), high: 2, fraction: 1),
        ])
      let formats = TensorFormat(repeating: [.signed(2, fraction: 0), .signed(3, fraction: 1)])
      for op in [
        Lookup(arity: 1, reads: [1], format: formats),
        Lookup(arity: 1, reads: [0, 1], format: formats),
        Lookup(arity: 2, reads: [0, 1], format: formats),
        Lookup(arity: 2, reads: [1, 1], format: formats),
      ] {
        let groups = op.reads.count / op.tableArity
        let entries = 1 << (0..<groups).map(op.indexBits).max()!
        let tables = Constant(
          shape: [groups, 2, entries],
          fixed: (0..<groups * 2 * entries).map { _ in Int64.random(in: -99...99, using: &random) },
          format: TensorFormat(.signed(8, fraction: 3)))
        let range = try exact(op.range([.fixed(x), tables.range([])]))
        var results: [[Int64]] = [[], []]
        for a in -1...1 {
          for b in Int64(x.intervals[1].low)...2 {
            let value = op.evaluate([fixed([Int64(2 * a), b], 1), tables.value])
            #expect(range.contains(value))
            for o in 0..<2 { results[o].append(Int64(numbers(value)[o] * 8)) }
          }
        }
        for o in 0..<2 {
          let interval = range.intervals[o].atFraction(3)
          #expect(interval.low == Int128(results[o].min()!))
          #expect(interval.high == Int128(results[o].max()!))
        }
      }
    }
  }
}
