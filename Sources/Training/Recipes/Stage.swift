// A stage of a recipe: how a network is trained for a number of epochs.

import NeuralNet

/// One stage of training: it starts from the parameters the previous one left, with a fresh
/// optimizer. What was pruned stays pruned, and what was quantized stays quantized, in all stages
/// that follow.
public struct Stage: Hashable, Sendable {
  public var name: String
  public var epochs: Int
  public var batch: Int
  public var loss: Loss
  /// A teacher whose scores are learned beside the labels.
  public var distillation: DistillationSpec?
  public var optimizer: Optimizer
  public var schedule: RateSchedule
  /// In front of the schedule, whose steps and epochs count from its end.
  public var warmUp: WarmUp?
  /// Lowers the scheduled rate further.
  public var plateau: Plateau?
  public var clipping: GradientClipping?
  public var earlyStopping: EarlyStopping?
  public var shuffle: Shuffle
  /// Penalty l2 · w² on every weight of every kernel, beside those of the layers themselves.
  public var l2: Float
  /// Random changes to raw samples, drawn anew in every epoch; a teacher's scores stay those of the
  /// unchanged samples.
  public var augmentation: Augmentation?
  /// Batch normalizations are merged into the layers in front of them before the stage begins.
  public var foldsBatchNorms: Bool
  public var pruning: PruningSpec?
  /// Replaces the quantization of the stages before.
  public var quantization: QuantizationPlan?
  /// Added to the loss; for trained widths.
  public var cost: CostPenalty?
  public var keep: Keep

  /// In which order a stage sees its samples.
  public enum Shuffle: String, CaseIterable, Sendable {
    case everyEpoch = "every-epoch"
    /// The same shuffled order in all epochs.
    case once
    /// The order of the data set.
    case never
  }

  /// Which epoch's parameters a stage hands on.
  public enum Keep: String, CaseIterable, Sendable {
    case last
    /// The epoch with the best validation accuracy; the first of equal ones. A stage that prunes
    /// chooses among the epochs after the last change of masks.
    case best
    /// The last epoch's; and every epoch on the front of validation accuracy against cost becomes a
    /// model of its own.
    case front
  }

  public init(
    name: String, epochs: Int, batch: Int = 32, loss: Loss = .crossEntropy,
    distillation: DistillationSpec? = nil, optimizer: Optimizer = .adam,
    schedule: RateSchedule = .constant, warmUp: WarmUp? = nil, plateau: Plateau? = nil,
    clipping: GradientClipping? = nil, earlyStopping: EarlyStopping? = nil,
    shuffle: Shuffle = .everyEpoch, l2: Float = 0, augmentation: Augmentation? = nil,
    foldsBatchNorms: Bool = false, pruning: PruningSpec? = nil,
    quantization: QuantizationPlan? = nil, cost: CostPenalty? = nil, keep: Keep = .last
  ) {
    self.name = name
    self.epochs = epochs
    self.batch = batch
    self.loss = loss
    self.distillation = distillation
    self.optimizer = optimizer
    self.schedule = schedule
    self.warmUp = warmUp
    self.plateau = plateau
    self.clipping = clipping
    self.earlyStopping = earlyStopping
    self.shuffle = shuffle
    self.l2 = l2
    self.augmentation = augmentation
    self.foldsBatchNorms = foldsBatchNorms
    self.pruning = pruning
    self.quantization = quantization
    self.cost = cost
    self.keep = keep
  }

  /// What the stage minimizes.
  var objective: Objective { Objective(loss, distillation: distillation?.objective) }

  /// How the epoch is chosen whose parameters are handed on; nil for the last.
  var keeping: EarlyStopping? {
    if let earlyStopping, earlyStopping.restoresBest { return earlyStopping }
    return keep == .best ? EarlyStopping(monitor: .validationAccuracy, patience: .max) : nil
  }
}

/// Learning from a teacher: which one, and how.
public struct DistillationSpec: Hashable, Sendable {
  /// The name by which the caller of `train` knows the teacher.
  public var teacher: String
  public var objective: Distillation

  public init(teacher: String, _ objective: Distillation = Distillation()) {
    self.teacher = teacher
    self.objective = objective
  }
}
