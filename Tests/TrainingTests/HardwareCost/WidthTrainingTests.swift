// Training widths: what it costs, what comes out, and that hardware computes the same.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR
import Testing

@testable import NeuralNet
@testable import Training

private let inputGrid = [Quantizer(.unsigned(8, fraction: 8), .halfEven, .saturate)]

private let widths = WidthPlan(
  weights: TrainableWidths(fraction: 5), biases: TrainableWidths(fraction: 4),
  activations: TrainableWidths(fraction: 3, integer: 2, rounding: .floor),
  input: TrainableWidths(fraction: 3, rounding: .floor), rate: 10)

private func stage(
  epochs: Int = 6, _ measure: CostPenalty.Measure = .adders, weight: Double = 1e-3,
  keep: Stage.Keep = .last
) -> Stage {
  Stage(
    name: "widths", epochs: epochs, batch: 16, optimizer: .adam(rate: 0.005),
    quantization: QuantizationPlan(input: inputGrid, widths: widths),
    cost: CostPenalty(measure, initial: weight / 10, final: weight), keep: keep)
}

/// Scores of every sample of `data` by exact evaluation of the exported graph.
private func scores(_ model: TrainedModel, _ data: Dataset, of layer: String) -> [Float] {
  let evaluator = Evaluator(model.graph(), arithmetic: .exact)
  let node = evaluator.graph.nodes.firstIndex { $0.name == layer }!
  return (0..<data.count).flatMap { index in
    evaluator.allValues([data.sample(index).map(Double.init)])[node].asReal.values.map(Float.init)
  }
}

struct WidthTrainingTests {
  @Test(arguments: CostPenalty.Measure.allCases)
  func costFallsAndTheGraphIsExact(measure: CostPenalty.Measure) throws {
    let float = Stage(name: "float", epochs: 3, batch: 16, optimizer: .adam(rate: 0.01))
    let data = tinyData()
    let model = try train(
      tinyRecipe(stages: [float, stage(epochs: 8, measure)]), on: data)
    let costs = model.history.map(\.cost)
    #expect(costs.prefix(3).allSatisfy { $0 == nil })
    let (first, last) = (try #require(costs[3]), try #require(costs[10]))
    #expect(last < 0.7 * first)
    #expect(model.testAccuracy > 0.8)
    #expect(model.graph().verify().isEmpty)
    #expect(scores(model, data.test, of: "scores") == model.logits(on: data.test))
    // Widths differ from element to element, and the graph says so.
    let formats = model.graph().nodes.compactMap { node -> TensorFormat? in
      if case .quantize(let op) = node.op { op.format } else { nil }
    }
    #expect(formats.contains { !$0.isUniform })
    // The range of the input stays.
    let integer = try #require(model.network.parameters.first { $0.name == "input/integer" })
    #expect(model.masterParameters[integer.range].allSatisfy { $0 == 0 })
  }

  @Test func nothingIsLeftWhereCostIsAll() throws {
    let data = tinyData(training: 64)
    let model = try train(tinyRecipe(stages: [stage(epochs: 30, weight: 10)]), on: data)
    #expect(model.history.last?.cost == 0)
    #expect(scores(model, data.test, of: "scores") == model.logits(on: data.test))
  }

  @Test func tablesAreExactToo() throws {
    let data = tinyData()
    let grid = Quantizer(.unsigned(2, fraction: 2), .floor, .saturate)
    let hidden = Quantizer(.signed(3, fraction: 1), .halfEven, .saturate)
    for (arity, plan) in [
      (1, QuantizationPlan(input: inputGrid, widths: WidthPlan(weights: widths.weights, rate: 5))),
      (2, QuantizationPlan(input: inputGrid, weights: Quantizer(spelling: "s6f4"))),
    ] {
      var recipe = tinyRecipe(stages: [
        Stage(
          name: "tables", epochs: 6, batch: 16, optimizer: .adam(rate: 0.01), quantization: plan,
          cost: CostPenalty(.adders, initial: 1e-5, final: 1e-4))
      ])
      recipe.layers = [
        .flatten("flatten"),
        LayerSpec("t1", .table(TableSpec(units: 5, arity: arity, input: grid, tables: 6))),
        LayerSpec("scores", .table(TableSpec(units: 3, arity: arity, input: hidden))),
      ]
      let model = try train(recipe, on: data)
      #expect(model.testAccuracy > 0.8)
      #expect(model.graph().verify().isEmpty)
      #expect(scores(model, data.test, of: "scores") == model.logits(on: data.test))
    }
  }

  /// No point is worse and dearer than another, and each is the model it was measured on.
  @Test func frontIsAFront() throws {
    let recipe = tinyRecipe(
      stages: [stage(epochs: 10, weight: 1e-2, keep: .front)], validation: .last(60))
    let data = tinyData()
    let model = try train(recipe, on: data)
    #expect(model.front.count >= 2)
    for (a, b) in zip(model.front, model.front.dropFirst()) {
      #expect(a.cost > b.cost && a.accuracy > b.accuracy)
    }
    let held = data.training.samples(180..<240)
    for point in model.front {
      #expect(point.model.accuracy(on: held) == point.accuracy)
      let summary = model.history[point.epoch - 1]
      #expect(summary.cost == point.cost && summary.validationAccuracy == point.accuracy)
    }
  }

  @Test func resumesToTheSameBits() throws {
    let recipe = tinyRecipe(
      stages: [stage(epochs: 4, weight: 1e-2, keep: .front)], validation: .last(60))
    let data = tinyData()
    let whole = try train(recipe, on: data)
    try withTemporaryDirectory { folder in
      let checkpoint = try Checkpoint(in: folder, recipe, data, teachers: [:])
      let observer = Interrupter(checkpoint: checkpoint, after: 2, copyTo: folder + "/kept")
      _ = try train(recipe, on: data, checkpoints: folder, observer: observer)
      try writeFileAtomically(checkpoint.path, readFile(folder + "/kept"))
      let resumed = try train(recipe, on: data, checkpoints: folder)
      #expect(resumed.masterParameters == whole.masterParameters)
      #expect(resumed.history == whole.history)
      #expect(resumed.front.map(\.epoch) == whole.front.map(\.epoch))
      #expect(
        resumed.front.map(\.model.masterParameters) == whole.front.map(\.model.masterParameters))
    }
  }

  @Test func accumulatorsKeepTheirBound() throws {
    let data = tinyData()
    for bits in [8, 10] {
      var plan = tinyQuantization
      plan.accumulatorBits = bits
      let stage = Stage(
        name: "a", epochs: 3, batch: 16, optimizer: .adam(rate: 0.05), quantization: plan)
      let model = try train(tinyRecipe(stages: [stage]), on: data)
      let graph = model.graph()
      let ranges = try graph.inferRanges()
      for (node, range) in zip(graph.nodes, ranges) {
        guard case .dense = node.op, case .fixed(let elements) = range else { continue }
        for interval in elements.intervals {
          #expect(try #require(FixedFormat(holding: interval)).width <= bits, "\(node.name)")
        }
      }
      if bits == 10 { #expect(model.testAccuracy > 0.6) }
    }
    let free = try train(
      tinyRecipe(stages: [
        Stage(
          name: "a", epochs: 3, batch: 16, optimizer: .adam(rate: 0.05),
          quantization: tinyQuantization)
      ]), on: data)
    // Without the bound, the same training needs more.
    let ranges = try free.graph().inferRanges()
    let widest = zip(free.graph().nodes, ranges).compactMap { node, range -> Int? in
      guard case .dense = node.op, case .fixed(let elements) = range else { return nil }
      return elements.intervals.compactMap { FixedFormat(holding: $0)?.width }.max()
    }.max()
    #expect(try #require(widest) > 10)
  }

  @Test func refusesWhatCannotBe() {
    var unbounded = QuantizationPlan(input: inputGrid, widths: widths)
    unbounded.accumulatorBits = 12
    var costless = stage(keep: .front)
    costless.cost = nil
    for (stage, id) in [
      (Stage(name: "a", epochs: 1, quantization: unbounded), "train.accumulator"),
      (costless, "train.front"),
    ] {
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try train(tinyRecipe(stages: [stage], validation: .last(60)), on: tinyData())
        } == id)
    }
  }

  @Test func weightGrowsByEqualFactors() {
    let penalty = CostPenalty(.adders, initial: 1e-6, final: 1e-2)
    let weights = (0..<5).map { penalty.weight(step: $0, of: 5) }
    for (weight, expected) in zip(weights, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]) {
      #expect(abs(weight / expected - 1) < 1e-9)
    }
  }

  @Test func recipesStateWidths() throws {
    var recipe = tinyRecipe(stages: [stage(keep: .front)], validation: .first(10))
    recipe.stages[0].quantization?.accumulatorBits = 9
    recipe.layers[1] = LayerSpec(
      "t",
      .table(
        TableSpec(
          units: 6, arity: 2, input: Quantizer(.unsigned(2, fraction: 2), .floor, .saturate),
          tables: 3, pairs: .random)))
    #expect(try Recipe(parsing: recipe.text, file: "r") == recipe)
    for (member, bad) in [
      (#""rounding": "floor""#, #""rounding": "half-up""#),
      (#""granularity": "element""#, #""granularity": "row""#),
      (#""fraction": 5"#, #""fraction": 50"#), (#""type": "adders""#, #""type": "area""#),
      (#""accumulator": 9"#, #""accumulator": 1"#),
    ] {
      #expect(recipe.text.contains(member))
      let text = recipe.text.replacing(member, with: bad, maxReplacements: 1)
      #expect(throws: Diagnostic.self) { try Recipe(parsing: text, file: "r") }
    }
  }
}

/// Copies the checkpoint as it is after some epoch: what a kill would leave.
private struct Interrupter: TrainingObserver {
  let checkpoint: Checkpoint
  let after: Int
  let copyTo: String

  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) {
    guard epoch.epoch == after else { return }
    try? writeFileAtomically(copyTo, (try? readFile(checkpoint.path)) ?? [])
  }
}
