// Training: a recipe and data in, a model out.

import Diagnostics
import NeuralNet
import SeededRandom

/// Trains the network of `recipe` on `data`, stage after stage.
public func train(
  _ recipe: Recipe, on data: DataSplit, observer: (any TrainingObserver)? = nil
) throws(Diagnostic) -> TrainedModel {
  var trainer = try Trainer(recipe, data, observer)
  for index in recipe.stages.indices { try trainer.run(stage: index) }
  return trainer.model()
}

/// What every random number is for; a purpose never shares numbers with another.
private enum Purpose: Int {
  case initialization = 1
  case order, noise
}

private struct Trainer {
  private let recipe: Recipe
  private let seed: UInt64
  private let spec: NetworkSpec
  private let data: DataSplit
  /// Positions in the training part that are trained on.
  private let trained: Range<Int>
  private let validation: Dataset?
  private var clock: TrainingClock
  private let observer: (any TrainingObserver)?

  private var network: Network
  private var parameters: [Float]
  private var mask: PruningMask
  private var history: [EpochSummary] = []

  init(
    _ recipe: Recipe, _ data: DataSplit, _ observer: (any TrainingObserver)?
  ) throws(Diagnostic) {
    self.recipe = recipe
    seed = UInt64(bitPattern: Int64(recipe.seed))
    self.data = data
    self.observer = observer
    spec = NetworkSpec(
      inputShape: data.training.featureShape, preprocessing: recipe.preprocessing,
      layers: recipe.layers)
    network = try Network(spec)
    guard network.classCount == data.training.classNames.count else {
      throw .classCount(
        network.classCount, classes: data.training.classNames.count, dataset: data.training.name)
    }
    (trained, validation) = try recipe.validation.held(from: data)
    let epochs = recipe.stages.reduce(0) { $0 + $1.epochs }
    clock = TrainingClock(samples: epochs * trained.count)
    var random = SeededRandom(seed: seed, Purpose.initialization.rawValue)
    parameters = network.initialParameters(seed: random.next())
    mask = PruningMask(parameterCount: network.parameterCount)
    for stage in recipe.stages { try check(stage) }
  }

  /// Refuses a stage that cannot run, before the first one starts.
  private func check(_ stage: Stage) throws(Diagnostic) {
    guard network.fits(batch: stage.batch) else { throw .batchTooLarge(stage.name, stage.batch) }
    if let quantization = stage.quantization { _ = try Network(spec, quantization: quantization) }
    let steps = Trainer.stepsPerEpoch(stage, trained.count) * stage.epochs
    if let last = stage.pruning?.lastStep(of: steps), last >= steps {
      throw .pruningTooLong(stage.name, end: last, steps: steps)
    }
  }

  private static func stepsPerEpoch(_ stage: Stage, _ samples: Int) -> Int {
    (samples + stage.batch - 1) / stage.batch
  }

  mutating func run(stage index: Int) throws(Diagnostic) {
    let stage = recipe.stages[index]
    if let quantization = stage.quantization {
      network = try Network(spec, quantization: quantization)
    }
    let runner = StageRunner(
      network, stage, parameters: parameters, mask: mask, dataset: data.training)
    let stepsPerEpoch = Trainer.stepsPerEpoch(stage, trained.count)
    var best: (accuracy: Double, parameters: [Float], mask: PruningMask)?
    for epoch in 1...stage.epochs {
      let summary = try runEpoch(epoch, of: index, runner)
      history.append(summary)
      let lastMaskChange = stage.pruning?.lastStep(of: stepsPerEpoch * stage.epochs) ?? 0
      if stage.keep == .best, epoch * stepsPerEpoch > lastMaskChange,
        let accuracy = summary.validationAccuracy, accuracy > best?.accuracy ?? -1
      {
        best = (accuracy, runner.master.values, runner.mask)
      }
    }
    parameters = best?.parameters ?? runner.master.values
    mask = best?.mask ?? runner.mask
  }

  private mutating func runEpoch(
    _ epoch: Int, of index: Int, _ runner: StageRunner
  ) throws(Diagnostic) -> EpochSummary {
    let stage = recipe.stages[index]
    let stepsPerEpoch = Trainer.stepsPerEpoch(stage, trained.count)
    var order = trained.map(Int32.init)
    var random = SeededRandom(seed: seed, Purpose.order.rawValue, index, epoch)
    random.shuffle(&order)
    var noise = SeededRandom(seed: seed, Purpose.noise.rawValue, index)
    let noiseSeed = noise.next()

    let start = ContinuousClock.now
    var score = Score()
    var rate: Float = 0
    for step in 0..<stepsPerEpoch {
      let stageStep = (epoch - 1) * stepsPerEpoch + step
      let stageSteps = stepsPerEpoch * stage.epochs
      if let sparsity = stage.pruning?.sparsity(at: stageStep, of: stageSteps) {
        runner.prune(to: sparsity)
      }
      rate =
        stage.optimizer.rate
        * stage.schedule.factor(step: stageStep, of: stageSteps, stepsPerEpoch: stepsPerEpoch)
      let batch = order[step * stage.batch..<min(order.count, (step + 1) * stage.batch)]
      score += runner.step(batch, rate: rate, noise: noiseSeed)
      clock.advance(by: batch.count)
      if let observer, clock.isDue(isLast: step == stepsPerEpoch - 1) {
        observer.didProgress(
          TrainingProgress(
            stage: index + 1, stageCount: recipe.stages.count, stageName: stage.name,
            epoch: epoch, epochCount: stage.epochs, step: step + 1, stepCount: stepsPerEpoch,
            loss: score.meanLoss, accuracy: score.accuracy,
            samplesPerSecond: clock.samplesPerSecond, secondsLeft: clock.secondsLeft))
      }
    }
    guard score.loss.isFinite else { throw .diverged(stage.name, epoch: epoch) }
    let validated = validation.map { network.score(runner.effective, on: $0) }
    let summary = EpochSummary(
      stage: stage.name, epoch: epoch, epochCount: stage.epochs, loss: score.meanLoss,
      accuracy: score.accuracy, validationLoss: validated?.meanLoss,
      validationAccuracy: validated?.accuracy, rate: rate,
      sparsity: runner.mask.sparsity(of: network.parameters))
    observer?.didFinish(summary, seconds: (ContinuousClock.now - start).seconds)
    return summary
  }

  func model() -> TrainedModel {
    let final = RealBuffer(network.quantized(parameters))
    let score = network.score(final, on: data.test)
    let isHeldOut = recipe.validation != .none && recipe.validation != .test
    return TrainedModel(
      recipe: recipe, network: network, classNames: data.training.classNames,
      dataName: data.training.name, masterParameters: parameters, history: history,
      validationAccuracy: validation.flatMap {
        isHeldOut ? network.score(final, on: $0).accuracy : nil
      },
      testAccuracy: score.accuracy, testLoss: score.meanLoss)
  }
}

extension Recipe.Validation {
  /// The positions to train on, and the samples to validate on.
  fileprivate func held(
    from data: DataSplit
  ) throws(Diagnostic) -> (trained: Range<Int>, validation: Dataset?) {
    let count = data.training.count
    switch self {
    case .none: return (0..<count, nil)
    case .test: return (0..<count, data.test)
    case .first(let held), .last(let held):
      guard held < count else { throw .validationTooLarge(held, of: count) }
      if case .first = self { return (held..<count, data.training.samples(0..<held)) }
      return (0..<count - held, data.training.samples(count - held..<count))
    }
  }
}
