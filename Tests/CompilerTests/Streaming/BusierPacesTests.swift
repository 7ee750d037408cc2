import DataflowIR
import GraphIR
import Lowering
import Planning
import Testing

@testable import Compiler

/// Where the default pace leaves multipliers idle, slower ones are tried.
@Suite struct BusierPacesTests {
  /// 25 positions, each 5 x 9 products.
  private static let text = """
    graph net {
      x = input() {shape: [10, 10, 1]}
      x_q = quantize(x) {format: u4f4, rounding: floor, overflow: saturate}
      w = constant() {shape: [3, 3, 1, 5], format: s4f3, values: [\((0..<45).map { "\($0 % 7 + 1)" }.joined(separator: ", "))]}
      conv = conv(x_q, w) {strides: [2, 2], padding: [1, 1, 1, 1]}
      conv_q = quantize(conv) {format: u6f3, rounding: half-even, overflow: saturate}
      return conv_q
    }

    """

  @Test(arguments: [(3, 5, 100, [125]), (1, 9, 125, []), (5, 9, 25, []), (2, 9, 75, [])])
  func pacesFitTheLargestEngine(_ pe: Int, _ simd: Int, _ interval: Int, _ paces: [Int]) throws {
    let layers = try StreamLowering.layerShapes(try Graph(parsing: Self.text))
    var candidate = Candidate(
      style: .folded, pe: pe, simd: simd, cycles: interval, resources: .zero)
    candidate.usefulProducts = 25 * 45
    let plan = Plan(
      objective: Objective(interval: interval, part: Resources(lut: 1)),
      layers: [Plan.Layer(name: layers[0].name, candidate: candidate)])
    #expect(plan.busierPaces(layers, from: interval) == paces)
  }
}
