// Recipe files of several models.

import Diagnostics
import FileFormats
import Testing

@testable import NeuralNet
@testable import Training

/// A pipeline of the members of its models, in JSON.
func pipeline(models: String) throws(Diagnostic) -> Pipeline {
  try Pipeline(
    parsing: Array(
      """
      {"name": "p", "data": "digits:train=300,test=60,seed=1", "seed": 3, "input": {"scale": 0.5},
       "models": [\(models)]}
      """.utf8), file: "p.json")
}

private let teacher = """
  {"name": "teacher", "layers": [{"type": "flatten"}, {"type": "dense", "units": 10}],
   "stages": [{"name": "train", "epochs": 2}]}
  """

struct PipelineTests {
  @Test func modelsShareWhatTheFileSays() throws {
    let made = try pipeline(
      models: """
        \(teacher), {"name": "pruned", "from": "teacher",
          "stages": [{"name": "prune", "epochs": 1, "pruning": {"final": 0.5}}]},
        {"name": "int4", "from": "pruned", "calibration": {"bits": 4, "method": "kl"}},
        {"name": "student", "seed": 9, "layers": [{"type": "flatten"}, {"type": "dense", "units": 10}],
          "stages": [{"epochs": 1, "distillation": {"teacher": "pruned"}}]}
        """)
    #expect(made.models.map(\.recipe.seed) == [3, 3, 3, 9])
    #expect(made.models.map(\.recipe.name) == ["p-teacher", "p-pruned", "p-pruned", "p-student"])
    #expect(made.models[1].recipe.stages.map(\.name) == ["train", "prune"])
    #expect(made.models[1].recipe.layers == made.models[0].recipe.layers)
    #expect(made.models[1].origin == .continues("teacher"))
    guard case .quantizes("pruned", let calibration) = made.models[2].origin else {
      Issue.record("int4 is not quantized")
      return
    }
    #expect(calibration.weightBits == 4 && calibration.method == .divergence)
    #expect(try Pipeline(parsing: Array(made.json.pretty.utf8), file: "again") == made)
  }

  @Test(arguments: [
    (#"{"name": "a", "from": "b", "stages": [{"epochs": 1}]}"#, "json.mismatch"),
    (#"{"name": "a", "calibration": {}}"#, "json.missing"),
    (#"{"name": "teacher", "from": "teacher", "stages": []}"#, "json.mismatch"),
    (#"{"name": "a", "from": "teacher", "calibration": {"bits": 40}}"#, "json.mismatch"),
    (#"{"name": "a", "from": "teacher", "calibration": {"method": "best"}}"#, "json.mismatch"),
    (#"{"name": "a", "from": "teacher", "calibration": {"bit": 4}}"#, "json.unknown-key"),
    (
      #"{"name": "a", "from": "teacher", "stages": [{"epochs": 1, "distillation": {"teacher": "x"}}]}"#,
      "json.mismatch"
    ),
    (
      #"{"name": "q", "from": "teacher", "calibration": {}}, {"name": "a", "from": "q", "stages": [{"epochs": 1}]}"#,
      "json.mismatch"
    ),
  ])
  func refusesTheRest(model: String, id: String) {
    #expect(
      diagnosticID { () throws(Diagnostic) in _ = try pipeline(models: "\(teacher), \(model)") }
        == id)
  }

  @Test func settingsReachEveryModel() throws {
    let changed = try Pipeline.load(
      "mnist-mlp-student", overrides: ["epochs=2", "seed=5", "models.student.layers.fc2.units=60"])
    #expect(changed.models.allSatisfy { $0.recipe.seed == 5 })
    #expect(changed.models.allSatisfy { $0.recipe.stages.allSatisfy { $0.epochs == 2 } })
    let student = changed.models.last!.recipe.layers.first { $0.name == "fc2" }
    #expect(student == .dense("fc2", units: 60))
  }

  @Test func aSingleRecipeIsWantedSomewhere() {
    #expect(
      diagnosticID { () throws(Diagnostic) in _ = try Recipe.load("mnist-mlp-student") }
        == "recipe.several")
  }
}
