// reduce: what remains of the elements along axes.

import FixedPoint
import Testing

@testable import GraphIR

@Suite struct ReduceTests {
  private let x = fixed([1, -2, 3, 4, 5, -6], 1, shape: [2, 3])

  @Test func sumsAndExtremesAreExact() throws {
    #expect(Reduce(.sum, axes: [0]).evaluate([x]) == fixed([5, 3, -3], 1))
    #expect(Reduce(.sum, axes: [1]).evaluate([x]) == fixed([2, 3], 1))
    #expect(Reduce(.maximum, axes: [1]).evaluate([x]) == fixed([3, 5], 1))
    #expect(Reduce(.minimum, axes: [0, 1]).evaluate([x]) == fixed([-6], 1, shape: []))
    #expect(try Reduce(.sum, axes: [0, 2]).resultShape([[2, 3, 4]]) == [3])
  }

  @Test func meansAndProductsAreReal() {
    #expect(Reduce(.mean, axes: [1]).evaluate([x]) == real([1.0 / 3, 0.5]))
    #expect(Reduce(.product, axes: [0]).evaluate([x]) == real([1, -2.5, -4.5]))
    #expect(
      Reduce(.maximum, axes: [0]).evaluate([real([1, 4, 3, 2], shape: [2, 2])]) == real([3, 4]))
  }

  @Test func rangesAreThoseOfTheGroups() throws {
    let x = ranges([.signed(3, fraction: 1), .unsigned(2, fraction: 0)], shape: [2, 1])
    let sum = try exact(Reduce(.sum, axes: [0, 1]).range([.fixed(x)]))
    #expect(sum.intervals == [x.intervals[0] + x.intervals[1]])
    let largest = try exact(Reduce(.maximum, axes: [0]).range([.fixed(x)]))
    #expect(largest.intervals == [x.intervals[0].maximum(x.intervals[1])])
    let smallest = try exact(Reduce(.minimum, axes: [0]).range([.fixed(x)]))
    #expect(smallest.intervals == [x.intervals[0].minimum(x.intervals[1])])
    #expect(
      Reduce(.mean, axes: [0]).range([.fixed(x)]) == .real(shape: [1], bounds: nil))
  }

  @Test func aPreparedOneComputesTheSame() {
    for function in Reduce.Function.allCases {
      let op = Reduce(function, axes: [0])
      #expect(op.prepared([nil], [x.shape])([x]) == op.evaluate([x]))
    }
  }

  @Test func badAxesAreRefused() {
    for axes in [[], [2], [-1], [1, 0], [0, 0]] {
      #expect(
        refusal(Reduce(.sum, axes: axes), [[2, 3]])
          == "axes \(axes) are not ascending axes of [2, 3]")
    }
  }
}
