import SeededRandom
import Testing

@testable import Reports

@Suite struct AxisTests {
  private func labels(_ axis: Axis) -> [String] { axis.ticks.map(\.label) }

  @Test func ticksAreRoundNumbersAroundTheValues() {
    #expect(labels(Axis(covering: [0.03, 0.56])) == ["0.0", "0.2", "0.4", "0.6"])
    #expect(labels(Axis(covering: [83, 98])) == ["80", "85", "90", "95", "100"])
    #expect(labels(Axis(covering: [0, 1])) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(
      labels(Axis(covering: [-1, 0.97], target: 4)) == ["−1.0", "−0.5", "0.0", "0.5", "1.0"])
    #expect(labels(Axis(covering: [3, 9], includingZero: true)).first == "0")
    #expect(
      labels(Axis(covering: [0, 2], includingZero: true, isInteger: true)) == ["0", "1", "2"])
    #expect(labels(Axis(covering: [0, 45_000])).last == "50 k")
  }

  @Test func logarithmicTicksAreDecadesOrParts() {
    let rates = Axis(covering: [0.00006, 0.001], scale: .logarithmic)
    #expect(labels(rates) == ["5e−5", "0.0001", "0.0002", "0.0005", "0.001"])
    let costs = Axis(covering: [3_100, 5e6], scale: .logarithmic)
    #expect(labels(costs) == ["10 k", "100 k", "1 M"])
    #expect(costs.position(costs.low) == 0)
    #expect(abs(costs.position(costs.high) - 1) < 1e-12)
  }

  /// No values, one value, equal values, values that are no numbers, tiny and huge ones.
  @Test(arguments: [
    [], [0.0], [5, 5], [.nan, 1], [.infinity], [-3, -3], [1e-12, 2e-12], [1e12, 3e12], [0, 0],
  ])
  func everyRangeHasAnAxis(values: [Double]) {
    for axis in [
      Axis(covering: values), Axis(covering: values, includingZero: true),
      Axis(covering: values, scale: .logarithmic),
    ] {
      #expect(axis.low < axis.high)
      #expect((1...12).contains(axis.ticks.count))
      #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count)
    }
  }

  @Test func valuesLieInsideTheirAxis() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<500 {
      let scale = Double.random(in: -8...8, using: &random)
      let values = (0..<4).map { _ in
        Double.random(in: 0.1...1, using: &random)
          * Double(sign: .plus, exponent: Int(scale), significand: 1)
      }
      for axis in [Axis(covering: values), Axis(covering: values, scale: .logarithmic)] {
        for value in values { #expect((-1e-6...1 + 1e-6).contains(axis.position(value))) }
        #expect((2...10).contains(axis.ticks.count), "\(values) \(axis)")
      }
    }
  }
}
