// Training as a whole: it learns, repeats itself to the bit, reports, and refuses what cannot work.

import Diagnostics
import Foundation
import Testing

@testable import NeuralNet
@testable import Training

/// Everything that draws random numbers or depends on the order of sums.
private let variedRecipe = tinyRecipe(
  stages: [
    Stage(name: "train", epochs: 2, batch: 50),
    Stage(
      name: "quantize", epochs: 2, batch: 64,
      optimizer: .sgd(rate: 0.1, momentum: 0.9, nesterov: false), schedule: .cosine(final: 0.1),
      pruning: PruningSpec(.polynomial(final: 0.5, frequency: 2)), quantization: tinyQuantization),
  ], validation: .last(40), dropout: 0.2)

/// The bits of a model's parameters, as text.
private func fingerprint(_ model: TrainedModel) -> String {
  model.masterParameters.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
}

private final class Recorder: TrainingObserver {
  nonisolated(unsafe) var progress: [TrainingProgress] = []
  nonisolated(unsafe) var epochs: [EpochSummary] = []

  func didProgress(_ progress: TrainingProgress) { self.progress.append(progress) }
  func didFinish(_ epoch: EpochSummary, seconds: Double) { epochs.append(epoch) }
}

private struct Pausing: TrainingObserver {
  let epochs: Int

  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) {}
  func shouldPause(afterEpochs epochs: Int) -> Bool { epochs >= self.epochs }
}

struct TrainerTests {
  @Test func learns() throws {
    let recipe = tinyRecipe(stages: [
      Stage(
        name: "train", epochs: 12, batch: 16,
        optimizer: .adam(rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7))
    ])
    let data = tinyData()
    let model = try train(recipe, on: data)
    #expect(model.testAccuracy > 0.9)
    #expect(model.accuracy(on: data.test) == model.testAccuracy)
    let predictions = model.predictions(on: data.test)
    let correct = zip(predictions, data.test.labels).count { $0 == Int($1) }
    #expect(Double(correct) / Double(data.test.count) == model.testAccuracy)
  }

  @Test func theSameSeedGivesTheSameBits() throws {
    let models = try (0..<3).map { _ in try train(variedRecipe, on: tinyData()) }
    #expect(fingerprint(models[0]) == fingerprint(models[1]))
    #expect(fingerprint(models[0]) == fingerprint(models[2]))
    #expect(models[0].history == models[1].history)
    var other = variedRecipe
    other.seed = 2
    #expect(fingerprint(try train(other, on: tinyData())) != fingerprint(models[0]))
  }

  /// Pausing anywhere and going on from the checkpoint changes nothing.
  @Test(arguments: 0...4) func pausesAndGoesOnToTheSameBits(pause: Int) throws {
    let data = tinyData()
    let whole = try train(variedRecipe, on: data)
    try withTemporaryDirectory { folder in
      for _ in 0..<2 {
        // The second time there is nothing to do.
        let part = try train(
          variedRecipe, on: data, checkpoints: folder, observer: Pausing(epochs: pause))
        #expect(part.history == Array(whole.history.prefix(pause)))
        #expect((fingerprint(part) == fingerprint(whole)) == (pause == 4))
      }
      let rest = try train(variedRecipe, on: data, checkpoints: folder)
      #expect(fingerprint(rest) == fingerprint(whole))
      #expect(rest.history == whole.history)
    }
    // Without a checkpoint, what is there at the pause is the result.
    let part = try train(variedRecipe, on: data, observer: Pausing(epochs: pause))
    #expect(part.history.count == pause)
    #expect(
      part.validationAccuracy == whole.history[..<pause].last?.validationAccuracy || pause == 0)
  }

  @Test func anotherProcessGivesTheSameBits() async throws {
    let result = try #require(
      await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
        print("bits", fingerprint(try train(variedRecipe, on: tinyData())))
      })
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(output.contains("bits \(fingerprint(try train(variedRecipe, on: tinyData())))\n"))
  }

  @Test func reportsProgressAndEveryEpoch() throws {
    let recorder = Recorder()
    let model = try train(variedRecipe, on: tinyData(), observer: recorder)
    #expect(recorder.epochs == model.history)
    #expect(recorder.epochs.map(\.stage) == ["train", "train", "quantize", "quantize"])
    #expect(recorder.epochs.allSatisfy { $0.validationAccuracy != nil })
    let last = try #require(recorder.progress.last)
    #expect(last.stage == 2 && last.stageCount == 2 && last.epoch == 2 && last.epochCount == 2)
    // 200 of 240 samples are trained on, in batches of 64.
    #expect(last.step == 4 && last.stepCount == 4)
    #expect(last.secondsLeft == 0 && last.samplesPerSecond > 0)
  }

  @Test func keepsTheBestEpochByHeldOutSamples() throws {
    var recipe = tinyRecipe(
      stages: [
        Stage(
          name: "wild", epochs: 8, batch: 8,
          optimizer: .sgd(rate: 2, momentum: 0.9, nesterov: false), keep: .best)
      ], validation: .first(60))
    let data = tinyData()
    let model = try train(recipe, on: data)
    let best = model.history.compactMap(\.validationAccuracy).max()
    #expect(model.accuracy(on: data.training.prefix(60)) == best)
    #expect(model.validationAccuracy == best)
    recipe.stages[0].keep = .last
    let last = try train(recipe, on: data)
    #expect(last.accuracy(on: data.training.prefix(60)) == last.history.last?.validationAccuracy)
  }

  @Test func quantizationStaysOnInLaterStages() throws {
    let recipe = tinyRecipe(stages: [
      Stage(name: "quantize", epochs: 1, quantization: tinyQuantization),
      Stage(name: "more", epochs: 1),
    ])
    #expect(try train(recipe, on: tinyData()).network.quantization == tinyQuantization)
  }

  @Test func refusesWhatCannotWork() {
    let data = tinyData()
    let stage = Stage(name: "a", epochs: 1)
    var cases: [(Recipe, String)] = []
    var recipe = tinyRecipe(stages: [stage])
    recipe.layers[3] = .dense("scores", units: 4)
    cases.append((recipe, "train.classes"))
    recipe.layers.removeFirst()
    cases.append((recipe, "train.shape"))
    recipe.layers = [.flatten("a")]
    cases.append((recipe, "train.output"))
    cases.append((tinyRecipe(stages: [stage], validation: .last(240)), "train.validation"))
    let pruning = Stage(
      name: "a", epochs: 1, pruning: PruningSpec(.polynomial(final: 0.5, end: 1000)))
    cases.append((tinyRecipe(stages: [pruning]), "train.pruning"))
    var plan = tinyQuantization
    plan.weights?.overflow = .wrap
    cases.append(
      (tinyRecipe(stages: [Stage(name: "a", epochs: 1, quantization: plan)]), "train.quantizer"))
    recipe = tinyRecipe(stages: [stage], hidden: 1 << 20)
    recipe.layers.insert(.dense("big", units: 1000, initializer: .heNormal), at: 3)
    cases.append((recipe, "train.parameters"))
    let huge = Stage(name: "a", epochs: 1, batch: 65_536)
    cases.append((tinyRecipe(stages: [huge], hidden: 100_000), "train.batch"))
    let wild = Stage(
      name: "a", epochs: 3, optimizer: .sgd(rate: 1e30, momentum: 0.9, nesterov: false))
    cases.append((tinyRecipe(stages: [wild]), "train.diverged"))
    let warm = Stage(name: "a", epochs: 2, warmUp: .epochs(2))
    cases.append((tinyRecipe(stages: [warm]), "train.warm-up"))
    let taught = Stage(name: "a", epochs: 1, distillation: DistillationSpec(teacher: "big"))
    cases.append((tinyRecipe(stages: [taught]), "train.teacher"))
    for (recipe, id) in cases {
      #expect(diagnosticID { () throws(Diagnostic) in _ = try train(recipe, on: data) } == id)
    }
  }
}

struct TrainingOrderTests {
  /// The parameters after two epochs of one batch per epoch and of several.
  private func bits(_ shuffle: Stage.Shuffle, seed: Int = 1) throws -> [Float] {
    var recipe = tinyRecipe(stages: [Stage(name: "a", epochs: 2, batch: 16, shuffle: shuffle)])
    // Nothing else depends on the seed.
    recipe.layers = [.flatten("flatten"), .dense("scores", units: 3, initializer: .zeros)]
    recipe.seed = seed
    return try train(recipe, on: tinyData()).masterParameters
  }

  @Test func shufflesAsAsked() throws {
    #expect(try bits(.never) == bits(.never, seed: 2))
    #expect(try bits(.once) != bits(.once, seed: 2))
    let results = try [Stage.Shuffle.never, .once, .everyEpoch].map { try bits($0) }
    #expect(Set(results).count == 3)
  }

  @Test func fractionsAreHeldOutFromTheEndAsKerasDoes() throws {
    let data = tinyData()
    let recipe = tinyRecipe(stages: [Stage(name: "a", epochs: 1)], validation: .fraction(0.3))
    let model = try train(recipe, on: data)
    #expect(model.accuracy(on: data.training.samples(168..<240)) == model.validationAccuracy)
    // int(7 · (1 - 0.2)) = 5 samples are trained on.
    let few = tinyData(training: 7)
    let models = try [Recipe.Validation.fraction(0.2), .last(2)].map {
      try train(tinyRecipe(stages: [Stage(name: "a", epochs: 1)], validation: $0), on: few)
    }
    #expect(models[0].masterParameters == models[1].masterParameters)
    #expect(models[0].history == models[1].history)
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try train(
          tinyRecipe(stages: [Stage(name: "a", epochs: 1)], validation: .fraction(0.9)),
          on: tinyData(training: 3))
      } == "train.validation")
  }
}

struct DistilledTrainingTests {
  @Test func learnsFromATeacherWhoKnowsBetterThanTheLabels() throws {
    let data = tinyData()
    // The labels are wrong throughout; the teacher is right.
    let wrong = Dataset(
      name: "wrong", featureShape: [4, 4], floats: (0..<240).flatMap { data.training.sample($0) },
      labels: data.training.labels.map { ($0 + 1) % 3 }, classNames: data.training.classNames)
    let logits = data.training.labels.flatMap { label in
      (0..<3).map { Float(Int(label) == $0 ? 6 : 0) }
    }
    func accuracy(_ alpha: Float) throws -> Double {
      let stage = Stage(
        name: "a", epochs: 12, batch: 16,
        distillation: DistillationSpec(
          teacher: "t", Distillation(alpha: alpha, temperature: 2)), optimizer: .adam(rate: 0.01))
      return try train(
        tinyRecipe(stages: [stage]), on: DataSplit(training: wrong, test: data.test),
        teachers: ["t": logits]
      ).testAccuracy
    }
    #expect(try accuracy(0.02) > 0.85)
    #expect(try accuracy(1) < 0.3)
  }

  @Test(arguments: [
    Loss.crossEntropy(smoothing: 0.1), .divergence(smoothing: 0), .binaryCrossEntropy(smoothing: 0),
    .squaredError, .hinge, .squaredHinge,
  ])
  func everyLossLearns(loss: Loss) throws {
    let stage = Stage(
      name: "a", epochs: 12, batch: 16, loss: loss, optimizer: .adam(rate: 0.01))
    let model = try train(tinyRecipe(stages: [stage]), on: tinyData())
    #expect(model.testAccuracy > 0.85, "\(loss)")
  }

  @Test func augmentationChangesEveryEpochAndIsRepeatable() throws {
    func losses(_ augmentation: Augmentation?) throws -> [Double] {
      // A rate this small leaves the parameters as they are.
      let stage = Stage(
        name: "a", epochs: 2, batch: 48, optimizer: .sgd(rate: 1e-30), shuffle: .never,
        augmentation: augmentation)
      return try train(tinyRecipe(stages: [stage]), on: tinyData()).history.map(\.loss)
    }
    let (plain, moved) = (try losses(nil), try losses(Augmentation(verticalShift: 2)))
    #expect(plain[0] == plain[1])
    #expect(moved[0] != moved[1] && moved[0] != plain[0])
    #expect(try losses(Augmentation(verticalShift: 2)) == moved)
    #expect(try losses(Augmentation()) == plain)
  }
}

struct ShardingTests {
  @Test(arguments: [(1, 1), (15, 1), (16, 1), (32, 2), (33, 2), (64, 4), (1000, 4)])
  func dependsOnTheBatchAlone(batch: Int, count: Int) {
    let sharding = Sharding(batch: batch)
    #expect(sharding.count == count)
    for rows in [batch, 1, batch / 2] {
      let ranges = (0..<count).map { sharding.range($0, of: rows) }
      #expect(ranges.flatMap(Array.init) == Array(0..<rows))
    }
  }
}
