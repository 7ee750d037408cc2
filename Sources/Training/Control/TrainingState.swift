// Everything that changes while a recipe is trained, as it is between two epochs.

import NeuralNet

/// Where training is and what it has come to: together with recipe and data, all that later epochs
/// depend on.
struct TrainingState: Hashable, Sendable {
  /// Position of the stage that comes next, or goes on, in the recipe.
  var stage = 0
  /// Epochs of that stage that are done.
  var epoch = 0
  var parameters: [Float]
  var mask: PruningMask
  var history: [EpochSummary] = []
  /// Of the stage that goes on; nil where the next epoch is the first of its stage.
  var running: Running?

  /// What lasts for a stage.
  struct Running: Hashable, Sendable {
    var optimizer = StageRunner.OptimizerState()
    var plateau = Plateau.State()
    var stopping = EarlyStopping.State()
    var keeping = EarlyStopping.State()
    /// The parameters of the best epoch so far, where a stage keeps it.
    var best: Snapshot?
  }

  struct Snapshot: Hashable, Sendable {
    var parameters: [Float]
    var mask: PruningMask
  }

  /// Takes note of an epoch of `stage`, after which the parameters are those of `runner`; says
  /// whether the stage is over. Epochs before the masks are final are neither best nor the last.
  mutating func finishEpoch(
    _ summary: EpochSummary, of stage: Stage, masksAreFinal: Bool, _ runner: StageRunner
  ) -> Bool {
    history.append(summary)
    epoch += 1
    var running = self.running ?? Running()
    var isOver = epoch == stage.epochs
    stage.plateau?.update(&running.plateau, after: summary)
    if masksAreFinal {
      if stage.keeping?.update(&running.keeping, after: summary).isBest == true {
        running.best = Snapshot(parameters: runner.master.values, mask: runner.mask)
      }
      if stage.earlyStopping?.update(&running.stopping, after: summary).isOver == true {
        isOver = true
      }
    }
    self.running = running
    if isOver { finishStage(runner) }
    return isOver
  }

  private mutating func finishStage(_ runner: StageRunner) {
    parameters = running?.best?.parameters ?? runner.master.values
    mask = running?.best?.mask ?? runner.mask
    running = nil
    stage += 1
    epoch = 0
  }

  /// Takes over what `runner` has in its buffers, where its stage goes on.
  mutating func capture(_ runner: StageRunner) {
    guard running != nil else { return }
    parameters = runner.master.values
    mask = runner.mask
    running?.optimizer = runner.optimizerState
  }
}
