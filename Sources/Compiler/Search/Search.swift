// Hyper-parameter search: accuracy and hardware cost of many variants of a recipe.

import Diagnostics
import FileFormats
import Foundation
import Reports
import Training

/// What is searched, and how.
public struct SearchPlan: Sendable {
  /// Its last model is searched; models that one learns from are trained once, as they are.
  public var pipeline: Pipeline
  public var space: SearchSpace
  public var method: SearchMethod
  /// How many points are tried at most.
  public var trials: Int
  public var seed: UInt64
  public var cost: SearchCost
  /// The clock period in ns that designs are pipelined for.
  public var clock: Double

  /// Refuses a recipe that cannot be searched, and settings that are not valid in it.
  ///
  /// - Parameter cost: nil for `adders` where the recipe's model can be compiled, else `bits`.
  public init(
    _ pipeline: Pipeline, _ space: SearchSpace, _ method: SearchMethod, trials: Int,
    seed: UInt64 = 1, cost: SearchCost? = nil, clock: Double? = nil, on data: DataSplit
  ) throws {
    if case .quantizes = pipeline.result.origin {
      throw Diagnostic.searchQuantizedAfterwards(pipeline.result.name)
    }
    var first: Recipe?
    for corner in space.corners {
      let recipe = try pipeline.searched(at: corner, of: space)
      first = first ?? recipe
    }
    self.pipeline = pipeline
    self.space = space
    self.method = method
    self.trials = trials
    self.seed = seed
    self.cost = try cost ?? SearchCost.suited(to: first!, on: data)
    self.clock = clock ?? pipeline.hardware.clock
  }

  /// The recipe as JSON without the place of its data.
  var recipe: JSONValue {
    guard case .object(var object) = pipeline.json else { return pipeline.json }
    object["data"] = nil
    return .object(object)
  }

  /// All that results depend on, beside their points. The number of trials is not among it: a search
  /// may be resumed with more.
  func identity(data: DataSplit) -> JSONValue {
    var members: [JSONObject.Member] = [
      .init("nncc", .string(toolVersion)), .init("recipe", recipe),
      .init("data", .string(data.fingerprint)), .init("vary", JSONValue(space.axes.map(\.text))),
      .init("strategy", .string(method.name)), .init("seed", .string("\(seed)")),
      .init("cost", .string(cost.rawValue)), .init("clock", .double(clock)),
    ]
    switch method {
    case .random: break
    case .halving(let reduction): members.append(.init("reduction", JSONValue(reduction)))
    case .evolution(let population): members.append(.init("population", JSONValue(population)))
    }
    return .object(JSONObject(members))
  }
}

/// What a search found.
public struct SearchResult: Sendable {
  /// The last result of every trial, by trial.
  public let trials: [TrialResult]
  /// The trials that no other beats in accuracy and cost, cheapest first.
  public let front: [TrialResult]
  /// The front as a table for people.
  public let table: ComparisonTable
}

/// Carries out `plan` in `folder`, at most `jobs` trials at once; results do not depend on `jobs`.
///
/// ```
/// FOLDER/results.csv     every trial
/// FOLDER/pareto.json     the front
/// FOLDER/report.html     plot and table, report.json the same for programs
/// FOLDER/models/t7.nnm   the models of the front
/// ```
/// With `resuming`, what an interrupted run of the same search left in `folder` is not done again.
public func search(
  _ plan: SearchPlan, on data: DataSplit, in folder: String, resuming: Bool = false, jobs: Int,
  observer: any SearchObserver
) throws -> SearchResult {
  let store = try TrialStore(
    folder: folder, identity: plan.identity(data: data), resuming: resuming)
  let trial = ModelTrial(
    pipeline: plan.pipeline, space: plan.space, data: data,
    teachers: try plan.teacherLogits(on: data, folder, observer), cost: plan.cost,
    clock: plan.clock, folder: folder)
  let strategy = plan.method.strategy(plan.space, trials: plan.trials, seed: plan.seed)
  let results = try SearchRunner(
    store: store, evaluator: trial, jobs: jobs, observer: observer
  ).run(strategy)
  let result = try SearchResult(plan, results)
  try result.write(plan, data: data.training.name, in: folder)
  // Only what is unfinished needs it.
  try? FileManager.default.removeItem(atPath: "\(folder)/checkpoints")
  return result
}

extension SearchResult {
  /// Throws when there is no front at all, saying why.
  init(_ plan: SearchPlan, _ results: [TrialResult]) throws(Diagnostic) {
    var latest: [TrialResult] = []
    for result in results {
      if let index = latest.firstIndex(where: { $0.trial == result.trial }) {
        latest[index] = result
      } else {
        latest.append(result)
      }
    }
    let candidates = latest.filter { $0.isWhole && $0.measurement?.objectives != nil }
    trials = latest
    front = ParetoOrder.front(candidates.map { $0.measurement!.objectives! })
      .map { candidates[$0] }
    table = ComparisonTable(front, plan)
    guard front.isEmpty else { return }
    for result in latest {
      switch result.outcome {
      case .failed(let reason):
        throw .searchAllFailed(plan.space.settings(of: result.point), reason)
      case .measured(let measurement) where result.isWhole:
        throw .searchWithoutCost(measurement.costMissing)
      case .measured: break
      }
    }
  }
}

extension SearchPlan {
  /// The logits, on the training part, of all models that the trials may learn from. These models are
  /// trained once, by the recipe as it is; their checkpoints are kept in `folder`.
  fileprivate func teacherLogits(
    on data: DataSplit, _ folder: String, _ observer: any SearchObserver
  ) throws -> [String: [Float]] {
    var needed: Set<String> = []
    for corner in space.corners {
      needed.formUnion(try pipeline.searched(at: corner, of: space).teachers)
    }
    // A model comes behind those it learns from.
    for model in pipeline.models.reversed() where needed.contains(model.name) {
      needed.formUnion(model.recipe.teachers)
    }
    var logits: [String: [Float]] = [:]
    for model in pipeline.models where needed.contains(model.name) {
      if case .quantizes = model.origin { throw Diagnostic.teacherQuantized(model.name) }
      observer.willDo("training \(model.name)")
      let trained = try train(
        model.recipe.heldOut, on: data, teachers: logits,
        checkpoints: "\(folder)/teachers/\(model.name)")
      logits[model.name] = trained.logits(on: data.training)
    }
    return logits
  }
}

extension Recipe {
  fileprivate var teachers: [String] { stages.compactMap(\.distillation?.teacher) }
}

extension Diagnostic {
  static func searchQuantizedAfterwards(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "search.quantized-afterwards", at: Location(path: model),
      "the recipe's last model is quantized after training; a search trains its last model",
      suggestion: "search a recipe that ends in a stage with quantization")
  }

  static func searchAllFailed(_ settings: [String], _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "search.all-failed", "no trial came to an end; the first one: \(reason)",
      notes: [settings.joined(separator: " ")],
      suggestion: "try these settings with nncc train RECIPE --set KEY=VALUE")
  }

  static func searchWithoutCost(_ reason: String) -> Diagnostic {
    Diagnostic(
      id: "search.no-cost", "no trial has hardware to count: \(reason)",
      suggestion: "count something else with --cost bits or --cost macs")
  }
}
