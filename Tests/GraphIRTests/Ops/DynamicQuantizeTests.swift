import Testing

@testable import GraphIR

@Suite struct DynamicQuantizeTests {
  @Test(arguments: [
    // 255 steps of 1/255 between 0 and 1; of 2/255 between -1 and 1, 0 being one of the points.
    (DynamicQuantize.Grid.asymmetric, [0.0, 0.5, 1], [0.0, 128.0 / 255, 1]),
    (.asymmetric, [-1, 0, 1], [-128.0 * 2 / 255, 0, 127.0 * 2 / 255]),
    (.asymmetric, [5, 5], [5, 5]), (.asymmetric, [0, 0], [0, 0]),
    (.symmetric, [-1, 0.5, 0.1], [-1, 64.0 / 127, 13.0 / 127]), (.symmetric, [0, 0], [0, 0]),
  ])
  func valuesLieOnTheGrid(grid: DynamicQuantize.Grid, x: [Double], expected: [Double]) {
    let op = DynamicQuantize(grid)
    for (value, other) in zip(numbers(op.evaluate([real(x)])), expected) {
      #expect(abs(value - other) < 1e-6, "\(value) for \(other)")
    }
    #expect(op.range([.real(shape: [2], bounds: nil)]) == .real(shape: [2], bounds: nil))
  }
}
