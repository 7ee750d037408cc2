// gather and dilate: where every element goes.

import Testing

@testable import GraphIR

@Suite struct GatheringTests {
  private let x = fixed([1, 2, 3, 4, 5, 6], 1, shape: [2, 3])

  @Test func indicesChooseAlongAnAxis() throws {
    #expect(
      Gather(axis: 1, indices: [2, 0]).evaluate([x]) == fixed([3, 1, 6, 4], 1, shape: [2, 2]))
    #expect(
      Gather(axis: 0, indices: [1, 1, 0]).evaluate([x])
        == fixed([4, 5, 6, 4, 5, 6, 1, 2, 3], 1, shape: [3, 3]))
    #expect(try Gather(axis: 1, indices: [0]).resultShape([[2, 3, 4]]) == [2, 1, 4])
  }

  @Test func zerosStandBetweenTheElements() throws {
    let line = fixed([1, 2, 3], 0, shape: [3, 1])
    #expect(
      Dilate(factors: [2]).evaluate([line]) == fixed([1, 0, 2, 0, 3], 0, shape: [5, 1]))
    let plane = fixed([1, 2, 3, 4], 0, shape: [2, 2, 1])
    #expect(
      Dilate(factors: [1, 3]).evaluate([plane])
        == fixed([1, 0, 0, 2, 3, 0, 0, 4], 0, shape: [2, 4, 1]))
    #expect(try Dilate(factors: [2, 1]).resultShape([[3, 2, 5]]) == [5, 2, 5])
  }

  @Test func preparedOpsComputeTheSame() {
    let gather = Gather(axis: 1, indices: [2, 2])
    #expect(gather.prepared([nil], [x.shape])([x]) == gather.evaluate([x]))
    let dilate = Dilate(factors: [3])
    #expect(dilate.prepared([nil], [x.shape])([x]) == dilate.evaluate([x]))
  }

  @Test(
    arguments: [
      (Gather(axis: 2, indices: [0]), [2, 3], "there is no axis 2 in [2, 3]"),
      (Gather(axis: 0, indices: []), [2, 3], "no indices"),
      (
        Gather(axis: 1, indices: [0, 3]), [2, 3],
        "index 3 is not below the extent 3 of axis 1"
      ),
      (Dilate(factors: [2]), [3, 3, 1], "1 factors for 2 spatial axes; expected 2"),
      (Dilate(factors: [0]), [3, 1], "factors holds 0; 1 to 268435456 are possible"),
    ] as [(any OpDefinition, Shape, String)])
  func badAttributesAreRefused(op: any OpDefinition, shape: Shape, reason: String) {
    #expect(refusal(op, [shape]) == reason)
  }
}
