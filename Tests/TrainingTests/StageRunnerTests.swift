// One step of training, in shards, against the whole batch at once.

import Testing

@testable import NeuralNet
@testable import Training

struct StageRunnerTests {
  /// A step of plain gradient descent at rate 1 moves parameters by the gradient of the mean loss.
  @Test(arguments: [64, 61, 3]) func addsTheGradientsOfAllShards(rows: Int) throws {
    let stage = Stage(
      name: "a", epochs: 1, batch: 64, optimizer: .sgd(rate: 1, momentum: 0, nesterov: false))
    let recipe = tinyRecipe(stages: [stage])
    let data = tinyData().training
    let network = try Network(
      NetworkSpec(
        inputShape: [4, 4], preprocessing: Preprocessing(scale: 0x1p-8), layers: recipe.layers))
    let parameters = network.initialParameters(seed: 1)
    let batch = (0..<rows).map { Int32(2 * $0) }

    let runner = StageRunner(
      network, stage, parameters: parameters, mask: PruningMask(parameterCount: parameters.count),
      dataset: data)
    let score = runner.step(batch[...], rate: 1, noise: 0)
    let moved = runner.master.values

    let single = BatchRun(network, capacity: rows, sharding: .none, isTraining: true)
    let buffer = RealBuffer(parameters)
    single.load(labels: batch.map { data.labels[Int($0)] }) { _, target in
      InputEncoder(network).encode(data, batch[...], into: target)
    }
    single.forward(buffer, noise: (0, 0))
    let whole = single.backward(buffer, Objective())
    let gradients = single.gradients.values

    #expect(abs(score.loss - whole.loss) < 1e-4)
    #expect(score.samples == rows && score.correct == whole.correct)
    for parameter in network.parameters {
      for index in parameter.range {
        #expect(abs(moved[index] - (parameters[index] - gradients[index])) < 1e-5)
      }
    }
  }

  @Test func quantizedParametersStayInRangeAndOnTheirGrid() throws {
    let stage = Stage(
      name: "a", epochs: 1, batch: 16, optimizer: .sgd(rate: 50, momentum: 0, nesterov: false))
    let recipe = tinyRecipe(stages: [stage])
    let network = try Network(
      NetworkSpec(
        inputShape: [4, 4], preprocessing: Preprocessing(scale: 0x1p-8), layers: recipe.layers),
      quantization: tinyQuantization)
    let runner = StageRunner(
      network, stage, parameters: network.initialParameters(seed: 1),
      mask: PruningMask(parameterCount: network.parameterCount), dataset: tinyData().training)
    _ = runner.step((0..<16).map(Int32.init)[...], rate: 50, noise: 0)
    // s6f4: -2 … 1.9375.
    #expect(runner.master.values.allSatisfy { (-2...1.9375).contains($0) })
    #expect(runner.master.values.contains(-2) || runner.master.values.contains(1.9375))
    #expect(runner.effective.values == network.quantized(runner.master.values))
    #expect(runner.effective.values.allSatisfy { ($0 * 16).rounded() == $0 * 16 })
  }
}
