// A recipe: everything that determines a trained model, except the data.

import FixedPoint
import NeuralNet

/// A network and the stages in which it is trained. The same recipe, seed and data give the same
/// model, bit for bit.
public struct Recipe: Hashable, Sendable {
  public var name: String
  /// One line for people.
  public var summary: String
  public var seed: Int
  /// The data set for which the recipe was made, as a `DatasetSpec` or the kind of one: `mnist`.
  public var data: String
  public var validation: Validation
  public var preprocessing: Preprocessing
  public var layers: [LayerSpec]
  public var stages: [Stage]

  /// What the accuracy reported after each epoch is measured on.
  public enum Validation: Hashable, Sendable {
    case none
    /// The first samples of the training part, which are then not trained on.
    case first(Int)
    /// The last samples of the training part, which are then not trained on.
    case last(Int)
    /// The test part: for the record only, nothing is chosen by it.
    case test
  }

  public init(
    name: String, summary: String = "", seed: Int = 1, data: String = "digits",
    validation: Validation = .none, preprocessing: Preprocessing, layers: [LayerSpec],
    stages: [Stage]
  ) {
    self.name = name
    self.summary = summary
    self.seed = seed
    self.data = data
    self.validation = validation
    self.preprocessing = preprocessing
    self.layers = layers
    self.stages = stages
  }
}

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
  /// Added to the loss; for trained widths.
  public var cost: CostPenalty?
  public var keep: Keep

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
    name: String, epochs: Int, batch: Int = 32, optimizer: Optimizer = .adam,
    schedule: RateSchedule = .constant, pruning: PruningSchedule? = nil,
    quantization: QuantizationPlan? = nil, cost: CostPenalty? = nil, keep: Keep = .last
  ) {
    self.name = name
    self.epochs = epochs
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
    self.pruning = pruning
    self.quantization = quantization
    self.cost = cost
    self.keep = keep
  }
}
