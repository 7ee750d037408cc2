// Gradients, against differences of an independent implementation in double precision.

import Foundation
import SeededRandom
import Testing

@testable import Training

/// Mean cross-entropy of a chain of dense layers with ReLU between them, written for clarity.
private func referenceLoss(
  _ network: Network, _ parameters: [Double], _ samples: [[Double]], _ labels: [Int]
) -> Double {
  var loss = 0.0
  for (sample, label) in zip(samples, labels) {
    var values = sample
    for layer in network.spec.layers {
      switch layer {
      case .flatten, .dropout: break
      case .relu: values = values.map { max($0, 0) }
      case .dense(let name, let units, _):
        let kernel = network.parameters.first { $0.name == "\(name)/kernel" }!
        let bias = network.parameters.first { $0.name == "\(name)/bias" }!
        values = (0..<units).map { unit in
          values.indices.reduce(parameters[bias.offset + unit]) { sum, input in
            sum + values[input] * parameters[kernel.offset + input * units + unit]
          }
        }
      }
    }
    let largest = values.max()!
    let sum = values.reduce(0) { $0 + exp($1 - largest) }
    loss += log(sum) - (values[label] - largest)
  }
  return loss / Double(samples.count)
}

struct GradientTests {
  @Test(arguments: [[], [5], [7, 4]]) func matchDifferencesOfTheLoss(hidden: [Int]) throws {
    var layers: [LayerSpec] = [.flatten(name: "flatten")]
    for (index, units) in hidden.enumerated() {
      layers.append(.dense(name: "fc\(index)", units: units, initializer: .heNormal))
      layers.append(.relu(name: "relu\(index)"))
    }
    layers.append(.dense(name: "scores", units: 3, initializer: .glorotUniform))
    let network = try Network(
      NetworkSpec(inputShape: [4, 4], preprocessing: Preprocessing(scale: 0x1p-8), layers: layers))
    var parameters = network.initialParameters(seed: 5)
    var random = SeededRandom(seed: 6)
    for index in parameters.indices { parameters[index] += 0.1 * random.normal() }

    let data = tinyData(training: 9).training
    let workspace = Workspace(network, capacity: 9, isTraining: true)
    workspace.load((0..<9).map(Int32.init)[...], of: data, with: InputEncoder(network))
    let buffer = FloatBuffer(parameters)
    workspace.forward(buffer, noise: nil)
    let score = workspace.backward(buffer, scale: 1 / 9)

    let gradients = workspace.gradients.values
    let samples = (0..<9).map { data.sample($0).map { Double($0) / 256 } }
    let labels = data.labels.map(Int.init)
    let exact = parameters.map(Double.init)
    #expect(abs(score.meanLoss - referenceLoss(network, exact, samples, labels)) < 1e-5)
    for parameter in network.parameters {
      for index in parameter.range {
        var (above, below) = (exact, exact)
        above[index] += 1e-5
        below[index] -= 1e-5
        let slope =
          (referenceLoss(network, above, samples, labels)
            - referenceLoss(network, below, samples, labels)) / 2e-5
        let gradient = Double(gradients[index])
        #expect(abs(gradient - slope) < 1e-5, "\(parameter.name)[\(index - parameter.offset)]")
      }
    }
  }
}
