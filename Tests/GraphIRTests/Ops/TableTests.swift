import Diagnostics
import FixedPoint
import Testing

@testable import GraphIR

@Suite struct TableTests {
  private let squares = Table(
    of: .signed(3, fraction: 0), to: .unsigned(5, fraction: 2), { $0 * $0 })

  @Test func valuesAreLookedUp() {
    #expect(
      squares
        == Table(
          first: -4, values: [16, 9, 4, 1, 0, 1, 4, 9], format: .unsigned(5, fraction: 2)))
    #expect(numbers(squares.evaluate([fixed([-4, 3, 0], 0)])) == [4, 2.25, 0])
    // Even numbers at the coarsest fraction that holds them.
    #expect(numbers(squares.evaluate([fixed([-2, 1], -1)])) == [4, 1])
    #expect(numbers(squares.evaluate([real([-4, 2.5, -77])])) == [4, 1, 4])
  }

  @Test(arguments: [
    (Interval(low: -1, high: 3, fraction: 0), Interval(low: 0, high: 9, fraction: 2)),
    (Interval(low: 1, high: 2, fraction: 0), Interval(low: 1, high: 4, fraction: 2)),
    // -4, -2, 0, 2 only.
    (Interval(low: -2, high: -1, fraction: -1), Interval(low: 4, high: 16, fraction: 2)),
    (Interval(low: 2, high: 2, fraction: 0), Interval(low: 1, high: 1, fraction: 0)),
  ])
  func theRangeIsThatOfReachableValues(operand: Interval, result: Interval) throws {
    let x = ElementRanges(shape: [1], fraction: operand.fraction, intervals: [operand])
    #expect(try exact(squares.range([.fixed(x)])).intervals == [result])
  }

  @Test func aRealOperandCanReachEverything() throws {
    let range = try exact(squares.range([.real(shape: [2], bounds: nil)]))
    #expect(
      range.intervals == [Interval](repeating: Interval(low: 0, high: 16, fraction: 2), count: 2))
  }

  @Test func whatMakesNoSenseIsRefused() {
    let format = FixedFormat.signed(3, fraction: 0)
    let cases: [(Table, String)] = [
      (
        Table(first: 0, values: [], format: format),
        "one format and 1 to 65536 values are expected; there are 0"
      ),
      (Table(first: 0, values: [1, 7], format: format), "value 1, 7, is outside s3f0"),
      (
        Table(first: 1 << 50, values: [1], format: format), "the first operand is \(1 << 50)"
      ),
    ]
    for (op, reason) in cases { #expect(refusal(op, [[2]]) == reason) }
  }

  @Test func operandsOutsideAreRefused() throws {
    for (format, isRefused) in [("s3f0", true), ("u2f0", false), ("u2f1", true)] {
      let graph = try Graph(
        parsing: """
          graph g {
            x = input() {shape: [1]}
            q = quantize(x) {format: \(format), rounding: floor, overflow: saturate}
            y = table(q) {format: u4f0, values: [3, 1, 4, 1]}
            return y
          }

          """)
      do {
        _ = try graph.inferRanges()
        #expect(!isRefused)
      } catch {
        #expect(isRefused)
        #expect(error.id == "graph.bad-table")
      }
    }
  }
}
