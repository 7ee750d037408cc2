// Training: a recipe and data in, a model out.

import Diagnostics
import NeuralNet
import SeededRandom

/// Trains the network of `recipe` on `data`, stage after stage. `hardware` scales the costs of layers
/// where a stage counts adders.
public func train(
  _ recipe: Recipe, on data: DataSplit, observer: (any TrainingObserver)? = nil,
  hardware: (any HardwareCostModel)? = nil
) throws(Diagnostic) -> TrainedModel {
  var trainer = try Trainer(recipe, data, observer, hardware)
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
  private let hardware: (any HardwareCostModel)?

  private var network: Network
  private var parameters: [Float]
  private var mask: PruningMask
  private var history: [EpochSummary] = []
  private var front = ParetoFront()

  init(
    _ recipe: Recipe, _ data: DataSplit, _ observer: (any TrainingObserver)?,
    _ hardware: (any HardwareCostModel)?
  ) throws(Diagnostic) {
    self.recipe = recipe
    self.hardware = hardware
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
    var quantization: QuantizationPlan?
    for stage in recipe.stages {
      quantization = stage.quantization ?? quantization
      try check(stage, try Network(spec, quantization: quantization))
    }
  }

  /// Refuses a stage that cannot run, before the first one starts.
  private func check(_ stage: Stage, _ network: Network) throws(Diagnostic) {
    guard network.fits(batch: stage.batch) else { throw .batchTooLarge(stage.name, stage.batch) }
    if let cost = stage.cost { _ = try ResourceCost(network, cost.measure) }
    if stage.keep == .front, stage.cost == nil { throw .frontWithoutCost(stage.name) }
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
      let quantized = try Network(spec, quantization: quantization)
      parameters = quantized.adopting(parameters, of: network, seed: seed)
      mask = mask.resized(to: quantized.parameterCount)
      network = quantized
    }
    var cost: ResourceCost?
    if let penalty = stage.cost { cost = try ResourceCost(network, penalty.measure) }
    let runner = StageRunner(
      network, stage, parameters: parameters, mask: mask, dataset: data.training, cost: cost)
    front = ParetoFront()
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
      if stage.keep == .front, let accuracy = summary.validationAccuracy, let cost = summary.cost {
        front.insert(
          FrontPoint(
            epoch: epoch, accuracy: accuracy, cost: cost, parameters: runner.master.values,
            mask: runner.mask))
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
    if let hardware { runner.measureSharing(hardware) }
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
      let costWeight = stage.cost?.weight(step: stageStep, of: stageSteps) ?? 0
      score += runner.step(
        batch, rate: rate, noise: noiseSeed, costWeight: Float(costWeight))
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
      sparsity: runner.mask.sparsity(of: network.parameters), cost: runner.currentCost)
    observer?.didFinish(summary, seconds: (ContinuousClock.now - start).seconds)
    return summary
  }

  func model() -> TrainedModel {
    var model = model(parameters)
    model.front = front.points.map {
      FrontModel(
        epoch: $0.epoch, accuracy: $0.accuracy, cost: $0.cost, model: self.model($0.parameters))
    }
    return model
  }

  private func model(_ parameters: [Float]) -> TrainedModel {
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
