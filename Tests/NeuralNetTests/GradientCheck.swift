// Gradients against differences of the loss, in double precision.

import FileFormats
import SeededRandom
import Testing

@testable import NeuralNetDouble

/// A network from the JSON of its layers, e.g. `[{"type": "dense", "units": 3}]`.
func network(_ layers: String, input shape: [Int]) throws -> Network {
  var specs: [LayerSpec] = []
  for field in try JSONField(parsing: layers, file: "layers").elements() {
    specs.append(try LayerSpec(field, after: specs))
  }
  return try Network(
    NetworkSpec(inputShape: shape, preprocessing: Preprocessing(), layers: specs))
}

/// A batch of random samples with random labels, and what it takes to run it.
struct GradientCheck {
  let network: Network
  let objective: Objective
  let batch: BatchRun
  let samples: [Double]
  let labels: [Int32]
  let teacher: [Double]
  var parameters: [Double]

  init(_ network: Network, _ objective: Objective = Objective(), rows: Int = 37, seed: UInt64 = 1) {
    self.network = network
    self.objective = objective
    var random = SeededRandom(seed: seed)
    batch = BatchRun(
      network, capacity: rows, sharding: Sharding(batch: rows), isTraining: true)
    samples = (0..<rows * network.inputCount).map { _ in Double(random.normal()) }
    labels = (0..<rows).map { _ in Int32(random.below(network.classCount)) }
    teacher =
      objective.distillation == nil
      ? [] : (0..<rows * network.classCount).map { _ in Double(random.normal()) }
    parameters = network.initialParameters(seed: seed)
    for parameter in network.parameters where parameter.role != .statistic {
      for index in parameter.range { parameters[index] += 0.3 * Double(random.normal()) }
    }
  }

  /// The mean loss with `parameters`, and its gradient as the layers compute it.
  func run(_ parameters: [Double]) -> (loss: Double, gradients: [Double]) {
    let width = network.inputCount
    batch.load(labels: labels, teacher: teacher) { rows, target in
      for index in 0..<rows.count * width {
        target[index] = samples[rows.lowerBound * width + index]
      }
    }
    let buffer = RealBuffer(parameters)
    batch.forward(buffer, noise: (seed: 7, step: 3))
    let score = batch.backward(buffer, objective)
    return (score.meanLoss, batch.gradients.values)
  }

  /// The largest distance between a computed gradient and the slope of the loss, relative to the
  /// largest gradient, over at most `limit` values of each trained parameter.
  func worstError(limit: Int = 12) -> Double {
    let exact = run(parameters).gradients
    let largest = exact.map(abs).max() ?? 0
    var worst = 0.0
    for parameter in network.parameters where parameter.role != .statistic {
      let pace = max(parameter.count / limit, 1)
      for index in stride(from: parameter.offset, to: parameter.range.upperBound, by: pace) {
        var (above, below) = (parameters, parameters)
        above[index] += 1e-5
        below[index] -= 1e-5
        let slope = (run(above).loss - run(below).loss) / 2e-5
        worst = max(worst, abs(slope - exact[index]))
      }
    }
    return worst / max(largest, 1e-9)
  }
}
