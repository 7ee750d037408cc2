// What a search leaves behind: results.csv, pareto.json, the report, the models of the front.

import Diagnostics
import FileFormats
import Foundation
import Reports
import Training

extension SearchResult {
  /// Writes all results into `folder`; `data` is the name of the data set.
  func write(_ plan: SearchPlan, data: String, in folder: String) throws {
    let report = report(plan, data: data)
    try writeCreatingFolders("\(folder)/results.csv", Array(csv(plan).utf8))
    try writeCreatingFolders(
      "\(folder)/pareto.json", Array((json(plan, data: data).pretty + "\n").utf8))
    try writeCreatingFolders("\(folder)/report.html", Array(report.html.utf8))
    try writeCreatingFolders("\(folder)/report.json", Array((report.json.pretty + "\n").utf8))
    for trial in front {
      try writeCreatingFolders(
        "\(folder)/\(SearchResult.model(of: trial))",
        try readFile(ModelTrial.candidate(trial.name, in: folder)))
    }
    let models = Set(front.map { "\($0.name).nnm" })
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/models")) ?? []
    for entry in entries.sorted() where !models.contains(entry) {
      try? FileManager.default.removeItem(atPath: "\(folder)/models/\(entry)")
    }
  }

  /// Where a model of the front is, relative to the folder of the search.
  static func model(of trial: TrialResult) -> String { "models/\(trial.name).nnm" }

  /// A row per trial. Test accuracies are not among it: nothing may be chosen by them.
  func csv(_ plan: SearchPlan) -> String {
    let header =
      ["trial", "state"] + plan.space.axes.map(\.key) + [
        "epochs", "validation_accuracy",
        plan.cost.rawValue == "adders" ? "lut_equivalents" : "cost",
        "parameters", "non_zero", "bits", "macs", "adders", "latency_cycles", "reason",
      ]
    let rows = trials.map { trial -> [String] in
      let head = ["\(trial.trial)", state(of: trial)] + trial.point.values
      switch trial.outcome {
      case .failed(let reason): return head + Array(repeating: "", count: 9) + [reason]
      case .measured(let measurement):
        let hardware = measurement.hardware
        return head + [
          "\(measurement.epochs)", "\(measurement.validationAccuracy)",
          measurement.cost.map { "\($0)" } ?? "", "\(measurement.parameters)",
          "\(measurement.nonZero)", "\(measurement.bits)", "\(measurement.macs)",
          hardware.map { "\($0.adders)" } ?? "", hardware.map { "\($0.latencyCycles)" } ?? "",
          measurement.costMissing,
        ]
      }
    }
    return ([header] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  /// `front`, `dominated`, `stopped` before its last epoch, `failed`, or `no-cost`.
  func state(of trial: TrialResult) -> String {
    guard let measurement = trial.measurement else { return "failed" }
    if !trial.isWhole { return "stopped" }
    if measurement.cost == nil { return "no-cost" }
    return front.contains { $0.trial == trial.trial } ? "front" : "dominated"
  }

  /// As RFC 4180 has it.
  private func quoted(_ field: String) -> String {
    guard field.contains(where: { ",\"\r\n".contains($0) }) else { return field }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// The front for programs; `set` are the settings that make the model from the recipe.
  func json(_ plan: SearchPlan, data: String) -> JSONValue {
    [
      "recipe": .string(plan.pipeline.name), "data": .string(data),
      "strategy": .string(plan.method.name), "seed": .string("\(plan.seed)"),
      "trials": JSONValue(trials.count), "cost": .string(plan.cost.rawValue),
      "cost_title": .string(plan.cost.title),
      "front": .array(
        front.map { trial in
          .object(
            JSONObject(
              [
                .init("trial", JSONValue(trial.trial)),
                .init("model", .string(SearchResult.model(of: trial))),
                .init("set", JSONValue(plan.space.settings(of: trial.point))),
              ] + trial.measurement!.members))
        }),
    ]
  }

  private func report(_ plan: SearchPlan, data: String) -> RunReport {
    var report = RunReport(name: "Search of \(plan.pipeline.name)")
    report.dataset = data
    report.seed = plan.seed
    report.recipe = plan.recipe.pretty
    report.comparison = table
    let done = trials.filter { $0.isWhole }
    report.pareto = ParetoPlot(
      costName: plan.cost.title,
      points: done.compactMap { trial in
        guard let objectives = trial.measurement?.objectives else { return nil }
        return ParetoPlot.Point(
          trial.name, cost: objectives.cost, accuracy: objectives.accuracy)
      })
    return report
  }
}

extension ComparisonTable {
  /// A row per trial of the front.
  init(_ front: [TrialResult], _ plan: SearchPlan) {
    let axes = plan.space.axes.enumerated().map { index, axis in
      (Column(axis.key), { (trial: TrialResult) -> Value in .text(trial.point.values[index]) })
    }
    func number(
      _ column: Column, _ value: @escaping (Measurement) -> Double?
    ) -> (Column, (TrialResult) -> Value) {
      (
        column,
        { trial in
          trial.measurement.flatMap(value).map { .number($0) } ?? .missing(because: "not compiled")
        }
      )
    }
    let columns =
      axes + [
        number(Column("validation", unit: "%", digits: 2, better: .higher)) {
          100 * $0.validationAccuracy
        },
        number(Column("test", unit: "%", digits: 2)) { 100 * $0.testAccuracy },
        number(Column(plan.cost.title, better: .lower)) { $0.cost },
        number(Column("non-zero")) { Double($0.nonZero) },
        number(Column("packed", unit: "bytes")) { Double(($0.bits + 7) / 8) },
        number(Column("adders")) { $0.hardware.map { Double($0.adders) } },
        number(Column("latency", unit: "cycles")) { $0.hardware.map { Double($0.latencyCycles) } },
      ]
    self.init(
      columns: columns.map(\.0),
      rows: front.map { trial in Row(trial.name, columns.map { $0.1(trial) }) })
  }
}
