// Training: a recipe and data in, a model out.

import Diagnostics
import NeuralNet
import SeededRandom

/// Trains the network of `recipe` on `data`, stage after stage.
///
/// - Parameters:
///   - teachers: for every teacher a stage names, its logits for the training part of `data`: one per
///     class, sample after sample.
///   - folder: where a checkpoint is written after every epoch. If there is one already, training
///     goes on from it, to the same bits as without the interruption; one of another recipe or data
///     set is refused.
///   - hardware: scales the costs of layers where a stage counts adders.
public func train(
  _ recipe: Recipe, on data: DataSplit, teachers: [String: [Float]] = [:],
  checkpoints folder: String? = nil, observer: (any TrainingObserver)? = nil,
  hardware: (any HardwareCostModel)? = nil
) throws(Diagnostic) -> TrainedModel {
  var trainer = try Trainer(recipe, data, teachers, observer, hardware)
  if let folder {
    try trainer.resume(from: try Checkpoint(in: folder, recipe, data, teachers: teachers))
  }
  return try trainer.run()
}

/// What every random number is for; a purpose never shares numbers with another.
private enum Purpose: Int {
  case initialization = 1
  case order, noise, augmentation
}

private struct Trainer {
  private let recipe: Recipe
  private let seed: UInt64
  private let spec: NetworkSpec
  private let data: DataSplit
  private let teachers: [String: [Float]]
  /// Positions in the training part that are trained on.
  private let trained: Range<Int>
  private let validation: Dataset?
  private var clock: TrainingClock
  private let observer: (any TrainingObserver)?
  private let hardware: (any HardwareCostModel)?

  private var network: Network
  private var state: TrainingState
  private var checkpoint: Checkpoint?

  init(
    _ recipe: Recipe, _ data: DataSplit, _ teachers: [String: [Float]],
    _ observer: (any TrainingObserver)?, _ hardware: (any HardwareCostModel)?
  ) throws(Diagnostic) {
    self.recipe = recipe
    self.hardware = hardware
    seed = UInt64(bitPattern: Int64(recipe.seed))
    self.data = data
    self.teachers = teachers
    self.observer = observer
    let (scale, offset) = recipe.input.fit(to: data.training)
    spec = NetworkSpec(
      inputShape: data.training.featureShape,
      preprocessing: Preprocessing(scale: scale, offset: offset), layers: recipe.layers)
    network = try Network(spec)
    guard network.classCount == data.training.classNames.count else {
      throw .classCount(
        network.classCount, classes: data.training.classNames.count, dataset: data.training.name)
    }
    (trained, validation) = try recipe.validation.held(from: data)
    let epochs = recipe.stages.reduce(0) { $0 + $1.epochs }
    clock = TrainingClock(samples: epochs * trained.count)
    var random = SeededRandom(seed: seed, Purpose.initialization.rawValue)
    state = TrainingState(
      parameters: network.initialParameters(seed: random.next()),
      mask: PruningMask(parameterCount: network.parameterCount))
    for index in recipe.stages.indices {
      try check(recipe.stages[index], try network(upTo: index))
      if recipe.stages[index].foldsBatchNorms { try checkFolding(at: index) }
    }
  }

  /// Refuses a stage that cannot run, before the first one starts.
  private func check(_ stage: Stage, _ network: Network) throws(Diagnostic) {
    guard network.fits(batch: stage.batch) else { throw .batchTooLarge(stage.name, stage.batch) }
    _ = try network.accumulatorBounds()
    if let cost = stage.cost { _ = try ResourceCost(network, cost.measure) }
    if stage.keep == .front, stage.cost == nil { throw .frontWithoutCost(stage.name) }
    let steps = stepsPerEpoch(stage) * stage.epochs
    if let last = stage.pruning?.schedule.lastStep(of: steps), last >= steps {
      throw .pruningTooLong(stage.name, end: last, steps: steps)
    }
    if let warmUp = stage.warmUp?.steps(stepsPerEpoch: stepsPerEpoch(stage)), warmUp >= steps {
      throw .warmUpTooLong(stage.name, warmUp: warmUp, steps: steps)
    }
    if let teacher = stage.distillation?.teacher {
      let expected = data.training.count * network.classCount
      let count = teachers[teacher]?.count
      guard count == expected else {
        throw .teacherLogits(stage.name, teacher, count: count, expected: expected)
      }
    }
  }

  /// Refuses to fold what is not there, or what was rounded without its scale.
  private func checkFolding(at index: Int) throws(Diagnostic) {
    let (stage, before) = (recipe.stages[index], try network(upTo: index - 1))
    let norms = before.spec.foldableNorms.map(\.norm)
    if norms.isEmpty { throw .nothingToFold(stage.name) }
    if before.quantization != nil { throw .foldingTooLate(stage.name) }
    let settings = stage.quantization?.layers.map(\.layer) ?? []
    if let name = settings.first(where: norms.contains) { throw .foldedLayer(stage.name, name) }
  }

  private func stepsPerEpoch(_ stage: Stage) -> Int {
    (trained.count + stage.batch - 1) / stage.batch
  }

  /// Goes on where `checkpoint` says, if it says anything, and keeps it up to date from now on.
  mutating func resume(from checkpoint: Checkpoint) throws(Diagnostic) {
    self.checkpoint = checkpoint
    guard let saved = try checkpoint.read() else { return }
    network = try network(upTo: saved.epoch > 0 ? saved.stage : saved.stage - 1)
    let count = network.parameterCount
    let stateCount = saved.running == nil ? 0 : recipe.stages[saved.stage].optimizer.stateCount
    let arrays = saved.running?.optimizer.arrays ?? []
    guard saved.parameters.count == count, saved.mask.factors.count == count,
      arrays.count == stateCount, arrays.allSatisfy({ $0.count == count }),
      (saved.running != nil) == (saved.epoch > 0)
    else { throw .checkpointDamaged(checkpoint.path, "its arrays do not fit the network") }
    state = saved
    let stages = recipe.stages.prefix(saved.stage)
    clock.skip((stages.reduce(0) { $0 + $1.epochs } + saved.epoch) * trained.count)
    observer?.didResume(saved.history)
  }

  /// The network as the stage at `index` trains it.
  private func network(upTo index: Int) throws(Diagnostic) -> Network {
    let stages = recipe.stages.prefix(index + 1)
    return try Network(
      stages.contains(where: \.foldsBatchNorms) ? spec.foldingBatchNorms : spec,
      quantization: stages.compactMap(\.quantization).last)
  }

  mutating func run() throws(Diagnostic) -> TrainedModel {
    while state.stage < recipe.stages.count, !isPaused { try runStage() }
    return model()
  }

  private var isPaused: Bool {
    observer?.shouldPause(afterEpochs: state.history.count) ?? false
  }

  /// Runs the epochs that are left of the stage the state is in.
  private mutating func runStage() throws(Diagnostic) {
    let index = state.stage
    let stage = recipe.stages[index]
    try prepareNetwork(for: stage)
    var cost: ResourceCost?
    if let penalty = stage.cost { cost = try ResourceCost(network, penalty.measure) }
    let runner = StageRunner(
      network, stage, parameters: state.parameters, mask: state.mask, dataset: data.training,
      teacher: stage.distillation.flatMap { teachers[$0.teacher] } ?? [],
      cost: cost, bounds: try network.accumulatorBounds(),
      resuming: state.running?.optimizer)
    let stepsPerEpoch = stepsPerEpoch(stage)
    let lastMaskChange = stage.pruning?.schedule.lastStep(of: stepsPerEpoch * stage.epochs) ?? 0
    var isOver = false
    while !isOver, !isPaused {
      let start = ContinuousClock.now
      let summary = try runEpoch(state.epoch + 1, of: index, runner)
      isOver = state.finishEpoch(
        summary, of: stage, masksAreFinal: summary.epoch * stepsPerEpoch > lastMaskChange, runner)
      if isOver { clock.skip((stage.epochs - summary.epoch) * trained.count) }
      if let checkpoint {
        state.capture(runner)
        try checkpoint.write(state)
      }
      observer?.didFinish(summary, seconds: (ContinuousClock.now - start).seconds)
    }
    state.capture(runner)
  }

  /// Makes of the network what `stage` trains, unless it goes on with what it has made already.
  private mutating func prepareNetwork(for stage: Stage) throws(Diagnostic) {
    if stage.foldsBatchNorms, network.spec == spec {
      let folded = try Network(network.spec.foldingBatchNorms)
      state.parameters = folded.folded(state.parameters, of: network)
      state.mask = state.mask.folded(from: network, to: folded)
      network = folded
    }
    if let quantization = stage.quantization {
      let quantized = try Network(network.spec, quantization: quantization)
      state.parameters = quantized.adopting(state.parameters, of: network, seed: seed)
      state.mask = state.mask.resized(to: quantized.parameterCount)
      network = quantized
    }
  }

  private mutating func runEpoch(
    _ epoch: Int, of index: Int, _ runner: StageRunner
  ) throws(Diagnostic) -> EpochSummary {
    let stage = recipe.stages[index]
    let stepsPerEpoch = stepsPerEpoch(stage)
    let order = order(of: epoch, index)
    var noise = SeededRandom(seed: seed, Purpose.noise.rawValue, index)
    let noiseSeed = noise.next()
    var variation = SeededRandom(seed: seed, Purpose.augmentation.rawValue, index)
    let variationSeed = variation.next()
    let reduction = state.running?.plateau.factor ?? 1

    if let hardware { runner.measureSharing(hardware) }
    var score = Score()
    var rate: Float = 0
    for step in 0..<stepsPerEpoch {
      let stageStep = (epoch - 1) * stepsPerEpoch + step
      let stageSteps = stepsPerEpoch * stage.epochs
      if let sparsity = stage.pruning?.schedule.sparsity(at: stageStep, of: stageSteps) {
        runner.prune(to: sparsity)
      }
      rate =
        reduction * stage.rate(step: stageStep, of: stageSteps, stepsPerEpoch: stepsPerEpoch)
      let batch = order[step * stage.batch..<min(order.count, (step + 1) * stage.batch)]
      score += runner.step(
        batch, rate: rate, noise: noiseSeed, variation: (variationSeed, epoch),
        costWeight: Float(stage.cost?.weight(step: stageStep, of: stageSteps) ?? 0))
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
    let validated = validation.map {
      network.score(runner.effective, on: $0, objective: Objective(stage.loss))
    }
    return EpochSummary(
      stage: stage.name, epoch: epoch, epochCount: stage.epochs, loss: score.meanLoss,
      accuracy: score.accuracy, validationLoss: validated?.meanLoss,
      validationAccuracy: validated?.accuracy, rate: rate,
      sparsity: runner.mask.sparsity(of: network.parameters), cost: runner.currentCost)
  }

  /// The positions of the samples in the order in which an epoch takes them.
  private func order(of epoch: Int, _ stage: Int) -> [Int32] {
    var order = trained.map(Int32.init)
    let key: Int
    switch recipe.stages[stage].shuffle {
    case .everyEpoch: key = epoch
    case .once: key = 0
    case .never: return order
    }
    var random = SeededRandom(seed: seed, Purpose.order.rawValue, stage, key)
    random.shuffle(&order)
    return order
  }

  private func model() -> TrainedModel {
    var model = model(state.parameters)
    model.front = state.front.points.map {
      FrontModel(
        epoch: $0.epoch, accuracy: $0.accuracy, cost: $0.cost, model: self.model($0.parameters))
    }
    return model
  }

  private func model(_ parameters: [Float]) -> TrainedModel {
    let final = RealBuffer(network.quantized(parameters))
    let score = network.score(final, on: data.test)
    return TrainedModel(
      recipe: recipe, network: network, classNames: data.training.classNames,
      dataName: data.training.name, masterParameters: parameters, history: state.history,
      validationAccuracy: validation.flatMap {
        recipe.validation.isHeldOut ? network.score(final, on: $0).accuracy : nil
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
    let held: Int
    switch self {
    case .none: return (0..<count, nil)
    case .test: return (0..<count, data.test)
    case .first(let first): held = first
    case .last(let last): held = last
    // Rounded as Keras does.
    case .fraction(let share): held = count - Int(Double(count) * (1 - share))
    }
    guard held < count else { throw .validationTooLarge(held, of: count) }
    if case .first = self { return (held..<count, data.training.samples(0..<held)) }
    return (0..<count - held, data.training.samples(count - held..<count))
  }
}
