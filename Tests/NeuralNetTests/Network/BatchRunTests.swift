// However a batch is split over shards, blocks and pieces, its gradients are those of its samples.

import Testing

@testable import NeuralNetDouble

struct BatchRunTests {
  /// Feature maps too large for a block of two samples, strides, a branch, and a kernel that is split.
  private static let layers = """
    [{"type": "conv2d", "filters": 24, "kernel": [3, 5], "stride": [2, 1], "padding": "same"},
     {"type": "relu", "name": "a"},
     {"type": "depthwise_conv2d", "kernel": 3, "padding": "same", "name": "b"},
     {"type": "add", "from": ["a", "b"]},
     {"type": "max_pool2d"},
     {"type": "conv2d", "filters": 4, "kernel": 1},
     {"type": "flatten"}, {"type": "dense", "units": 128, "name": "c"}, {"type": "tanh", "name": "d"},
     {"type": "add", "from": ["c", "d"]}, {"type": "dense", "units": 3}]
    """

  @Test func gradientsDoNotDependOnHowTheBatchIsSplit() throws {
    let network = try network(BatchRunTests.layers, input: [48, 44, 3])
    #expect(network.steps.contains { $0.layer.batchPieces > 1 })
    let whole = GradientCheck(network, rows: 33)
    let gradients = whole.run(whole.parameters).gradients
    var sum = [Double](repeating: 0, count: gradients.count)
    let single = BatchRun(network, capacity: 1, sharding: .none, isTraining: true)
    let buffer = RealBuffer(whole.parameters)
    for row in 0..<33 {
      single.load(labels: [whole.labels[row]]) { _, target in
        for index in 0..<network.inputCount {
          target[index] = whole.samples[row * network.inputCount + index]
        }
      }
      single.forward(buffer, noise: (seed: 7, step: 3))
      _ = single.backward(buffer, Objective())
      for (index, value) in single.gradients.values.enumerated() { sum[index] += value / 33 }
    }
    let worst = zip(gradients, sum).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-9 * (sum.map(abs).max() ?? 0))
  }

  /// Three samples leave the first of four shards empty, whose sums are those of the batch before.
  @Test func aSmallLastBatchIsNormalizedByItsOwnSamplesAlone() throws {
    let network = try network(
      #"[{"type": "dense", "units": 5}, {"type": "batch_norm"}, {"type": "dense", "units": 3}]"#,
      input: [4])
    let check = GradientCheck(network, rows: 64)
    let sharding = Sharding(batch: 64)
    #expect(sharding.range(0, of: 3).isEmpty)
    let buffer = RealBuffer(check.parameters)
    func gradients(ofLast sizes: [Int]) -> [Double] {
      let batch = BatchRun(network, capacity: 64, sharding: sharding, isTraining: true)
      for rows in sizes {
        batch.load(labels: Array(check.labels[..<rows])) { range, target in
          for index in 0..<range.count * network.inputCount {
            target[index] = check.samples[range.lowerBound * network.inputCount + index]
          }
        }
        batch.forward(buffer, noise: (seed: 7, step: 3))
        _ = batch.backward(buffer, Objective())
      }
      return batch.gradients.values
    }
    #expect(gradients(ofLast: [64, 3]) == gradients(ofLast: [3]))
  }
}
