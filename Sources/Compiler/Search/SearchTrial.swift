// A trial of a search: what is to be trained, and what came of it.

import FileFormats

/// A point, trained for a share of its epochs.
struct Assignment: Hashable, Sendable {
  /// Counts the points of the search, from 0.
  var trial: Int
  /// Counts the times the trial has been trained further, from 0.
  var rung = 0
  /// The share of the recipe's epochs that are done afterwards.
  var share = 1.0
  var point: SearchPoint

  var isWhole: Bool { share == 1 }
}

/// What training and compiling a point gave.
public struct Measurement: Hashable, Sendable {
  /// Epochs it was trained for.
  public var epochs: Int
  /// On held-out samples: what the search goes by.
  public var validationAccuracy: Double
  /// For the record only: nothing is chosen by it.
  public var testAccuracy: Double
  /// nil when the model has none, e.g. because it cannot be compiled.
  public var cost: Double?
  /// Why there is no cost.
  public var costMissing = ""
  public var parameters: Int
  public var nonZero: Int
  /// Of the parameters that are not zero.
  public var bits: Int
  /// Multiply-accumulates per sample, zeros included.
  public var macs: Int
  /// nil unless it was compiled.
  public var hardware: Hardware?

  /// What the compiler counted, before any synthesis.
  public struct Hardware: Hashable, Sendable {
    public var adders: Int
    public var adderBits: Int
    public var muxBits: Int
    public var tableBits: Int
    public var registerBits: Int
    public var latencyCycles: Int
  }

  /// Both objectives; nil without a cost.
  var objectives: Objectives? {
    cost.map { Objectives(accuracy: validationAccuracy, cost: $0) }
  }
}

/// A trial that is done, or has gone as far as its rung.
public struct TrialResult: Hashable, Sendable {
  /// Counted from 0.
  public let trial: Int
  public let rung: Int
  public let point: SearchPoint
  /// Whether it was trained for all of its epochs.
  public let isWhole: Bool
  public let outcome: Outcome

  public enum Outcome: Hashable, Sendable {
    case measured(Measurement)
    /// The point has no model: the recipe is not valid there, or the loss diverged.
    case failed(String)
  }

  init(_ assignment: Assignment, _ outcome: Outcome) {
    trial = assignment.trial
    rung = assignment.rung
    point = assignment.point
    isWhole = assignment.isWhole
    self.outcome = outcome
  }

  public var measurement: Measurement? {
    if case .measured(let measurement) = outcome { measurement } else { nil }
  }

  /// The trial's name in files and tables: `t7`.
  public var name: String { "t\(trial)" }
}

/// Trains and measures.
protocol TrialEvaluator: Sendable {
  /// Called from several threads at once. What is wrong with the point is an outcome; what is thrown
  /// ends the search.
  func evaluate(_ assignment: Assignment) throws -> TrialResult.Outcome
}
