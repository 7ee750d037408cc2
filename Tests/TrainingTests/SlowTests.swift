// What takes longer than a few seconds: run with `NNCC_SLOW=1`, or by `make test-all`.
//
// The tests on MNIST also want `NNCC_MNIST=DIR`, the directory of its four files, and an optimized
// build: `swift test -c release -Xswiftc -enable-testing`.

import Foundation
import GraphIR
import Testing

@testable import NeuralNet
@testable import Training

private let environment = ProcessInfo.processInfo.environment
private let isSlow = environment["NNCC_SLOW"] == "1" || environment["NNCC_TEST_ALL"] == "1"
private let mnist = environment["NNCC_MNIST"]

/// Trains a built-in recipe on the data it was made for.
private func trained(_ name: String) throws -> TrainedModel {
  let recipe = try Recipe.load(name)
  let data = recipe.data == "mnist" ? "mnist:\(mnist ?? "")" : recipe.data
  return try train(recipe, on: try DatasetSpec(data).load())
}

@Suite(.serialized, .enabled(if: isSlow, "set NNCC_SLOW=1")) struct DigitsDifficultyTests {
  /// Test accuracy of a float network with these hidden layers after 10 epochs on the default digits.
  private func accuracy(hidden: [Int]) throws -> Double {
    var layers: [LayerSpec] = [.flatten("flatten")]
    for (index, units) in hidden.enumerated() {
      layers.append(.dense("fc\(index)", units: units))
      layers.append(.relu("relu\(index)"))
    }
    layers.append(.dense("scores", units: 10))
    let recipe = Recipe(
      name: "difficulty", input: .scale(0x1p-8, offset: 0), layers: layers,
      stages: [Stage(name: "train", epochs: 10, batch: 64)])
    return try train(recipe, on: try DatasetSpec.digits.load()).testAccuracy
  }

  @Test func aLinearClassifierStaysBelow92Percent() throws {
    let accuracy = try accuracy(hidden: [])
    #expect(accuracy > 0.8 && accuracy < 0.92)
  }

  @Test func aPerceptronPasses97Percent() throws {
    #expect(try accuracy(hidden: [128, 64]) > 0.97)
  }

  @Test func theDemoPasses94PercentAndItsExactGraphPredictsTheSame() throws {
    let model = try trained("digits-demo")
    #expect(model.testAccuracy > 0.94)
    #expect(model.sparsity >= 0.5)
    let data = try DatasetSpec.digits.load(.test).prefix(1000)
    let evaluator = Evaluator(model.graph(), arithmetic: .exact)
    let predictions = model.predictions(on: data)
    for index in 0..<data.count {
      let outputs = evaluator.outputs([data.sample(index).map(Double.init)])
      let scores = outputs[0].asReal.values
      #expect(scores.firstIndex(of: scores.max()!) == predictions[index], "sample \(index)")
    }
  }
}

@Suite(.serialized, .enabled(if: isSlow && mnist != nil, "set NNCC_SLOW=1 and NNCC_MNIST=DIR"))
struct MNISTTests {
  @Test(arguments: [
    ("mnist-fc-64-32", 0.970), ("mnist-fc-64-32-pruned", 0.970), ("mnist-fc-64-32-qat", 0.970),
    ("mnist-fc-32-16-qat-pruned", 0.955), ("mnist-mlp-200", 0.969), ("mnist-fc-512-64", 0.978),
    ("mnist-fc-512-512", 0.981),
  ])
  func recipesReachTheirAccuracy(name: String, accuracy: Double) throws {
    let start = ContinuousClock.now
    let model = try trained(name)
    let seconds = (ContinuousClock.now - start).components.seconds
    print("\(name): \(model.testAccuracy), sparsity \(model.sparsity), \(seconds) s")
    #expect(model.testAccuracy >= accuracy)
  }
}
