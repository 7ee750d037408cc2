// Recipes: what is read, what is refused, what can be overridden.

import Diagnostics
import FileFormats
import Testing

@testable import NeuralNet
@testable import Training

/// A recipe with one spot to vary.
private func text(_ members: String = "", stage: String = "") -> String {
  """
  {"name": "r", "input": {"scale": 0.5}, \(members)
   "layers": [{"type": "dense", "name": "fc1", "units": 3}, {"type": "relu"},
              {"type": "dense", "units": 2}],
   "stages": [{"name": "a", "epochs": 1 \(stage)}, {"name": "b", "epochs": 2}]}
  """
}

private func parse(_ text: String) throws(Diagnostic) -> Recipe {
  try Recipe(parsing: text, file: "r.json")
}

struct RecipeTests {
  @Test(arguments: Pipeline.builtInNames) func everyBuiltInIsReadAndPrintedAlike(
    name: String
  ) throws {
    let pipeline = try Pipeline.load(name)
    #expect(pipeline.name == name)
    #expect(!pipeline.summary.isEmpty)
    #expect(try Pipeline(parsing: Array(pipeline.json.pretty.utf8), file: name) == pipeline)
  }

  @Test func defaultsAreThoseOfKeras() throws {
    let recipe = try parse(text())
    #expect(recipe.seed == 1)
    #expect(recipe.layers.map(\.name) == ["fc1", "relu1", "dense2"])
    #expect(recipe.stages[0].batch == 32)
    #expect(recipe.stages[0].optimizer == .adam)
    #expect(recipe.stages[0].schedule == .constant)
    #expect(recipe.stages[0].pruning == nil && recipe.stages[0].quantization == nil)
  }

  @Test func everySettingSurvivesPrinting() throws {
    let recipe = try parse(
      text(
        #""summary": "s", "data": "digits", "seed": 5, "validation": {"last": 7},"#,
        stage: #"""
          , "batch": 9, "keep": "best",
          "optimizer": {"type": "sgd", "rate": 0.3, "momentum": 0.9, "nesterov": true},
          "schedule": {"type": "step", "factor": 0.5, "epochs": 3},
          "pruning": {"initial": 0.1, "final": 0.6, "begin": 2, "end": 9, "power": 1,
                      "frequency": 4},
          "quantization": {"input": ["u8f8", "u4f4 floor"], "weights": "quantized_bits(6,0)",
            "biases": "s8f7", "activations": "quantized_relu(6)",
            "layers": {"fc1": {"weights": "s4f3"}, "relu1": {"activations": "u3f2"}}}
          """#))
    #expect(try parse(recipe.text) == recipe)
    #expect(recipe.stages[0].quantization?.layers.count == 2)
    #expect(recipe.stages[0].optimizer == .sgd(rate: 0.3, momentum: 0.9, nesterov: true))
  }

  @Test(arguments: [
    (#"{"type": "conv"}"#, "json.mismatch"),
    (#"{"type": "relu"}, {"type": "relu", "name": "relu1"}"#, "json.mismatch"),
    (#"{"type": "relu", "units": 3}"#, "json.unknown-key"),
    (#"{"type": "dense"}"#, "json.missing"),
    (#"{"type": "dense", "units": 0}"#, "json.mismatch"),
    (#"{"type": "dense", "units": 1, "initializer": "one"}"#, "json.mismatch"),
    (#"{"type": "dropout", "rate": 1}"#, "json.mismatch"),
    ("", "json.mismatch"),
  ])
  func refusesLayersItDoesNotKnow(layers: String, id: String) {
    let text =
      #"{"name": "r", "input": {}, "layers": [\#(layers)], "stages": [{"epochs": 1}]}"#
    #expect(diagnosticID { () throws(Diagnostic) in _ = try parse(text) } == id)
  }

  @Test(arguments: [
    (#""epoch": 3"#, "json.unknown-key"), (#""seed": 0.5"#, "json.mismatch"),
    (#""validation": {"first": 1, "last": 2}"#, "json.mismatch"),
    (#""validation": "all""#, "json.mismatch"), (#""name": "again""#, "json.duplicate-key"),
  ])
  func refusesSettingsItDoesNotKnow(member: String, id: String) {
    #expect(diagnosticID { () throws(Diagnostic) in _ = try parse(text(member + ",")) } == id)
  }

  @Test(arguments: [
    (#""epoch": 3"#, "json.unknown-key"), (#""batch": 0"#, "json.mismatch"),
    (#""optimizer": {"type": "adam", "momentum": 1}"#, "json.unknown-key"),
    (#""optimizer": {"type": "lion"}"#, "json.mismatch"),
    (#""optimizer": {"type": "adam", "rate": 0}"#, "json.mismatch"),
    (#""schedule": {"type": "linear"}"#, "json.mismatch"), (#""keep": "best""#, "json.mismatch"),
    (#""pruning": {}"#, "json.missing"), (#""pruning": {"final": 1.5}"#, "json.mismatch"),
    (#""pruning": {"final": 0.5, "begin": 5, "end": 4}"#, "json.mismatch"),
    (#""pruning": {"final": 0.1, "initial": 0.4}"#, "json.mismatch"),
    (#""quantization": {"weights": "s99f0"}"#, "json.mismatch"),
    (#""quantization": {"weights": "s6f5 wrap"}"#, "json.mismatch"),
    (#""quantization": {"layers": {"fc9": {}}}"#, "json.mismatch"),
    (#""quantization": {"layers": {"relu1": {"weights": "s4f3"}}}"#, "json.unknown-key"),
  ])
  func refusesStagesItDoesNotKnow(member: String, id: String) {
    #expect(
      diagnosticID { () throws(Diagnostic) in _ = try parse(text(stage: ", " + member)) } == id)
  }

  @Test func unknownNamesListTheKnownOnes() {
    #expect {
      try Recipe.load("mnist-fc-64")
    } throws: {
      let diagnostic = $0 as? Diagnostic
      return diagnostic?.id == "recipe.unknown"
        && diagnostic?.notes.first?.contains("digits-demo") == true
    }
  }
}

struct RecipeOverrideTests {
  private func overridden(_ settings: String...) throws(Diagnostic) -> Recipe {
    try Recipe.load("mnist-fc-32-16-qat-pruned", overrides: settings)
  }

  @Test func changesSingleSettings() throws {
    #expect(try overridden("seed=7").seed == 7)
    #expect(try overridden("stages.1.epochs=3").stages.map(\.epochs) == [8, 3, 16])
    #expect(try overridden("stages.quantize.epochs=2").stages.map(\.epochs) == [8, 8, 2])
    #expect(
      try overridden("layers.fc1.units=99").layers[1]
        == .dense("fc1", units: 99))
    #expect(try overridden("name=x y").name == "x y")
    #expect(try overridden("validation=test", "keep=last").validation == .test)
  }

  @Test func aSettingOfStagesMeansAllOfThem() throws {
    #expect(try overridden("epochs=3").stages.map(\.epochs) == [3, 3, 3])
    #expect(
      try overridden("optimizer.rate=0.25").stages.map(\.optimizer.rate) == [0.25, 0.25, 0.25])
    let pruned = try overridden("pruning.final=0.75").stages
    #expect(pruned.map { $0.pruning?.schedule.final } == [nil, 0.75, nil])
    let quantized = try overridden("quantization.weights=s4f3").stages
    #expect(quantized.map { $0.quantization?.weights?.spelling } == [nil, nil, "s4f3"])
  }

  @Test func anotherKindStartsAtItsDefaults() throws {
    let recipe = try overridden("optimizer.type=sgd", "stages.0.optimizer.rate=0.5")
    #expect(
      recipe.stages.map(\.optimizer)
        == [0.5, 0.01, 0.01].map {
          .sgd(rate: $0, momentum: 0, nesterov: false)
        })
    // The same kind keeps what the recipe says.
    #expect(try overridden("optimizer.type=adam").stages[0].optimizer.rate == 0.002)
  }

  @Test func whatALaterStageLacksCanBeAdded() throws {
    let recipe = try overridden("stages.quantize.pruning.final=0.6")
    #expect(recipe.stages[2].pruning == PruningSpec(.polynomial(final: 0.6)))
    #expect(try overridden("stages.prune.pruning=null").stages[1].pruning == nil)
  }

  @Test(arguments: [
    ("seed", "recipe.set"), ("=3", "recipe.set"), ("stages..epochs=3", "recipe.set"),
    ("stages.9.epochs=3", "recipe.set-path"), ("stages.foo.epochs=3", "recipe.set-path"),
    ("seed.x=3", "recipe.set-path"), ("sed=3", "json.unknown-key"),
    ("stages.0.epoch=3", "json.unknown-key"), ("epochs=many", "json.mismatch"),
  ])
  func refusesTheRest(setting: String, id: String) {
    #expect(diagnosticID { () throws(Diagnostic) in _ = try overridden(setting) } == id)
  }

  @Test func pruningEverywhereNeedsAStageThatPrunes() {
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try Recipe.load("mnist-fc-64-32", overrides: ["pruning.final=0.5"])
      } == "recipe.set-path")
  }
}
