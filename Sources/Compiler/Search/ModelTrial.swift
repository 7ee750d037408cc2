// A trial for real: train the recipe of a point, count what its hardware would take.

import Diagnostics
import Exporters
import FileFormats
import Foundation
import GraphIR
import NeuralNet
import Reports
import Training

/// Trains and compiles. What must survive an interruption is in `folder`:
///
/// ```
/// FOLDER/checkpoints/t7/      the state of a training
/// FOLDER/candidates/t7.nnm    a model whose training is over
/// ```
struct ModelTrial: TrialEvaluator {
  let pipeline: Pipeline
  let space: SearchSpace
  let data: DataSplit
  /// Logits for the training part, by model.
  let teachers: [String: [Float]]
  let cost: SearchCost
  /// In ns.
  let clock: Double
  let folder: String

  static func candidate(_ name: String, in folder: String) -> String {
    "\(folder)/candidates/\(name).nnm"
  }

  func evaluate(_ assignment: Assignment) throws -> TrialResult.Outcome {
    do {
      return .measured(try measure(assignment))
    } catch let diagnostic as Diagnostic where !diagnostic.isAboutFiles {
      return .failed(diagnostic.message)
    }
  }

  private func measure(_ assignment: Assignment) throws -> Measurement {
    let name = "t\(assignment.trial)"
    var recipe = try pipeline.searched(at: assignment.point, of: space)
    recipe.name += "-\(name)"
    let epochs = recipe.stages.reduce(0) { $0 + $1.epochs }
    let trained = try train(
      recipe, on: data, teachers: teachers, checkpoints: "\(folder)/checkpoints/\(name)",
      observer: Pausing(
        epochs: assignment.isWhole
          ? .max : max(1, Int((Double(epochs) * assignment.share).rounded()))))
    let graph = trained.graph()
    if assignment.isWhole {
      try writeCreatingFolders(ModelTrial.candidate(name, in: folder), exportNNM(graph))
    }
    let summary = try ModelSummary(graph)
    var measurement = Measurement(
      epochs: trained.history.count, validationAccuracy: trained.validationAccuracy ?? 0,
      testAccuracy: trained.testAccuracy, cost: nil, parameters: summary.parameters,
      nonZero: summary.nonZero, bits: graph.nonZeroBits, macs: summary.products)
    try setCost(of: graph, in: &measurement)
    return measurement
  }

  private func setCost(of graph: Graph, in measurement: inout Measurement) throws {
    switch cost {
    case .bits: measurement.cost = Double(measurement.bits)
    case .macs: measurement.cost = Double(measurement.macs)
    case .adders:
      if let reason = try SearchCost.refusal(of: graph) {
        measurement.costMissing = reason
        return
      }
      var options = CompileOptions()
      options.clock = clock
      let report = DesignReport(try compile(graph, options).design, clock: clock)
      let hardware = Measurement.Hardware(
        adders: report.total.adders, adderBits: report.total.adderBits,
        muxBits: report.total.muxBits, tableBits: report.total.tableBits,
        registerBits: report.total.registerBits, latencyCycles: report.latency)
      measurement.hardware = hardware
      measurement.cost = SearchCost.lutEquivalents(hardware)
    }
  }
}

/// Pauses a training behind some epochs.
private struct Pausing: TrainingObserver {
  let epochs: Int

  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) {}
  func shouldPause(afterEpochs epochs: Int) -> Bool { epochs >= self.epochs }
}

extension Pipeline {
  /// The recipe of the last model at `point`, with samples held out that the search goes by.
  func searched(at point: SearchPoint, of space: SearchSpace) throws(Diagnostic) -> Recipe {
    let changed = try changed(by: space.settings(of: point), name: "the recipe with --vary")
    return changed.result.recipe.heldOut
  }
}

extension Recipe {
  /// The recipe with a fifth of the training part held out where it holds out nothing: the test part
  /// must not choose among models.
  var heldOut: Recipe {
    var copy = self
    if validation == .none || validation == .test { copy.validation = .fraction(0.2) }
    return copy
  }
}

extension Graph {
  /// Bits of all constants that are not zero.
  fileprivate var nonZeroBits: Int {
    nodes.reduce(0) { sum, node in
      guard case .constant(let constant) = node.op else { return sum }
      switch constant.elements {
      case .real(let values): return sum + 32 * values.count { $0 != 0 }
      case .fixed(let values, let format):
        return values.indices.reduce(sum) {
          $0 + (values[$1] == 0 ? 0 : format.format(of: $1).width)
        }
      }
    }
  }
}

extension Diagnostic {
  /// Whether this is about files or folders, not about the point of a search.
  fileprivate var isAboutFiles: Bool {
    ["output.", "file.", "checkpoint.", "run.", "json."].contains { id.hasPrefix($0) }
      && location.file?.hasPrefix("the recipe") != true
  }
}
