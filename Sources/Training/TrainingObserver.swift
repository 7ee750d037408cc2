// What training tells while it runs.

/// Follows a training run, e.g. to draw a progress bar. Called from the thread that trains.
public protocol TrainingObserver {
  /// A few times per second.
  func didProgress(_ progress: TrainingProgress)
  /// After every epoch, which took `seconds` including its validation.
  func didFinish(_ epoch: EpochSummary, seconds: Double)
  /// Once, before anything else, when training goes on where a checkpoint says; `history` are the
  /// epochs that are done.
  func didResume(_ history: [EpochSummary])
  /// Asked before every epoch: whether training ends for now, with `epochs` done of all stages. The
  /// result is then the network as it is; a checkpoint goes on from there.
  func shouldPause(afterEpochs epochs: Int) -> Bool
}

extension TrainingObserver {
  public func didResume(_ history: [EpochSummary]) {}
  public func shouldPause(afterEpochs epochs: Int) -> Bool { false }
}

/// The state of a running training.
public struct TrainingProgress: Sendable {
  /// Counted from 1.
  public let stage: Int
  public let stageCount: Int
  public let stageName: String
  /// Counted from 1, within the stage.
  public let epoch: Int
  public let epochCount: Int
  /// Steps done in this epoch.
  public let step: Int
  public let stepCount: Int
  /// Mean over this epoch so far.
  public let loss: Double
  /// On the training samples of this epoch so far, with dropout and quantization as trained.
  public let accuracy: Double
  public let samplesPerSecond: Double
  /// Estimate for all epochs of all stages that are left.
  public let secondsLeft: Double
}

/// What an epoch achieved. The same on every run of the same recipe.
public struct EpochSummary: Hashable, Sendable {
  public let stage: String
  /// Counted from 1, within the stage.
  public let epoch: Int
  public let epochCount: Int
  public let loss: Double
  public let accuracy: Double
  /// nil when the recipe asks for no validation.
  public let validationLoss: Double?
  public let validationAccuracy: Double?
  /// Of the epoch's last step.
  public let rate: Float
  /// Share of kernel weights that are pruned.
  public let sparsity: Double
  /// What the stage's `cost` counts, at the end of the epoch; nil without one.
  public let cost: Double?
}
