// Settings of stages: what is read, what defaults they have, what is refused.

import Diagnostics
import FileFormats
import Foundation
import NeuralNet
import Testing

@testable import Training

/// A recipe with one stage of these settings, and 10 samples held out unless told otherwise.
private func recipe(
  _ settings: String, validation: String = #"{"last": 10}"#
) throws(Diagnostic) -> Recipe {
  try Recipe(
    parsing: """
      {"name": "r", "input": {"scale": 0.5}, "validation": \(validation),
       "layers": [{"type": "dense", "name": "fc1", "units": 8}, {"type": "relu"},
                  {"type": "dense", "name": "scores", "units": 2}],
       "stages": [{"name": "a", \(settings)}]}
      """, file: "r.json")
}

private func stage(_ settings: String) throws(Diagnostic) -> Stage {
  try recipe(#""epochs": 4, "# + settings).stages[0]
}

/// The stage of a recipe in Swift, to compare with.
private func expected(_ change: (inout Stage) -> Void) -> Stage {
  var stage = Stage(name: "a", epochs: 4)
  change(&stage)
  return stage
}

private let readings: [(String, Stage)] = [
  (#""loss": "hinge""#, expected { $0.loss = .hinge }),
  (#""loss": "cross_entropy""#, expected { _ in }),
  (
    #""loss": {"type": "cross_entropy", "smoothing": 0.1}"#,
    expected { $0.loss = .crossEntropy(smoothing: 0.1) }
  ),
  (
    #""loss": {"type": "binary_cross_entropy"}"#,
    expected { $0.loss = .binaryCrossEntropy(smoothing: 0) }
  ),
  (
    #""loss": {"type": "kl_divergence", "smoothing": 0.2}"#,
    expected { $0.loss = .divergence(smoothing: 0.2) }
  ),
  (#""loss": {"type": "mean_squared_error"}"#, expected { $0.loss = .squaredError }),
  (#""loss": "squared_hinge""#, expected { $0.loss = .squaredHinge }),
  (
    #""distillation": {"teacher": "big"}"#,
    expected { $0.distillation = DistillationSpec(teacher: "big") }
  ),
  (
    #"""
    "distillation": {"teacher": "big", "alpha": 0.3, "temperature": 9,
                     "compatibility": "softened-probabilities"}
    """#,
    expected {
      $0.distillation = DistillationSpec(
        teacher: "big",
        Distillation(alpha: 0.3, temperature: 9, softensProbabilities: true))
    }
  ),
  (#""optimizer": "sgd""#, expected { $0.optimizer = .sgd() }),
  (#""optimizer": "sgdm""#, expected { $0.optimizer = .sgd(momentum: 0.9) }),
  (
    #""optimizer": {"type": "nesterov", "rate": 0.5}"#,
    expected { $0.optimizer = .sgd(rate: 0.5, momentum: 0.9, nesterov: true) }
  ),
  (
    #""optimizer": {"type": "rmsprop", "rho": 0.8, "centered": true, "momentum": 0.1}"#,
    expected { $0.optimizer = .rmsprop(rho: 0.8, momentum: 0.1, isCentered: true) }
  ),
  (#""optimizer": "adamw""#, expected { $0.optimizer = .adam(weightDecay: 0.004) }),
  (
    #""optimizer": {"type": "amsgrad", "rate": 0.003}"#,
    expected { $0.optimizer = .adam(rate: 0.003, isAMSGrad: true) }
  ),
  (
    #""optimizer": {"type": "adam", "defaults": "matlab"}"#,
    expected { $0.optimizer = .adam(epsilon: 1e-8) }
  ),
  (
    #""optimizer": {"type": "rmsprop", "defaults": "matlab"}"#,
    expected { $0.optimizer = .rmsprop(epsilon: 1e-8, isEpsilonInRoot: false) }
  ),
  (
    #""schedule": {"type": "piecewise", "pieces": [{"epoch": 2, "factor": 0.5}]}"#,
    expected { $0.schedule = .piecewise([.init(epoch: 2, factor: 0.5)]) }
  ),
  (
    #""schedule": {"type": "exponential"}"#,
    expected { $0.schedule = .exponential(factor: 0.9, epochs: 1) }
  ),
  (#""schedule": {"type": "one_cycle"}"#, expected { $0.schedule = .oneCycle() }),
  (#""warm_up": {"steps": 100}"#, expected { $0.warmUp = .steps(100) }),
  (#""warm_up": {"epochs": 2}"#, expected { $0.warmUp = .epochs(2) }),
  (#""plateau": {}"#, expected { $0.plateau = Plateau() }),
  (
    #"""
    "plateau": {"monitor": "accuracy", "factor": 0.4, "patience": 3, "min_rate": 0.001,
                "min_delta": 0.01, "cooldown": 1}
    """#,
    expected {
      $0.plateau = Plateau(
        monitor: .accuracy, factor: 0.4, patience: 3, minimumRate: 0.001, minimumDelta: 0.01,
        cooldown: 1)
    }
  ),
  (#""clipping": {"value": 0.5}"#, expected { $0.clipping = .value(0.5) }),
  (#""clipping": {"norm": 1}"#, expected { $0.clipping = .norm(1) }),
  (#""clipping": {"global_norm": 2}"#, expected { $0.clipping = .globalNorm(2) }),
  (
    #""early_stopping": {"patience": 12, "restore_best": true}"#,
    expected { $0.earlyStopping = EarlyStopping(patience: 12, restoresBest: true) }
  ),
  (#""shuffle": "once""#, expected { $0.shuffle = .once }),
  (#""shuffle": "never", "l2": 0.001"#, expected { ($0.shuffle, $0.l2) = (.never, 0.001) }),
  (
    #"""
    "augmentation": {"horizontal_shift": 2, "vertical_shift": 1, "rotation": 10,
                     "scale": [0.9, 1.1], "noise": 4, "flip_horizontal": true}
    """#,
    expected {
      $0.augmentation = Augmentation(
        horizontalShift: 2, verticalShift: 1, rotation: 10, scale: 0.9...1.1, noise: 4,
        flipsHorizontally: true)
    }
  ),
  (
    #""pruning": {"schedule": "constant", "final": 0.3, "begin": 5, "scope": "global"}"#,
    expected {
      $0.pruning = PruningSpec(.constant(final: 0.3, begin: 5), scope: .global)
    }
  ),
  (
    #""pruning": {"structure": "2:4", "exclude": ["scores"]}"#,
    expected {
      $0.pruning = PruningSpec(
        .polynomial(final: 0.5), structure: .pattern(kept: 2, of: 4), excluded: ["scores"])
    }
  ),
  (
    #"""
    "pruning": {"final": 0.5, "structure": {"inputs": 4, "outputs": 2},
                "layers": {"fc1": {"final": 0.8, "structure": "filters"}}}
    """#,
    expected {
      $0.pruning = PruningSpec(
        .polynomial(final: 0.5), structure: .blocks(inputs: 4, outputs: 2),
        layers: [.init(layer: "fc1", final: 0.8, structure: .filters)])
    }
  ),
  (
    #""pruning": {"final": 0.9, "balance": "outputs"}"#,
    expected { $0.pruning = PruningSpec(.polynomial(final: 0.9), balance: .outputs) }
  ),
  (#""fold_batch_norm": true"#, expected { $0.foldsBatchNorms = true }),
]

/// Settings that are refused, each with a part of what is said about them.
private let refusals: [(String, String)] = [
  (#""loss": "mse""#, "'cross_entropy', 'kl_divergence'"),
  (#""loss": {"type": "hinge", "smoothing": 0.1}"#, "no key 'smoothing'"),
  (#""loss": {"type": "cross_entropy", "smoothing": 1}"#, "below 1"),
  (#""distillation": {}"#, "'teacher' is missing"),
  (#""distillation": {"teacher": "t", "alpha": 2}"#, "a share from 0 to 1"),
  (#""distillation": {"teacher": "t", "temperature": 0}"#, "above 0"),
  (#""distillation": {"teacher": "t", "compatibility": "yes"}"#, "'softened-probabilities'"),
  (#""optimizer": "lion""#, "'rmsprop', 'adam', 'adamw'"),
  (#""optimizer": {"type": "adamw", "momentum": 0.9}"#, "no key 'momentum'"),
  (#""optimizer": {"type": "adam", "defaults": "torch"}"#, "'keras', 'matlab'"),
  (#""optimizer": {"type": "sgd", "momentum": 1}"#, "below 1"),
  (#""defaults": "torch""#, "'keras', 'matlab'"),
  (#""schedule": {"type": "linear"}"#, "'piecewise', 'exponential'"),
  (#""schedule": {"type": "piecewise", "pieces": []}"#, "at least one element"),
  (
    #"""
    "schedule": {"type": "piecewise",
                 "pieces": [{"epoch": 3, "factor": 1}, {"epoch": 3, "factor": 2}]}
    """#, "a later epoch"
  ),
  (#""warm_up": {"steps": 3, "epochs": 1}"#, #"{"steps": n} or {"epochs": n}"#),
  (#""plateau": {"monitor": "val_acc"}"#, "'val_loss'"),
  (#""plateau": {"min_delta": -1}"#, "at least 0"),
  (#""clipping": {}"#, #"{"global_norm": x}"#),
  (#""clipping": {"value": 1, "norm": 1}"#, #"{"global_norm": x}"#),
  (#""early_stopping": {"patience": -1}"#, "an integer from 0"),
  (#""early_stopping": {"restore_best": true}, "keep": "best""#, "early stopping restores"),
  (#""shuffle": "always""#, "'every-epoch', 'once', 'never'"),
  (#""l2": -1"#, "at least 0"),
  (#""augmentation": {"scale": [2, 1]}"#, "the smallest and the largest"),
  (#""augmentation": {"scale": [0, 1]}"#, "above 0"),
  (#""augmentation": {"noise": -1}"#, "at least 0"),
  (#""augmentation": {"zoom": 2}"#, "no key 'zoom'"),
  (#""pruning": {}"#, "'final' is missing"),
  (#""pruning": {"final": 0.5, "schedule": "linear"}"#, "'polynomial', 'constant'"),
  (#""pruning": {"final": 0.5, "schedule": "constant", "power": 3}"#, "no key 'power'"),
  (#""pruning": {"final": 0.5, "scope": "all"}"#, "'layer', 'global'"),
  (#""pruning": {"final": 0.5, "structure": "4:4"}"#, "a pattern such as '2:4'"),
  (#""pruning": {"final": 0.6, "structure": "2:4"}"#, "0.5, which is what the pattern prunes"),
  (#""pruning": {"structure": "2:4", "scope": "global"}"#, "every run of inputs"),
  (
    #""pruning": {"final": 0.5, "layers": {"relu1": {}}}"#,
    "a layer with a kernel ('fc1', 'scores')"
  ),
  (#""pruning": {"final": 0.5, "exclude": ["fc2"]}"#, "instead of 'fc2'"),
  (
    #""pruning": {"structure": "2:4", "layers": {"fc1": {"final": 0.9}}}"#,
    "the pattern says how much"
  ),
  (#""pruning": {"final": 0.5, "structure": {"inputs": 0, "outputs": 1}}"#, "an integer from 1"),
  (#""pruning": {"final": 0.5, "balance": "rows"}"#, "'none', 'outputs'"),
  (#""pruning": {"final": 0.5, "balance": "outputs", "scope": "global"}"#, "layer by layer"),
  (#""pruning": {"structure": "2:4", "balance": "outputs"}"#, "single weights and blocks"),
  (#""fold_batch_norm": 1"#, "true or false"),
]

struct StageReaderTests {
  @Test(arguments: readings.indices) func settingsAreReadAndPrintedAlike(index: Int) throws {
    let (settings, expected) = readings[index]
    let recipe = try recipe(#""epochs": 4, "# + settings)
    #expect(recipe.stages[0] == expected)
    #expect(try Recipe(parsing: recipe.text, file: "r.json") == recipe)
  }

  @Test(arguments: refusals.indices) func refusesWhatItDoesNotKnow(index: Int) {
    let (settings, reason) = refusals[index]
    #expect {
      _ = try stage(settings)
    } throws: {
      let diagnostic = $0 as? Diagnostic
      return diagnostic?.id.hasPrefix("json.") == true
        && diagnostic?.message.contains(reason) == true
    }
  }

  @Test func matlabsDefaultsAreThoseOfTrainingOptions() throws {
    let plain = try recipe(#""defaults": "matlab""#).stages[0]
    #expect(
      plain
        == Stage(
          name: "a", epochs: 30, batch: 128, optimizer: .sgd(momentum: 0.9), shuffle: .once,
          l2: 0.00005))
    let adam = try recipe(
      #""defaults": "matlab", "epochs": 5, "batch": 64, "optimizer": "adam", "l2": 0"#
    ).stages[0]
    #expect(
      adam
        == Stage(
          name: "a", epochs: 5, batch: 64, optimizer: .adam(epsilon: 1e-8), shuffle: .once))
  }

  @Test(arguments: [
    (#""none""#, true), (#""test""#, true), (#"{"fraction": 0.2}"#, false),
    (#"{"first": 3}"#, false),
  ])
  func nothingIsChosenByTheTest(validation: String, isRefused: Bool) {
    for setting in [
      #""plateau": {}"#, #""early_stopping": {"monitor": "val_accuracy"}"#, #""keep": "best""#,
    ] {
      let id = diagnosticID { () throws(Diagnostic) in
        _ = try recipe(#""epochs": 4, "# + setting, validation: validation)
      }
      #expect((id == "json.mismatch") == isRefused)
    }
  }

  @Test(arguments: ["0", "1", "-0.5", "true"]) func fractionsAreShares(text: String) {
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try recipe(#""epochs": 1"#, validation: "{\"fraction\": \(text)}")
      } == "json.mismatch")
  }

  @Test func theExampleOfTheManualIsARecipe() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../docs/training.md").path
    let manual = String(decoding: try readFile(file), as: UTF8.self)
    let start = try #require(manual.range(of: "```json\n")).upperBound
    let end = try #require(manual.range(of: "```", range: start..<manual.endIndex)).lowerBound
    let recipe = try Recipe(parsing: String(manual[start..<end]), file: file)
    #expect(recipe.stages.count == 2)
    for key in Stage.keys { #expect(manual.contains("| `\(key)` |"), "\(key)") }
  }

  @Test func settingsOfStagesCanBeOverridden() throws {
    let overrides = [
      "optimizer=rmsprop", "loss=hinge", "clipping.norm=1", "shuffle=never",
      "stages.0.early_stopping.monitor=loss",
    ]
    let stages = try Recipe.load("mnist-fc-64-32", overrides: overrides).stages
    #expect(stages[0].optimizer == .rmsprop())
    #expect(stages[0].loss == .hinge && stages[0].clipping == .norm(1))
    #expect(stages[0].earlyStopping == EarlyStopping(monitor: .loss))
  }
}
