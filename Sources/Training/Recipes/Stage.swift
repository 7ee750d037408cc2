// A stage of a recipe: how a network is trained for a number of epochs.

import NeuralNet

/// One stage of training: it starts from the parameters the previous one left, with a fresh
/// optimizer. What was pruned stays pruned, and what was quantized stays quantized, in all stages
/// that follow.
public struct Stage: Hashable, Sendable {
  public var name: String
  public var epochs: Int
  public var batch: Int
  public var optimizer: Optimizer
  public var schedule: RateSchedule
  public var pruning: PruningSchedule?
  /// Replaces the quantization of the stages before.
  public var quantization: QuantizationPlan?
  public var keep: Keep

  /// Which epoch's parameters a stage hands on.
  public enum Keep: String, CaseIterable, Sendable {
    case last
    /// The epoch with the best validation accuracy; the first of equal ones. A stage that prunes
    /// chooses among the epochs after the last change of masks.
    case best
  }

  public init(
    name: String, epochs: Int, batch: Int = 32, optimizer: Optimizer = .adam,
    schedule: RateSchedule = .constant, pruning: PruningSchedule? = nil,
    quantization: QuantizationPlan? = nil, keep: Keep = .last
  ) {
    self.name = name
    self.epochs = epochs
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
    self.pruning = pruning
    self.quantization = quantization
    self.keep = keep
  }
}
