// function: values at a few points, computed independently, and its ranges.

import FixedPoint
import Testing

@testable import GraphIR

@Suite struct FunctionTests {
  /// Values of NumPy, SciPy and PyTorch at -1.5, 0 and 2.
  @Test(
    arguments: [
      (.exp, 0, [0.22313016014843, 1, 7.38905609893065]),
      (.erf, 0, [-0.966105146475311, 0, 0.995322265018953]),
      (.sin, 0, [-0.997494986604054, 0, 0.909297426825682]),
      (.cos, 0, [0.0707372016677029, 1, -0.416146836547142]),
      (.sign, 0, [-1, 0, 1]), (.floor, 0, [-2, 0, 2]), (.ceil, 0, [-1, 0, 2]),
      (.round, 0, [-2, 0, 2]),
      (.power, 3, [-3.375, 0, 8]),
      (.softplus, 0, [0.201413277982752, 0.693147180559945, 2.12692801104297]),
      (.softsign, 0, [-0.6, 0, 0.666666666666667]),
      (.selu, 0, [-1.36581435336725, 0, 2.10140197471096]),
      (.celu, 2, [-1.05526689451797, 0, 2]),
      (.swish, 1, [-0.273638288009463, 0, 1.76159415595576]),
      (.hardSwish, 0, [-0.375, 0, 1.66666666666667]),
      (.gelu, 0, [-0.100210801907029, 0, 1.95449973610364]),
      (.geluTanh, 0, [-0.100428423, 0, 1.954597694]),
      (.mish, 0, [-0.298099742, 0, 1.943958960]),
      (.threshold, 1, [0, 0, 2]),
    ] as [(Function.Name, Float, [Double])])
  func valuesAtThreePoints(name: Function.Name, alpha: Float, expected: [Double]) {
    let y = numbers(Function(name, alpha: alpha).evaluate([real([-1.5, 0, 2])]))
    for (value, expected) in zip(y, expected) { #expect(abs(value - expected) < 2e-8, "\(name)") }
  }

  @Test(
    arguments: [
      (.log, 4, 1.38629436111989), (.sqrt, 2.25, 1.5), (.reciprocal, -4, -0.25),
    ] as [(Function.Name, Double, Double)])
  func functionsOfPartOfTheNumbers(name: Function.Name, x: Double, y: Double) {
    #expect(abs(Function(name).value(x) - y) < 1e-13)
  }

  @Test func everyNameHasAnArgument() throws {
    for name in Function.Name.allCases {
      let op = Op.function(Function(name, alpha: 1))
      let read = try Op(
        mnemonic: "function", attributes: op.definition.attributes, at: .init(path: "n"))
      #expect(read == op)
    }
  }

  /// Bounds hold what the function gives between them.
  @Test func rangesHoldTheValues() {
    for name in Function.Name.allCases {
      let op = Function(name, alpha: 0.5)
      let range = op.range([.real(shape: [1], bounds: [-3...2])])
      guard case .real(_, let bounds?) = range else { continue }
      for step in 0...50 {
        let value = op.value(-3 + 5 * Double(step) / 50)
        #expect(bounds[0].contains(value), "\(name)")
      }
    }
  }
}
