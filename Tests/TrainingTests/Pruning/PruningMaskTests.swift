// Which weights go, in every structure, and that they never come back.

import SeededRandom
import Testing

@testable import NeuralNet
@testable import Training

private let bias = Parameter(layer: "a", part: "bias", role: .bias, shape: [3], offset: 16)

private func kernel(_ shape: [Int], offset: Int = 0, layer: String = "a") -> Parameter {
  Parameter(layer: layer, part: "kernel", role: .kernel, shape: shape, offset: offset)
}

/// A plan for one kernel.
private func plan(
  _ structure: PruningStructure, _ shape: [Int], final: Double, companions: [Parameter] = [],
  isBalanced: Bool = false
) -> PruningPlan {
  let kernel = PruningPlan.Kernel(
    parameter: kernel(shape), structure: structure, companions: companions)
  return PruningPlan(
    .polynomial(final: final),
    pools: [PruningPlan.Pool(kernels: [kernel], final: final, isBalanced: isBalanced)])
}

/// The factors of a kernel of `shape` with these weights, pruned once to `sparsity`.
private func factors(
  _ values: [Float], _ shape: [Int], _ structure: PruningStructure, _ sparsity: Double,
  final: Double? = nil, isBalanced: Bool = false
) -> [Float] {
  var mask = PruningMask(parameterCount: values.count)
  let plan = plan(structure, shape, final: final ?? sparsity, isBalanced: isBalanced)
  mask.prune(plan, values, sparsity: sparsity)
  return mask.factors
}

struct PruningMaskTests {
  @Test func dropsTheSmallestWeightsOfEachKernel() {
    var mask = PruningMask(parameterCount: 32)
    var values = [Float](repeating: 0, count: 32)
    values.replaceSubrange(0..<6, with: [0.5, -0.1, 0.1, -0.9, 0.2, 0.1])
    mask.prune(plan(.unstructured, [2, 3], final: 0.5), values, sparsity: 0.5)
    // Of three equal magnitudes all go; biases stay although they are zero.
    #expect(Array(mask.factors[0..<6]) == [1, 0, 0, 1, 1, 0])
    #expect(mask.factors[16..<19].allSatisfy { $0 == 1 })
    #expect(mask.sparsity(of: [kernel([2, 3]), bias]) == 0.5)
  }

  @Test func whatIsPrunedStaysPruned() {
    var mask = PruningMask(parameterCount: 6)
    let plan = plan(.unstructured, [2, 3], final: 1)
    mask.prune(plan, [1, 2, 3, 4, 5, 6], sparsity: 0.5)
    // Whatever became of them, and however little a later stage wants pruned.
    let values: [Float] = [9, 9, 9, 4, 5, 6]
    mask.prune(plan, values, sparsity: 0)
    #expect(mask.factors == [0, 0, 0, 1, 1, 1])
    mask.prune(plan, values, sparsity: 4.0 / 6)
    #expect(mask.factors == [0, 0, 0, 0, 1, 1])
  }

  @Test func choosesTheFirstOfEqualWeights() {
    #expect(
      factors([Float](repeating: 0.25, count: 6), [2, 3], .unstructured, 1.0 / 3)
        == [0, 0, 1, 1, 1, 1])
  }

  @Test func filtersGoWithAllThatBelongsToTheirOutput() {
    var mask = PruningMask(parameterCount: 32)
    var values = [Float](repeating: 1, count: 32)
    // L1 norms of the columns: 5, 3, 4.
    values.replaceSubrange(0..<6, with: [1, 3, -2, 4, 0, 2])
    mask.prune(
      plan(.filters, [2, 3], final: 1.0 / 3, companions: [bias]), values, sparsity: 1.0 / 3)
    #expect(Array(mask.factors[0..<6]) == [1, 0, 1, 1, 0, 1])
    #expect(Array(mask.factors[16..<19]) == [1, 0, 1])
  }

  @Test func inputsAreRowsOrChannelsOverTheWholeWindow() {
    #expect(factors([5, 5, 1, 1, 2, 2], [3, 2], .inputs, 1.0 / 3) == [1, 1, 0, 0, 1, 1])
    // A window of two places, two channels, one filter: channel 0 weighs 1 + 2, channel 1 4 + 0.
    #expect(factors([1, 4, 2, 0], [2, 2, 1], .inputs, 0.5) == [0, 1, 0, 1])
  }

  @Test func patternsKeepTheLargestOfEveryRunOfInputs() {
    // Two outputs, six inputs: runs of four and of two.
    let values: [Float] = [4, 1, 3, 2, 2, 3, 1, 4, 9, 1, 8, 2]
    let half = factors(values, [6, 2], .pattern(kept: 2, of: 4), 0.5)
    #expect(half == [1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1])
    // Half of the way, one of the two goes.
    let quarter = factors(values, [6, 2], .pattern(kept: 2, of: 4), 0.25, final: 0.5)
    #expect(quarter == [1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1])
    #expect(
      factors([1, 2, 3], [3, 1], .pattern(kept: 1, of: 2), 0.5) == [0, 1, 1])
  }

  @Test func blocksAreTilesOfInputsAndOutputs() {
    // 3 inputs × 4 outputs in tiles of 2 × 2: means 2, 1 above and 1.5, 4 in the half tiles below.
    let values: [Float] = [2, 2, 1, 1, 2, 2, 1, 1, 1, 2, 4, 4]
    let structure = PruningStructure.blocks(inputs: 2, outputs: 2)
    #expect(factors(values, [3, 4], structure, 0.25) == [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1])
    #expect(factors(values, [3, 4], structure, 0.5) == [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1])
  }

  @Test func balancedOutputsLoseTheirOwnSmallestWeights() {
    // The second output has all of the small weights, and still keeps two.
    let values: [Float] = [5, 0.1, 6, 0.4, 7, 0.2, 8, 0.3]
    #expect(factors(values, [4, 2], .unstructured, 0.5) == [1, 0, 1, 0, 1, 0, 1, 0])
    #expect(
      factors(values, [4, 2], .unstructured, 0.5, isBalanced: true) == [0, 0, 0, 1, 1, 0, 1, 1])
  }

  @Test func balancedBlocksGoInEqualNumbersFromEveryColumn() {
    // 4 inputs × 4 outputs in tiles of 2 × 2: means 1 and 5 above, 2 and 6 below.
    let values: [Float] = [1, 1, 5, 5, 1, 1, 5, 5, 2, 2, 6, 6, 2, 2, 6, 6]
    let structure = PruningStructure.blocks(inputs: 2, outputs: 2)
    #expect(
      factors(values, [4, 4], structure, 0.5)
        == [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1])
    #expect(
      factors(values, [4, 4], structure, 0.5, isBalanced: true)
        == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
  }

  /// On random weights that change: every output, or column of blocks, always has as many.
  @Test(arguments: [PruningStructure.unstructured, .blocks(inputs: 4, outputs: 3)])
  func balancedCountsAreEqualAndMasksNeverShrink(structure: PruningStructure) {
    let shape = [3, 8, 12]
    let kernel = PruningPlan.Kernel(
      parameter: kernel(shape), structure: structure, companions: [])
    let plan = plan(structure, shape, final: 0.9, isBalanced: true)
    let rows = kernel.groupCount / kernel.columnCount
    var random = SeededRandom(seed: 4)
    var mask = PruningMask(parameterCount: kernel.parameter.count)
    for step in 0...10 {
      let values = (0..<kernel.parameter.count).map { _ in random.normal() }
      let before = mask.factors
      let sparsity = 0.9 * Double(step) / 10
      mask.prune(plan, values, sparsity: sparsity)
      #expect(zip(before, mask.factors).allSatisfy { $0 >= $1 })
      let alive = Set(zip(kernel.groups, mask.factors).filter { $0.1 != 0 }.map { Int($0.0) })
      let expected = rows - Int((sparsity * Double(rows)).rounded())
      for column in 0..<kernel.columnCount {
        #expect(alive.count { $0 % kernel.columnCount == column } == expected)
      }
    }
  }

  @Test func aGlobalThresholdGoesThroughAllKernelsButEmptiesNone() {
    let kernels = [kernel([2, 2]), kernel([2, 2], offset: 4, layer: "b")].map {
      PruningPlan.Kernel(parameter: $0, structure: .unstructured, companions: [])
    }
    let plan = PruningPlan(
      .constant(final: 0.5), pools: [PruningPlan.Pool(kernels: kernels, final: 0.5)])
    let values: [Float] = [0.1, 0.2, 0.3, 0.4, 5, 6, 7, 8]
    var mask = PruningMask(parameterCount: 8)
    mask.prune(plan, values, sparsity: 0.25)
    #expect(mask.factors == [0, 0, 1, 1, 1, 1, 1, 1])
    mask.prune(plan, values, sparsity: 0.5)
    #expect(mask.factors == [0, 0, 0, 1, 0, 1, 1, 1])
    mask.prune(plan, values, sparsity: 1)
    #expect(mask.factors == [0, 0, 0, 1, 0, 0, 0, 1])
  }

  /// On random weights: groups go whole, as many as the share says, and none comes back.
  @Test(arguments: [
    PruningStructure.unstructured, .filters, .inputs, .blocks(inputs: 4, outputs: 3),
    .pattern(kept: 1, of: 4),
  ])
  func masksNeverShrinkAndCountsAreExact(structure: PruningStructure) {
    let shape = [3, 8, 12]
    let kernel = PruningPlan.Kernel(
      parameter: kernel(shape), structure: structure, companions: [])
    let final = structure.isPattern ? 0.75 : 0.9
    let plan = plan(structure, shape, final: final)
    var random = SeededRandom(seed: 4)
    var mask = PruningMask(parameterCount: kernel.parameter.count)
    for step in 0...10 {
      let values = (0..<kernel.parameter.count).map { _ in random.normal() }
      let before = mask.factors
      let sparsity = final * Double(step) / 10
      mask.prune(plan, values, sparsity: sparsity)
      #expect(zip(before, mask.factors).allSatisfy { $0 >= $1 })
      let groups = kernel.groups
      let alive = Set(zip(groups, mask.factors).filter { $0.1 != 0 }.map(\.0))
      let gone = kernel.groupCount - alive.count
      if structure.isPattern {
        // 24 inputs make 6 runs for each of 12 outputs.
        #expect(gone == 72 * Int((sparsity / 0.75 * 3).rounded()))
      } else {
        #expect(gone == Int((sparsity * Double(kernel.groupCount)).rounded()))
        #expect(zip(groups, mask.factors).allSatisfy { alive.contains($0) == ($1 != 0) })
      }
    }
  }
}
