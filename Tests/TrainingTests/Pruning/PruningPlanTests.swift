// From what a recipe asks for to groups of a network's parameters.

import Testing

@testable import NeuralNet
@testable import Training

/// fc1 (with a batch normalization behind it), fc2 and scores.
private func network() throws -> Network {
  try Network(
    NetworkSpec(
      inputShape: [4], preprocessing: Preprocessing(),
      layers: [
        .dense("fc1", units: 4), LayerSpec("norm", .batchNorm(BatchNormSpec())), .relu("relu1"),
        .dense("fc2", units: 6), .relu("relu2"), .dense("scores", units: 3),
      ]))
}

private func pools(_ spec: PruningSpec) throws -> [String] {
  try PruningPlan(spec, network()).pools.map { pool in
    pool.kernels.map { "\($0.parameter.layer) \($0.groupCount)" }.joined(separator: " + ")
      + " to \(pool.final)"
  }
}

struct PruningPlanTests {
  @Test func everyKernelIsPrunedOnItsOwnOrAllTogether() throws {
    #expect(
      try pools(PruningSpec(.constant(final: 0.5)))
        == ["fc1 16 to 0.5", "fc2 24 to 0.5", "scores 18 to 0.5"])
    #expect(
      try pools(PruningSpec(.constant(final: 0.5), scope: .global))
        == ["fc1 16 + fc2 24 + scores 18 to 0.5"])
  }

  @Test func layersMayDifferOrStayOut() throws {
    let overrides = [
      PruningSpec.LayerOverride(layer: "fc1", final: 0.8),
      PruningSpec.LayerOverride(layer: "fc2", structure: .pattern(kept: 2, of: 4)),
    ]
    #expect(
      try pools(
        PruningSpec(.constant(final: 0.5), scope: .global, layers: overrides, excluded: ["scores"]))
        == ["fc1 16 to 0.8", "fc2 24 to 0.5"])
  }

  @Test func structuresCountTheirGroups() throws {
    #expect(
      try pools(PruningSpec(.constant(final: 0.5), structure: .inputs))
        == ["fc1 4 to 0.5", "fc2 4 to 0.5", "scores 6 to 0.5"])
    #expect(
      try pools(
        PruningSpec(.constant(final: 0.5), structure: .blocks(inputs: 4, outputs: 4)))
        == ["fc1 1 to 0.5", "fc2 2 to 0.5", "scores 2 to 0.5"])
  }

  @Test func balanceIsForSingleWeightsAndBlocks() throws {
    let overrides = [
      PruningSpec.LayerOverride(layer: "fc1", structure: .blocks(inputs: 2, outputs: 2)),
      PruningSpec.LayerOverride(layer: "fc2", structure: .filters),
    ]
    let plan = try PruningPlan(
      PruningSpec(.constant(final: 0.5), balance: .outputs, layers: overrides), network())
    #expect(plan.pools.map(\.isBalanced) == [true, false, true])
    #expect(plan.pools.map(\.kernels[0].columnCount) == [2, 1, 3])
  }

  @Test func filtersLeaveTheScoresAloneAndTakeTheNormalizationAlong() throws {
    let plan = try PruningPlan(
      PruningSpec(.constant(final: 0.5), structure: .filters), network())
    let kernels = plan.pools.flatMap(\.kernels)
    #expect(kernels.map(\.parameter.layer) == ["fc1", "fc2"])
    #expect(
      kernels.map { $0.companions.map(\.name) }
        == [["fc1/bias", "norm/gamma", "norm/beta"], ["fc2/bias"]])
  }
}

/// Pruning as part of training.
struct PrunedTrainingTests {
  @Test func prunedWeightsAreExactlyZeroAndStaySoThroughLaterStages() throws {
    let recipe = tinyRecipe(stages: [
      Stage(
        name: "prune", epochs: 4, batch: 8,
        pruning: PruningSpec(.polynomial(final: 0.5, frequency: 10))),
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

  @Test func prunedFiltersGiveNothingAndLeaveNothingBehind() throws {
    let recipe = tinyRecipe(
      stages: [
        Stage(
          name: "prune", epochs: 3, batch: 8,
          pruning: PruningSpec(.constant(final: 0.5), structure: .filters))
      ], hidden: 8)
    let data = tinyData()
    let model = try train(recipe, on: data)
    let kernel = try #require(model.network.parameters.first { $0.name == "fc1/kernel" })
    let bias = try #require(model.network.parameters.first { $0.name == "fc1/bias" })
    let dead = (0..<8).filter { output in
      stride(from: kernel.offset + output, to: kernel.range.upperBound, by: 8)
        .allSatisfy { model.masterParameters[$0] == 0 }
    }
    #expect(dead.count == 4)
    #expect(dead.allSatisfy { model.masterParameters[bias.offset + $0] == 0 })
    // The graph has the same nodes as without pruning: zeros are all that is left of it.
    var plain = recipe
    plain.stages[0].pruning = nil
    #expect(
      model.graph().nodes.map(\.name) == (try train(plain, on: data)).graph().nodes.map(\.name))
    #expect(model.testAccuracy > 0.5)
  }
}
