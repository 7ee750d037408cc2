import FixedPoint
import Testing

@testable import GraphIR

@Suite struct PoolingTests {
  // 3 × 3, two channels: the second is the first times -10.
  private let plane = fixed(
    (1...9).flatMap { [Int64($0), Int64($0) * -10] }, 1, shape: [3, 3, 2])

  @Test func windowsStepByTheirSizeUnlessToldOtherwise() throws {
    let pool = MaxPool(PoolWindow(size: [2, 2]))
    #expect(try pool.resultShape([[5, 4, 3]]) == [2, 2, 3])
    #expect(
      try MaxPool(PoolWindow(size: [2], strides: [1])).resultShape([[5, 3]]) == [4, 3])
    #expect(
      pool.attributes == MaxPool(PoolWindow(size: [2, 2], strides: [2, 2])).attributes)
  }

  @Test func paddingIsNeverTheLargest() {
    let pool = MaxPool(PoolWindow(size: [2, 2], padding: [0, 1, 0, 1]))
    let expected = fixed([5, -10, 6, -30, 8, -70, 9, -90], 1, shape: [2, 2, 2])
    #expect(pool.evaluate([plane]) == expected)
    #expect(
      pool.evaluate([.real(plane.asReal)]) == .real(expected.asReal))
  }

  @Test func meansDoNotCountPadding() {
    let window = PoolWindow(size: [2, 2], padding: [0, 1, 0, 1])
    let result = AveragePool(window).evaluate([plane])
    #expect(numbers(result) == [1.5, -15, 2.25, -22.5, 3.75, -37.5, 4.5, -45])
    #expect(numbers(AveragePool(window).evaluate([.real(plane.asReal)])) == numbers(result))
    #expect(
      SumPool(window).evaluate([plane])
        == fixed([12, -120, 9, -90, 15, -150, 9, -90], 1, shape: [2, 2, 2]))
  }

  @Test func globalPoolsGiveOneNumberPerChannel() throws {
    #expect(try GlobalMaxPool().resultShape([[3, 3, 2]]) == [2])
    #expect(try GlobalAveragePool().resultShape([[7, 4]]) == [4])
    #expect(GlobalMaxPool().evaluate([plane]) == fixed([9, -10], 1))
    #expect(GlobalAveragePool().evaluate([.real(plane.asReal)]) == real([2.5, -25]))
    #expect(
      numbers(GlobalAveragePool().evaluate([fixed([1, 2, 3, 5], 0, shape: [4, 1])])) == [2.75])
    for op in [GlobalMaxPool(), GlobalAveragePool()] as [any OpDefinition] {
      #expect(refusal(op, [[4]]) == "an input [L, C] or [H, W, C] is expected; got [4]")
    }
  }

  @Test func boundsAreThoseOfTheElementsUnderTheWindow() throws {
    let x = ElementRanges(
      shape: [4, 1], fraction: 2,
      intervals: [
        Interval(low: -8, high: 7, fraction: 2), Interval(low: 0, high: 3, fraction: 0),
        Interval(low: -6, high: -5, fraction: 1), .zero,
      ])
    let window = PoolWindow(size: [2])
    #expect(
      try exact(MaxPool(window).range([.fixed(x)])).intervals == [
        Interval(low: 0, high: 12, fraction: 2), .zero.atFraction(1),
      ])
    #expect(
      try exact(SumPool(window).range([.fixed(x)])).intervals == [
        Interval(low: -8, high: 19, fraction: 2), Interval(low: -6, high: -5, fraction: 1),
      ])
    #expect(
      try exact(AveragePool(window).range([.fixed(x)])).intervals == [
        Interval(low: -8, high: 19, fraction: 3), Interval(low: -6, high: -5, fraction: 2),
      ])
    #expect(
      try exact(GlobalMaxPool().range([.fixed(x)])).intervals == [
        Interval(low: 0, high: 12, fraction: 2)
      ])
    let bounds = ValueRange.real(shape: [2, 1], bounds: [-1...3, 0...2])
    #expect(MaxPool(window).range([bounds]) == .real(shape: [1, 1], bounds: [0...3]))
    #expect(SumPool(window).range([bounds]) == .real(shape: [1, 1], bounds: nil))
  }

  @Test func windowsInThePaddingAreRefused() {
    let window = PoolWindow(size: [2], padding: [2, 0])
    let ops: [any OpDefinition] = [MaxPool(window), SumPool(window), AveragePool(window)]
    for op in ops {
      #expect(refusal(op, [[4, 1]]) == "a window of 2 can lie in the padding altogether")
    }
  }
}
