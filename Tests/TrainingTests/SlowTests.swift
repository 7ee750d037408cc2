// What takes minutes, or needs a data set: `NNCC_SLOW=1 swift test -c release --filter TrainingTests`.

import Foundation
import Testing

@testable import Training

private let isSlow = ProcessInfo.processInfo.environment["NNCC_SLOW"] == "1"

struct PrintingObserver: TrainingObserver {
  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) {
    print(
      epoch.stage, epoch.epoch, epoch.loss, epoch.accuracy, epoch.validationAccuracy ?? -1,
      epoch.sparsity, seconds)
  }
}

@Suite(.serialized, .enabled(if: isSlow, "set NNCC_SLOW=1")) struct SlowTests {
  @Test func recipes() throws {
    let env = ProcessInfo.processInfo.environment
    let sets = (env["SETS"] ?? "").split(separator: " ").map(String.init)
    for name in (env["RECIPES"] ?? "").split(separator: " ").map(String.init) {
      let recipe = try Recipe.load(name, overrides: sets)
      let data = try DatasetSpec(
        recipe.data == "mnist" ? "mnist:/work/shared/data/mnist" : recipe.data
      ).load()
      let start = ContinuousClock.now
      let model = try train(recipe, on: data, observer: PrintingObserver())
      print("RESULT", name, model.testAccuracy, model.sparsity, ContinuousClock.now - start)
    }
  }
}
