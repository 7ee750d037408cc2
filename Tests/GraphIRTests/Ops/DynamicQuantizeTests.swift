import Testing

@testable import GraphIR

@Suite struct DynamicQuantizeTests {
  /// In steps of the grid: 1/255 between 0 and 1, 2/255 between -1 and 1, 1/127 of the magnitude.
  private static let cases: [(DynamicQuantize.Grid, [Double], [Double], Double)] = [
    (.asymmetric, [0, 0.5, 1], [0, 128, 255], 255),
    (.asymmetric, [-1, 0, 1], [-128, 0, 127], 127.5),
    (.asymmetric, [5, 5], [5, 5], 1),
    (.asymmetric, [0, 0], [0, 0], 1),
    (.symmetric, [-1, 0.5, 0.1], [-127, 64, 13], 127),
    (.symmetric, [0, 0], [0, 0], 1),
  ]

  @Test(arguments: cases)
  func valuesLieOnTheGrid(grid: DynamicQuantize.Grid, x: [Double], steps: [Double], perUnit: Double)
  {
    let op = DynamicQuantize(grid)
    for (value, other) in zip(numbers(op.evaluate([real(x)])), steps) {
      #expect(abs(value - other / perUnit) < 1e-6, "\(value) for \(other)")
    }
    #expect(op.range([.real(shape: [2], bounds: nil)]) == .real(shape: [2], bounds: nil))
  }
}
