// Running a pipeline: train, prune, quantize, distil, evaluate, compile, simulate, compare.

import Assets
import Diagnostics
import Exporters
import FileFormats
import Foundation
import GraphIR
import Reports
import Training

/// Follows a pipeline while it runs.
public protocol PipelineObserver: TrainingObserver {
  /// Work on a model begins; `index` counts from 0.
  func willMake(_ model: String, index: Int, of count: Int)
  /// A model is made and judged on the test part.
  func didMake(_ model: MadeModel)
  /// Something that takes a while begins, e.g. `compiling student`.
  func willDo(_ step: String)
  /// Hardware of a model was tried.
  func didTry(_ model: String, _ outcome: HardwareOutcome)
}

/// A model of a pipeline, ready and judged.
public struct MadeModel: Sendable {
  public let name: String
  public let graph: Graph
  /// nil for a model that was quantized after training.
  public let trained: TrainedModel?
  /// On the test part.
  public let metrics: ClassificationMetrics
  public let summary: ModelSummary
  /// The predicted class of every test sample, and its probability.
  public let predictions: [(label: Int, probability: Double)]
}

/// What a run of a pipeline gave.
public struct PipelineResult: Sendable {
  public let models: [MadeModel]
  /// By model, in the same order.
  public let hardware: [HardwareOutcome]
  public let report: RunReport
}

/// Runs `pipeline` in the folder at `path`, which keeps what must survive an interruption:
/// checkpoints of every training, results of hardware trials by the hash of the model. Running it
/// again goes on where it stopped, and skips what is finished.
///
/// ```
/// path/models/NAME.nnm     every model
/// path/front/NAME/         models on the front of accuracy against cost, if a stage keeps it
/// path/checkpoints/NAME/   the state of its training
/// path/hardware/NAME.json  what compiling, simulating and synthesizing it gave
/// path/report.html …       the report, history, TensorBoard's event files
/// ```
public func run(
  _ pipeline: Pipeline, on data: DataSplit, in path: String, _ assets: Assets,
  observer: any PipelineObserver
) throws -> PipelineResult {
  var maker = ModelMaker(pipeline, data, path, observer)
  for (index, model) in pipeline.models.enumerated() {
    observer.willMake(model.name, index: index, of: pipeline.models.count)
    let made = try maker.make(model)
    try writeCreatingFolders("\(path)/models/\(model.name).nnm", exportNNM(made.graph))
    observer.didMake(made)
  }
  let test = (0..<data.test.count).map { data.test.sample($0).map(Double.init) }
  let trial = HardwareTrial(
    pipeline.hardware, folder: "\(path)/hardware", samples: test, assets, observer)
  let outcomes = try maker.made.map { try trial.run($0) }
  let report = try RunReport(pipeline, maker.made, outcomes, data)
  for (name, bytes) in report.files() { try writeCreatingFolders("\(path)/\(name)", bytes) }
  return PipelineResult(models: maker.made, hardware: outcomes, report: report)
}

/// Writes a file, whole or not at all, in a folder that need not be there yet.
func writeCreatingFolders(_ path: String, _ bytes: [UInt8]) throws {
  let folder = (path as NSString).deletingLastPathComponent
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw Diagnostic.runFolder(folder, error.localizedDescription)
  }
  try writeFileAtomically(path, bytes)
}

/// Makes the models of a pipeline one after another.
private struct ModelMaker {
  private let pipeline: Pipeline
  private let data: DataSplit
  private let path: String
  private let observer: any PipelineObserver
  private(set) var made: [MadeModel] = []

  init(
    _ pipeline: Pipeline, _ data: DataSplit, _ path: String, _ observer: any PipelineObserver
  ) {
    self.pipeline = pipeline
    self.data = data
    self.path = path
    self.observer = observer
  }

  mutating func make(_ model: Pipeline.Model) throws -> MadeModel {
    let result: MadeModel
    switch model.origin {
    case .fresh: result = try train(model)
    case .continues(let source):
      try inheritCheckpoint(of: source, for: model.name)
      result = try train(model)
    case .retrains(let source, let calibration):
      try inheritCheckpoint(of: source, for: model.name)
      result = try train(calibrated(model, from: source, calibration))
    case .quantizes(let source, let calibration):
      result = try quantize(self[source], calibration, named: model.name)
    }
    made.append(result)
    return result
  }

  private subscript(name: String) -> MadeModel { made.first { $0.name == name }! }

  private func train(_ model: Pipeline.Model) throws -> MadeModel {
    var teachers: [String: [Float]] = [:]
    for case let teacher? in model.recipe.stages.map(\.distillation?.teacher)
    where teachers[teacher] == nil {
      observer.willDo("asking \(teacher)")
      let source = self[teacher]
      guard let trained = source.trained else { throw Diagnostic.teacherQuantized(teacher) }
      teachers[teacher] = trained.logits(on: data.training)
    }
    let trained = try Training.train(
      model.recipe, on: data, teachers: teachers, checkpoints: checkpoints(model.name),
      observer: observer, hardware: AdderCost())
    try writeFront(of: trained, to: "\(path)/front/\(model.name)")
    let graph = trained.graph()
    return try judged(
      model.name, graph, trained, scores: trained.logits(on: data.test), .logits)
  }

  /// `model` with the grids of its first own stage taken from what `source` became.
  private func calibrated(
    _ model: Pipeline.Model, from source: String, _ calibration: Calibration
  ) throws -> Pipeline.Model {
    guard var trained = self[source].trained else { throw Diagnostic.teacherQuantized(source) }
    var model = model
    let first = model.recipe.stages.count - pipeline.ownStages(of: model).count
    if model.recipe.stages[first].foldsBatchNorms { trained = try trained.foldingBatchNorms() }
    model.recipe.stages[first].quantization = try .calibrated(
      trained, calibration, samples: samples(calibration))
    return model
  }

  /// The raw samples to calibrate with.
  private func samples(_ calibration: Calibration) -> [[Double]] {
    let samples = data.training.prefix(calibration.samples)
    return (0..<samples.count).map { samples.sample($0).map(Double.init) }
  }

  private func checkpoints(_ model: String) -> String { "\(path)/checkpoints/\(model)" }

  /// The training of `model` goes on from the last state of that of `source`.
  private func inheritCheckpoint(of source: String, for model: String) throws {
    let own = Checkpoint.path(in: checkpoints(model))
    guard !FileManager.default.fileExists(atPath: own) else { return }
    try writeCreatingFolders(own, readFile(Checkpoint.path(in: checkpoints(source))))
  }

  private func quantize(
    _ source: MadeModel, _ calibration: Calibration, named name: String
  ) throws -> MadeModel {
    var graph = try quantized(source.graph, calibration, samples: samples(calibration))
    graph.name = "\(pipeline.name)-\(name)"
    observer.willDo("evaluating \(name) in exact integers")
    let evaluator = Evaluator(graph, arithmetic: .exact)
    let test = data.test
    let scores = parallelMap(test.count) {
      evaluator.outputs([test.sample($0).map(Double.init)])[0].asReal.values.map(Float.init)
    }
    return try judged(name, graph, nil, scores: scores.flatMap { $0 }, .probabilities)
  }

  private func judged(
    _ name: String, _ graph: Graph, _ trained: TrainedModel?, scores: [Float],
    _ kind: ClassificationMetrics.ScoreKind
  ) throws -> MadeModel {
    let labels = data.test.labels.map { Int($0) }
    let classes = data.test.classNames.count
    let predictions = labels.indices.map { sample -> (label: Int, probability: Double) in
      let row = scores[sample * classes..<(sample + 1) * classes]
      let peak = row.max()!
      let label = row.firstIndex(of: peak)! - row.startIndex
      if kind == .probabilities { return (label, Double(peak)) }
      return (label, 1 / row.reduce(0) { $0 + exp(Double($1 - peak)) })
    }
    return MadeModel(
      name: name, graph: graph, trained: trained,
      metrics: try ClassificationMetrics(
        scores: scores, kind, labels: labels, classCount: classes),
      summary: try ModelSummary(graph), predictions: predictions)
  }
}

extension Diagnostic {
  static func runFolder(_ folder: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "run.folder", at: Location(file: folder), "the folder cannot be created: \(reason)",
      suggestion: "choose another place with -o")
  }

  static func teacherQuantized(_ teacher: String) -> Diagnostic {
    Diagnostic(
      id: "run.teacher", at: Location(path: teacher),
      "a model that was quantized after training cannot be a teacher",
      suggestion: "name the model it was made from")
  }
}
