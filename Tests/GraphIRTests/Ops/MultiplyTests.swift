import FixedPoint
import Testing

@testable import GraphIR

@Suite struct MultiplyTests {
  @Test func oneNumberOrOneVectorMeetsEveryRow() throws {
    let x = fixed([1, 2, 3, -4], 1, shape: [2, 2])
    #expect(
      Multiply().evaluate([x, fixed([3, -5], 2)]) == fixed([3, -10, 9, 20], 3, shape: [2, 2]))
    #expect(
      Multiply().evaluate([x, fixed([-7], 0, shape: [])])
        == fixed([-7, -14, -21, 28], 1, shape: [2, 2]))
    #expect(Multiply().evaluate([x, x]) == fixed([1, 4, 9, 16], 2, shape: [2, 2]))
    #expect(
      Multiply().evaluate([x, real([0.5])]) == real([0.25, 0.5, 0.75, -1], shape: [2, 2]))
    #expect(try Multiply().resultShape([[2, 3], [3]]) == [2, 3])
    #expect(try Multiply().resultShape([[2, 3], []]) == [2, 3])
    #expect(try Add().resultShape([[2, 3], [1]]) == [2, 3])
    #expect(refusal(Multiply(), [[2, 3], [2]]) == "shapes [2, 3] and [2] differ")
    #expect(refusal(Multiply(), [[1], [2]]) == "shapes [1] and [2] differ")
  }

  @Test func boundsAreTheProductsOfBounds() throws {
    let x = ranges([.signed(4, fraction: 1), .unsigned(3, fraction: 0)])
    let factor = Constant(shape: [], fixed: [-6], format: TensorFormat(.signed(4, fraction: 2)))
    #expect(
      try exact(Multiply().range([.fixed(x), factor.range([])])).intervals == [
        Interval(low: -21, high: 24, fraction: 2), Interval(low: -21, high: 0, fraction: 1),
      ])
  }
}
