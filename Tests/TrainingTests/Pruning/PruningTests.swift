// How much is pruned when, and that it stays pruned.

import Testing

@testable import NeuralNet
@testable import Training

struct PruningScheduleTests {
  @Test func followsThePolynomial() {
    let schedule = PruningSchedule(final: 0.5, end: 1000)
    let expected = [(0, 0.0), (100, 0.1355), (500, 0.4375), (900, 0.4995), (1000, 0.5)]
    for (step, sparsity) in expected {
      #expect(abs((schedule.sparsity(at: step, of: 9000) ?? -1) - sparsity) < 1e-12)
    }
    #expect(schedule.sparsity(at: 50, of: 9000) == nil)
    #expect(schedule.sparsity(at: 1100, of: 9000) == nil)
  }

  @Test func alwaysReachesItsEnd() {
    let schedule = PruningSchedule(final: 0.5, begin: 7, frequency: 100)
    #expect(schedule.sparsity(at: 0, of: 300) == nil)
    #expect(schedule.sparsity(at: 150, of: 300) == 0.5)
    #expect(PruningSchedule(final: 0.3, begin: 4, end: 4).sparsity(at: 4, of: 9) == 0.3)
  }
}

struct PruningMaskTests {
  private let kernel = Parameter(
    layer: "a", part: "kernel", role: .kernel, shape: [2, 3], offset: 0)
  private let bias = Parameter(layer: "a", part: "bias", role: .bias, shape: [3], offset: 16)

  @Test func dropsTheSmallestWeightsOfEachKernel() {
    var mask = PruningMask(parameterCount: 32)
    var values = [Float](repeating: 0, count: 32)
    values.replaceSubrange(0..<6, with: [0.5, -0.1, 0.1, -0.9, 0.2, 0.1])
    mask.prune([kernel, bias], values, sparsity: 0.5)
    // Of three equal magnitudes all go; biases stay although they are zero.
    #expect(Array(mask.factors[0..<6]) == [1, 0, 0, 1, 1, 0])
    #expect(mask.factors[16..<19].allSatisfy { $0 == 1 })
    #expect(mask.sparsity(of: [kernel, bias]) == 0.5)
  }

  @Test func whatIsPrunedStaysPruned() {
    var mask = PruningMask(parameterCount: 32)
    var values = [Float](repeating: 0, count: 32)
    values.replaceSubrange(0..<6, with: [1, 2, 3, 4, 5, 6])
    mask.prune([kernel], values, sparsity: 0.5)
    // Whatever became of them, and however little a later stage wants pruned.
    values.replaceSubrange(0..<6, with: [9, 9, 9, 4, 5, 6])
    mask.prune([kernel], values, sparsity: 0)
    #expect(Array(mask.factors[0..<6]) == [0, 0, 0, 1, 1, 1])
    mask.prune([kernel], values, sparsity: 4.0 / 6)
    #expect(Array(mask.factors[0..<6]) == [0, 0, 0, 0, 1, 1])
  }

  @Test func choosesTheFirstOfEqualWeights() {
    var mask = PruningMask(parameterCount: 32)
    mask.prune([kernel], [Float](repeating: 0.25, count: 32), sparsity: 1.0 / 3)
    #expect(Array(mask.factors[0..<6]) == [0, 0, 1, 1, 1, 1])
  }
}

struct PrunedTrainingTests {
  @Test func prunedWeightsAreExactlyZeroAndStaySoThroughLaterStages() throws {
    let recipe = tinyRecipe(stages: [
      Stage(
        name: "prune", epochs: 4, batch: 8,
        pruning: PruningSchedule(final: 0.5, frequency: 10)),
      Stage(name: "quantize", epochs: 2, batch: 8, quantization: tinyQuantization),
    ])
    let model = try train(recipe, on: tinyData())
    #expect(model.history.last?.sparsity == 0.5)
    for kernel in model.network.parameters where kernel.role == .kernel {
      let values = model.masterParameters[kernel.range]
      #expect(values.count { $0 == 0 } == kernel.count / 2)
    }
    #expect(model.sparsity >= 0.5)
    #expect(model.masterParameters.contains { $0 != 0 })
  }
}
