// pad, crop, upsample, slice, transpose: where every element goes.

import FixedPoint
import Testing

@testable import GraphIR

@Suite struct RearrangementTests {
  // [2, 2, 2]: the second channel is the first times ten.
  private let plane = fixed([1, 10, 2, 20, 3, 30, 4, 40], 1, shape: [2, 2, 2])
  private let line = fixed([1, 2, 3], 1, shape: [3, 1])

  @Test func paddingIsZero() throws {
    let pad = Pad(padding: [1, 0, 0, 1])
    #expect(try pad.resultShape([[2, 2, 2]]) == [3, 3, 2])
    let expected = fixed(
      [0, 0, 0, 0, 0, 0, 1, 10, 2, 20, 0, 0, 3, 30, 4, 40, 0, 0], 1, shape: [3, 3, 2])
    #expect(pad.evaluate([plane]) == expected)
    #expect(pad.evaluate([.real(plane.asReal)]) == .real(expected.asReal))
    #expect(
      Pad(padding: [2, 1]).evaluate([line]) == fixed([0, 0, 1, 2, 3, 0], 1, shape: [6, 1]))
  }

  @Test func croppingTakesBothEnds() throws {
    #expect(try Crop(cropping: [1, 0, 0, 1]).resultShape([[2, 2, 2]]) == [1, 1, 2])
    #expect(
      Crop(cropping: [1, 0, 0, 1]).evaluate([plane]) == fixed([3, 30], 1, shape: [1, 1, 2]))
    #expect(Crop(cropping: [1, 1]).evaluate([line]) == fixed([2], 1, shape: [1, 1]))
  }

  @Test func upsamplingRepeats() throws {
    #expect(try Upsample(factors: [3, 2]).resultShape([[2, 2, 2]]) == [6, 4, 2])
    #expect(
      Upsample(factors: [1, 2]).evaluate([plane])
        == fixed(
          [1, 10, 1, 10, 2, 20, 2, 20, 3, 30, 3, 30, 4, 40, 4, 40], 1, shape: [2, 4, 2]))
    #expect(
      Upsample(factors: [2, 1]).evaluate([plane])
        == fixed(
          [1, 10, 2, 20, 1, 10, 2, 20, 3, 30, 4, 40, 3, 30, 4, 40], 1, shape: [4, 2, 2]))
    #expect(
      Upsample(factors: [2]).evaluate([line]) == fixed([1, 1, 2, 2, 3, 3], 1, shape: [6, 1]))
  }

  @Test func aSliceIsSomeChannels() throws {
    let x = fixed([1, 2, 3, 4, 5, 6], 0, shape: [2, 3])
    #expect(try Slice(begin: 1, count: 2).resultShape([[2, 3]]) == [2, 2])
    #expect(Slice(begin: 1, count: 2).evaluate([x]) == fixed([2, 3, 5, 6], 0, shape: [2, 2]))
    #expect(Slice(begin: 2, count: 1).evaluate([real([7, 8, 9])]) == real([9]))
  }

  @Test func axesTradePlaces() throws {
    let x = fixed((1...6).map { Int64($0) }, 0, shape: [2, 3])
    #expect(
      Transpose(permutation: [1, 0]).evaluate([x]) == fixed([1, 4, 2, 5, 3, 6], 0, shape: [3, 2]))
    #expect(Transpose(permutation: [0, 1]).evaluate([x]) == x)
    let op = Transpose(permutation: [2, 0, 1])
    #expect(try op.resultShape([[4, 3, 2]]) == [2, 4, 3])
    #expect(
      op.evaluate([plane]) == fixed([1, 2, 3, 4, 10, 20, 30, 40], 1, shape: [2, 2, 2]))
    #expect(
      Transpose(permutation: []).evaluate([fixed([5], 0, shape: [])]) == fixed([5], 0, shape: []))
  }

  @Test func everyElementKeepsItsRange() throws {
    let x = ranges([.signed(3, fraction: 1), .unsigned(2, fraction: 0)], shape: [2, 1])
    let padded = try exact(Pad(padding: [1, 0]).range([.fixed(x)]))
    #expect(padded.intervals == [.zero] + x.intervals)
    #expect(
      Pad(padding: [0, 1]).range([.real(shape: [1, 1], bounds: [2...3])])
        == .real(shape: [2, 1], bounds: [2...3, 0...0]))
    let transposed = try exact(Transpose(permutation: [1, 0]).range([.fixed(x)]))
    #expect(transposed.intervals == x.intervals && transposed.shape == [1, 2])
  }

  /// A constant operand is prepared once, and computes the same.
  @Test func preparedOpsComputeTheSame() {
    let ops: [any OpDefinition] = [
      Pad(padding: [1, 0, 2, 1]), Crop(cropping: [1, 0, 0, 0]), Upsample(factors: [2, 3]),
      Slice(begin: 1, count: 1), Transpose(permutation: [1, 2, 0]),
    ]
    for op in ops {
      #expect(op.prepared([nil], [plane.shape])([plane]) == op.evaluate([plane]), "\(op)")
    }
  }

  @Test func demandsGoBackToTheirElements() throws {
    let graph = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [3, 1]}
          a = quantize(x) {format: s8f4, rounding: floor, overflow: wrap}
          u = upsample(a) {factors: [2]}
          c = crop(u) {cropping: [1, 2]}
          q = quantize(c) {format: [s4f2, s4f1, u0f0], rounding: floor, overflow: wrap}
          return q
        }
        """)
    let demands = graph.inferDemands(
      shapes: try graph.inferShapes(), ranges: try graph.inferRanges())
    #expect(demands[1] == [Demand(low: -2, high: 2), Demand(low: -1, high: 3), .none])
  }

  @Test(
    arguments: [
      (Pad(padding: [1]), [3, 1], "1 padding for 1 spatial axis; expected 2"),
      (Pad(padding: [1, 1]), [3, 3, 1], "2 padding for 2 spatial axes; expected 4"),
      (Pad(padding: [1, -1]), [3, 1], "padding holds -1; 0 to 268435456 are possible"),
      (Pad(padding: [1, 1]), [3], "an input [L, C] or [H, W, C] is expected; got [3]"),
      (Crop(cropping: [2, 1]), [3, 1], "nothing is left of the 3 elements of axis 0"),
      (Upsample(factors: [0]), [3, 1], "factors holds 0; 1 to 268435456 are possible"),
      (Slice(begin: 2, count: 2), [3], "2 channels from 2 on are not among 3"),
      (Slice(begin: -1, count: 1), [3], "1 channels from -1 on are not among 3"),
      (Slice(begin: 1, count: Int.max), [3], "\(Int.max) channels from 1 on are not among 3"),
      (Slice(begin: 0, count: 1), [], "the input is a scalar"),
      (Transpose(permutation: [0, 0]), [3, 1], "[0, 0] is no order of the 2 axes of [3, 1]"),
    ] as [(any OpDefinition, Shape, String)])
  func whatDoesNotFitIsRefused(op: any OpDefinition, shape: Shape, reason: String) {
    #expect(refusal(op, [shape]) == reason)
  }
}
