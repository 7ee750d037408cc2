// A pipeline: the models that are made one from another, and what becomes of them.

import FileFormats
import NeuralNet

/// What a recipe file describes: a teacher, what is pruned and quantized from it, a student …
///
/// A recipe of one network is a pipeline of one model.
public struct Pipeline: Hashable, Sendable {
  public var name: String
  /// One line for people.
  public var summary: String
  /// In the order they are made: a model comes behind those it is made from.
  public var models: [Model]
  public var hardware: HardwarePlan

  /// A model of the pipeline.
  public struct Model: Hashable, Sendable {
    public var name: String
    public var origin: Origin
    /// All stages, those of the models it continues first.
    public var recipe: Recipe
  }

  /// Where a model comes from.
  public enum Origin: Hashable, Sendable {
    /// It is trained from first parameters.
    case fresh
    /// It goes on from where the training of an earlier model ended.
    case continues(String)
    /// It goes on from there as well, on grids calibrated for what was trained.
    case retrains(String, Calibration)
    /// It is an earlier model, quantized after training.
    case quantizes(String, Calibration)
  }

  /// The stages a model adds to those of the model it goes on from.
  public func ownStages(of model: Model) -> [Stage] {
    if case .quantizes = model.origin { return [] }
    let source = models.first { $0.name == model.origin.predecessor }
    return Array(model.recipe.stages.dropFirst(source?.recipe.stages.count ?? 0))
  }

  /// What becomes of the models that hardware can be made of.
  public struct HardwarePlan: Hashable, Sendable {
    /// Whether models are compiled at all.
    public var isWanted: Bool
    /// The clock period in ns.
    public var clock: Double
    /// Test samples that are simulated and compared bit by bit.
    public var frames: Int
    /// Whether Yosys counts LUTs.
    public var isSynthesized: Bool

    public init(
      isWanted: Bool = true, clock: Double = 5, frames: Int = 100, isSynthesized: Bool = false
    ) {
      self.isWanted = isWanted
      self.clock = clock
      self.frames = frames
      self.isSynthesized = isSynthesized
    }
  }

  public init(
    name: String, summary: String = "", models: [Model], hardware: HardwarePlan = HardwarePlan()
  ) {
    self.name = name
    self.summary = summary
    self.models = models
    self.hardware = hardware
  }

  /// The pipeline of a single network.
  public init(_ recipe: Recipe, hardware: HardwarePlan = HardwarePlan()) {
    self.init(
      name: recipe.name, summary: recipe.summary,
      models: [Model(name: recipe.name, origin: .fresh, recipe: recipe)], hardware: hardware)
  }

  /// The model the pipeline is for: its last one.
  public var result: Model { models[models.count - 1] }
  /// The data set all models are trained on.
  public var data: String { models[0].recipe.data }
}

extension Pipeline.Origin {
  /// The model whose training is gone on with; nil where there is none.
  public var predecessor: String? {
    switch self {
    case .fresh, .quantizes: nil
    case .continues(let name), .retrains(let name, _): name
    }
  }
}
