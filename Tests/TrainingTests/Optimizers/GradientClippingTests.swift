// Bounds on gradients, against Keras, and as part of a step.

import Testing

@testable import NeuralNet
@testable import Training

struct GradientClippingTests {
  /// Keras 3.15 takes steps of these sizes for the gradients (3, 4) and (0, 12).
  @Test func factorsAreThoseOfKeras() {
    let squares = [25.0, 144]
    #expect(GradientClipping.norm(2.5).factors(squares: squares) == [0.5, 2.5 / 12])
    #expect(GradientClipping.globalNorm(6.5).factors(squares: squares) == [0.5, 0.5])
    #expect(GradientClipping.globalNorm(13).factors(squares: squares) == [1, 1])
    #expect(GradientClipping.value(1).factors(squares: squares) == [1, 1])
  }

  /// How far a step of plain gradient descent at rate 1 moves each parameter.
  private func moves(_ clipping: GradientClipping?, l2: Float = 0) throws -> [[Float]] {
    var stage = Stage(name: "a", epochs: 1, batch: 32, optimizer: .sgd(rate: 1), l2: l2)
    stage.clipping = clipping
    let recipe = tinyRecipe(stages: [stage])
    let network = try Network(
      NetworkSpec(
        inputShape: [4, 4], preprocessing: recipe.preprocessing, layers: recipe.layers))
    let start = network.initialParameters(seed: 1)
    let runner = StageRunner(
      network, stage, parameters: start, mask: PruningMask(parameterCount: start.count),
      dataset: tinyData().training)
    _ = runner.step((0..<32).map(Int32.init)[...], rate: 1, noise: 0)
    let end = runner.master.values
    return network.parameters.map { $0.range.map { start[$0] - end[$0] } }
  }

  private func norm(_ values: [Float]) -> Float {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func stepsAreBounded() throws {
    let free = try moves(nil)
    let byValue = try moves(.value(0.01))
    for (a, b) in zip(free.joined(), byValue.joined()) {
      #expect(abs(min(max(a, -0.01), 0.01) - b) < 1e-6)
    }
    let limit = norm(free[0]) / 2
    let byNorm = try moves(.norm(limit))
    for (a, b) in zip(free, byNorm) { #expect(abs(min(norm(a), limit) - norm(b)) < 1e-6) }
    let total = norm(Array(free.joined()))
    let together = try moves(.globalNorm(total / 4))
    for (a, b) in zip(free.joined(), together.joined()) { #expect(abs(a / 4 - b) < 1e-6) }
  }

  @Test func penaltiesAreClippedToo() throws {
    let (free, penalized) = (try moves(nil), try moves(nil, l2: 10))
    #expect(norm(penalized[0]) > 2 * norm(free[0]))
    #expect(penalized[1] == free[1])
    let clipped = try moves(.norm(0.1), l2: 10)
    #expect(abs(norm(clipped[0]) - 0.1) < 1e-6)
    let direction = norm(penalized[0])
    for (a, b) in zip(penalized[0], clipped[0]) { #expect(abs(a / direction * 0.1 - b) < 1e-6) }
  }
}
