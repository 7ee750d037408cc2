import Testing

@testable import Reports

@Suite struct SparsityMapTests {
  @Test func smallMatrixHasAPixelPerWeight() {
    // Two inputs, three outputs.
    let map = SparsityMap([1, 0, 0, 0, -2, 0], shape: [2, 3])
    #expect((map.picture.width, map.picture.height) == (2, 3))
    #expect(map.picture.bytes == [15, 0, 0, 15, 0, 0])
    #expect(map.text == "2 inputs (across) × 3 outputs (down)")
  }

  @Test func largeMatrixIsDownsampledAndLosesNoWeight() {
    let (inputs, outputs) = (1601, 30)
    var values = [Float](repeating: 0, count: inputs * outputs)
    values[1600 * outputs + 29] = 0.5
    let map = SparsityMap(values, shape: [inputs, outputs])
    #expect(map.block == (5, 1))
    #expect((map.picture.width, map.picture.height) == (321, 30))
    #expect(
      map.picture.bytes.enumerated().filter { $0.element > 0 }.map(\.offset) == [321 * 30 - 1])
    // The last block holds a single weight, which is left.
    #expect(map.picture.bytes.last == 15)
  }

  @Test func singleWeightOfALargeBlockIsSeen() {
    var values = [Float](repeating: 0, count: 8000 * 2)
    values[100 * 2] = -1
    let map = SparsityMap(values, shape: [8000, 2])
    #expect(map.block == (20, 1))
    #expect(map.picture.bytes.enumerated().filter { $0.element > 0 }.map(\.offset) == [5])
    #expect(map.picture.bytes[5] == 1)
  }

  @Test func kernelsAreMatricesOfTheirLastAxis() {
    let map = SparsityMap([Float](repeating: 1, count: 3 * 3 * 4 * 8), shape: [3, 3, 4, 8])
    #expect((map.inputs, map.outputs) == (36, 8))
  }
}
