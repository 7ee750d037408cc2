// Whole searches on a few digits, and what they leave behind.

import Diagnostics
import FileFormats
import Foundation
import Importers
import TestSupport
import Testing
import Training

@testable import Compiler

@Suite struct SearchTests {
  private static let data = try! DatasetSpec("digits:train=120,test=30").load()

  /// 784-3-10 on quarter-scale pictures, four bits wide.
  private static func pipeline(
    stages: String = quantized, models: String? = nil
  ) throws -> Pipeline {
    let layers = """
      [{"type": "flatten"}, {"type": "dense", "name": "fc1", "units": 3}, {"type": "relu"},
       {"type": "dense", "name": "scores", "units": 10}]
      """
    let content = models ?? #""layers": \#(layers), "stages": \#(stages)"#
    let text = """
      {"name": "small", "validation": {"last": 20}, "input": {"scale": 0.00390625},
       \(content.replacing("LAYERS", with: layers))}
      """
    return try Pipeline(parsing: Array(text.utf8), file: "small.json")
  }

  private static let quantized = """
    [{"name": "train", "epochs": 3, "batch": 20, "pruning": {"final": 0.9},
      "quantization": {"input": ["u8f8", "u2f2 floor"], "weights": "quantized_bits(4,0)",
                       "biases": "quantized_bits(4,0)", "activations": "quantized_relu(4,2)"}}]
    """

  private func plan(
    _ pipeline: Pipeline,
    _ axes: [String] = ["layers.fc1.units=2,3", "pruning.final=real:0.6..0.9"],
    _ method: SearchMethod = .random, trials: Int = 3, cost: SearchCost? = nil
  ) throws -> SearchPlan {
    try SearchPlan(
      pipeline, SearchSpace(axes.map { try SearchAxis($0) }), method, trials: trials, cost: cost,
      on: SearchTests.data)
  }

  private func search(
    _ plan: SearchPlan, in folder: String, resuming: Bool = false,
    _ observer: SilentObserver = SilentObserver()
  ) throws -> SearchResult {
    try Compiler.search(
      plan, on: SearchTests.data, in: folder, resuming: resuming, jobs: 2, observer: observer)
  }

  private func contents(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder),
        !isFolder.boolValue
      {
        files[path] = try readFile("\(folder)/\(path)")
      }
    }
    return files
  }

  @Test func findsModelsThatAreWhatTheirSettingsMake() throws {
    let plan = try plan(SearchTests.pipeline())
    #expect(plan.cost == .adders)
    try withTemporaryFolder { folder in
      let result = try search(plan, in: folder + "/a")
      #expect(result.trials.map(\.trial) == [0, 1, 2])
      #expect(!result.front.isEmpty)
      for trial in result.front {
        let measurement = try #require(trial.measurement)
        let hardware = try #require(measurement.hardware)
        #expect(hardware.adders > 0)
        #expect(measurement.cost == SearchCost.lutEquivalents(hardware))
        // Its settings, trained anew, give its accuracies.
        let recipe = try plan.pipeline.changed(
          by: plan.space.settings(of: trial.point), name: "test"
        ).result.recipe
        let again = try train(recipe, on: SearchTests.data)
        #expect(again.validationAccuracy == measurement.validationAccuracy)
        #expect(again.testAccuracy == measurement.testAccuracy)
        let file = folder + "/a/models/\(trial.name).nnm"
        let model = try importModel(file)
        #expect(model.name == "small-\(trial.name)")
        #expect(
          try compile(model, CompileOptions()).design.cost.adders == hardware.adders)
      }
      let all = try contents(folder + "/a")
      #expect(
        Set(all.keys).isSuperset(of: ["results.csv", "pareto.json", "report.html", "report.json"]))
      #expect(
        all.keys.filter { $0.hasPrefix("models/") }.sorted()
          == result.front.map { "models/\($0.name).nnm" }.sorted())
      let csv = String(decoding: all["results.csv"]!, as: UTF8.self).split(separator: "\n")
      #expect(csv.count == 4)
      #expect(csv[0].hasPrefix("trial,state,layers.fc1.units,pruning.final,epochs,validation_acc"))
      #expect(csv.count { $0.contains(",front,") } == result.front.count)
      let pareto = try JSONField(parsing: all["pareto.json"]!, file: "pareto.json")
      #expect(try pareto.member("front").elements().count == result.front.count)
      #expect(String(decoding: all["report.html"]!, as: UTF8.self).contains("LUT equivalents"))
      // One job less and a half-done folder: the same bytes.
      for lost in ["trials/t1-0.json", "results.csv", "models/\(result.front[0].name).nnm"] {
        try FileManager.default.removeItem(atPath: "\(folder)/a/\(lost)")
      }
      try writeFileAtomically(folder + "/a/models/t99.nnm", "left over")
      let observer = SilentObserver()
      _ = try search(plan, in: folder + "/a", resuming: true, observer)
      #expect(observer.known == 2)
      #expect(try contents(folder + "/a") == all)
    }
  }

  @Test func halvingTrainsSurvivorsOn() throws {
    let plan = try plan(SearchTests.pipeline(), .halving(reduction: 2), trials: 8, cost: .bits)
    try withTemporaryFolder { folder in
      let result = try search(plan, in: folder)
      #expect(result.trials.count == 8)
      #expect(result.trials.count { $0.isWhole } == 4)
      for trial in result.trials {
        #expect(trial.measurement?.epochs == (trial.isWhole ? 3 : 2))
      }
      let csv = String(decoding: try readFile(folder + "/results.csv"), as: UTF8.self)
      #expect(csv.components(separatedBy: ",stopped,").count == 5)
      let survivor = try #require(result.front.first)
      let recipe = try plan.pipeline.changed(
        by: plan.space.settings(of: survivor.point), name: "test"
      ).result.recipe
      #expect(
        try train(recipe, on: SearchTests.data).testAccuracy == survivor.measurement?.testAccuracy)
    }
  }

  private func plan(
    _ pipeline: Pipeline, _ method: SearchMethod, trials: Int, cost: SearchCost
  ) throws -> SearchPlan {
    try plan(
      pipeline, ["layers.fc1.units=2,3", "optimizer.rate=log:1e-3..1e-2"], method, trials: trials,
      cost: cost)
  }

  /// A student learns from a teacher that is trained once.
  @Test func searchesStudents() throws {
    let pipeline = try SearchTests.pipeline(
      models: """
        "models": [
          {"name": "teacher", "layers": LAYERS, "stages": [{"name": "t", "epochs": 1}]},
          {"name": "student", "layers": LAYERS,
           "stages": [{"name": "s", "epochs": 1, "distillation": {"teacher": "teacher"}}]}]
        """)
    let axes = ["distillation.alpha=0.1,0.9"]
    let plan = try plan(pipeline, axes, trials: 2)
    #expect(plan.cost == .bits, "it is in floating point")
    try withTemporaryFolder { folder in
      let observer = SilentObserver()
      let result = try search(plan, in: folder, observer)
      #expect(observer.steps == ["training teacher"])
      #expect(result.trials.allSatisfy { $0.measurement != nil })
      #expect(result.trials.allSatisfy { $0.measurement?.bits == 32 * 2395 })
    }
  }

  @Test func saysWhatCannotBeSearched() throws {
    let afterwards = try SearchTests.pipeline(
      models: """
        "models": [
          {"name": "float", "layers": LAYERS, "stages": [{"name": "t", "epochs": 1}]},
          {"name": "int8", "from": "float", "calibration": {"bits": 8}}]
        """)
    #expect(difference(from: "search.quantized-afterwards") { try plan(afterwards) } == nil)
    let pipeline = try SearchTests.pipeline()
    for (axis, id) in [
      ("layers.fc9.units=1,2", "recipe.set-path"), ("layers.fc1.units=2,0", "json.mismatch"),
      ("optimizer.rate=real:-1..1", "json.mismatch"), ("optimiser=sgd,adam", "json.unknown-key"),
    ] {
      #expect(difference(from: id) { try plan(pipeline, [axis]) } == nil)
    }
  }

  @Test func saysWhyThereIsNoFront() throws {
    try withTemporaryFolder { folder in

      let pipeline = try SearchTests.pipeline(stages: #"[{"name": "t", "epochs": 1}]"#)
      let diverging = try plan(pipeline, ["optimizer.rate=1e30,1e35"], cost: .macs)
      #expect(
        difference(from: "search.all-failed") { try search(diverging, in: folder + "/a") } == nil)
      let float = try plan(pipeline, ["layers.fc1.units=2,3"], trials: 1, cost: .adders)
      #expect(
        difference(
          from: "search.no-cost",
          message: "no trial has hardware to count: the model is in floating point"
        ) { try search(float, in: folder + "/b") } == nil)
    }
  }

  @Test func holdsSamplesOutWhereTheRecipeDoesNot() throws {
    var recipe = try SearchTests.pipeline().result.recipe
    #expect(recipe.heldOut.validation == .last(20))
    for validation: Recipe.Validation in [.none, .test] {
      recipe.validation = validation
      #expect(recipe.heldOut.validation == .fraction(0.2))
    }
  }
}
