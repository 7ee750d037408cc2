// When a stage ends early and which epoch was best, against Keras.

import Testing

@testable import Training

private let accuracies = [0.5, 0.6, 0.6, 0.7, 0.65, 0.7, 0.69]

/// The epoch after which Keras 3.15 stops (nil: not at all) and the one it calls the best.
private let cases: [(EarlyStopping, [Double], stop: Int?, best: Int)] = [
  (EarlyStopping(monitor: .loss, patience: 0), courseOfLosses, 3, 2),
  (EarlyStopping(monitor: .loss, patience: 1), courseOfLosses, 3, 2),
  (EarlyStopping(monitor: .loss, patience: 2), courseOfLosses, 4, 2),
  (EarlyStopping(monitor: .loss, patience: 3), courseOfLosses, 5, 2),
  (EarlyStopping(monitor: .loss, patience: 4), courseOfLosses, 11, 7),
  (EarlyStopping(monitor: .loss, patience: 2, minimumDelta: 0.2), courseOfLosses, 3, 1),
  (EarlyStopping(monitor: .loss, patience: 50), courseOfLosses, nil, 7),
  (EarlyStopping(monitor: .accuracy, patience: 0), accuracies, 3, 2),
  (EarlyStopping(monitor: .accuracy, patience: 2), accuracies, 6, 4),
  (EarlyStopping(monitor: .accuracy, patience: 3), accuracies, 7, 4),
  (EarlyStopping(monitor: .accuracy, patience: 2, minimumDelta: 0.15), accuracies, 3, 1),
]

struct EarlyStoppingTests {
  @Test(arguments: cases.indices) func stopsWhenKerasDoes(index: Int) {
    let (rule, values, stop, best) = cases[index]
    var state = EarlyStopping.State()
    var (stopped, chosen): (Int?, Int) = (nil, 0)
    for (index, value) in values.enumerated() where stopped == nil {
      let result = rule.update(&state, after: epoch(loss: value, accuracy: value))
      if result.isBest { chosen = index + 1 }
      if result.isOver { stopped = index + 1 }
    }
    #expect(stopped == stop)
    #expect(chosen == best)
  }
}

struct StageControlTests {
  @Test func aStageThatStopsEarlyHandsOnItsBestEpoch() throws {
    let stage = Stage(
      name: "wild", epochs: 40, batch: 8, optimizer: .sgd(rate: 2, momentum: 0.9),
      earlyStopping: EarlyStopping(
        monitor: .validationAccuracy, patience: 3, restoresBest: true))
    let recipe = tinyRecipe(
      stages: [stage, Stage(name: "next", epochs: 1, optimizer: .sgd(rate: 1e-9))],
      validation: .fraction(0.25))
    let model = try train(recipe, on: tinyData())
    let wild = model.history.filter { $0.stage == "wild" }
    #expect(wild.count < 40)
    let accuracies = wild.compactMap(\.validationAccuracy)
    let best = try #require(accuracies.firstIndex(of: accuracies.max()!))
    #expect(wild.count == best + 1 + 3)
    #expect(model.validationAccuracy == accuracies[best])
  }

  @Test func aPlateauLowersTheScheduledRate() throws {
    let stage = Stage(
      name: "a", epochs: 6, batch: 60, optimizer: .sgd(rate: 0.01),
      schedule: .step(factor: 0.5, epochs: 2),
      // Nothing is ever good enough.
      plateau: Plateau(monitor: .loss, factor: 0.1, patience: 2, minimumDelta: 1000))
    let model = try train(tinyRecipe(stages: [stage]), on: tinyData())
    let expected: [Float] = [1, 1, 0.5, 0.05, 0.025, 0.0025]
    for (epoch, factor) in zip(model.history, expected) {
      #expect(abs(epoch.rate / 0.01 - factor) < 1e-6, "epoch \(epoch.epoch)")
    }
  }

  @Test func epochsWhileMasksChangeAreNotJudged() throws {
    // 30 steps per epoch: masks change through epoch 3.
    let stage = Stage(
      name: "prune", epochs: 8, batch: 8,
      earlyStopping: EarlyStopping(monitor: .loss, patience: 0, minimumDelta: 1000),
      pruning: PruningSpec(.polynomial(final: 0.5, end: 80, frequency: 10)))
    let model = try train(tinyRecipe(stages: [stage]), on: tinyData())
    // Epoch 3 is the first with its final masks, epoch 4 no better.
    #expect(model.history.count == 4)
    #expect(model.history.last?.sparsity == 0.5)
  }
}
