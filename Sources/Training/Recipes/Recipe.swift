// A recipe: everything that determines a trained model, except the data.

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
    /// This share of the training part, from its end: Keras' `validation_split`.
    case fraction(Double)
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
