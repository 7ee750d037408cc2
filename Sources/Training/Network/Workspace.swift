// The memory of one shard of a batch, and running the network over it.

/// Everything one shard writes while it runs, allocated once.
///
/// Only one thread uses a workspace at a time.
final class Workspace: @unchecked Sendable {
  private let network: Network
  private let capacity: Int
  private let input: FloatBuffer
  /// Result of each layer.
  private let outputs: [FloatBuffer]
  private let scratch: [FloatBuffer]
  /// Gradients of the values between layers, in turns.
  private let flow: [FloatBuffer]
  private var labels: [Int32]
  private var rows = 0

  /// Gradients of all parameters, summed over the shard's samples.
  let gradients: FloatBuffer

  /// Memory for at most `capacity` samples; `isTraining` if `backward` is ever called.
  init(_ network: Network, capacity: Int, isTraining: Bool) {
    self.network = network
    self.capacity = capacity
    input = FloatBuffer(count: capacity * network.inputCount)
    outputs = network.layers.map { FloatBuffer(count: capacity * $0.outputCount) }
    scratch = network.layers.map { FloatBuffer(count: $0.scratchCount(rows: capacity)) }
    let widest = network.layers.map(\.outputCount).max() ?? 0
    flow = (0..<2).map { _ in FloatBuffer(count: isTraining ? capacity * widest : 0) }
    gradients = FloatBuffer(count: isTraining ? network.parameterCount : 0)
    labels = [Int32](repeating: 0, count: capacity)
  }

  /// The logits of the last forward run, `classCount` for each sample.
  var logits: [Float] {
    let count = rows * network.classCount
    return Array(UnsafeBufferPointer(start: outputs[outputs.count - 1].base, count: count))
  }

  func load(_ indices: ArraySlice<Int32>, of dataset: Dataset, with encoder: InputEncoder) {
    precondition(indices.count <= capacity, "\(indices.count) samples in space for \(capacity)")
    rows = indices.count
    encoder.encode(dataset, indices, into: input.base)
    for (row, index) in indices.enumerated() { labels[row] = dataset.labels[Int(index)] }
  }

  func forward(_ parameters: FloatBuffer, noise: NoiseSource?) {
    var current = input
    for (index, layer) in network.layers.enumerated() {
      layer.forward(
        ForwardPass(
          rows: rows, input: current.base, output: outputs[index].base,
          scratch: scratch[index].base, parameters: parameters.base, noise: noise))
      current = outputs[index]
    }
  }

  /// The score of the last forward run.
  func score() -> Score {
    softmaxCrossEntropy(
      logits: outputs[outputs.count - 1].base, labels: labels, rows: rows,
      classes: network.classCount, gradient: nil, scale: 0)
  }

  /// The score of the last forward run; leaves in `gradients` the gradient of `scale` · its loss.
  func backward(_ parameters: FloatBuffer, scale: Float) -> Score {
    let layers = network.layers
    var turn = 0
    let score = softmaxCrossEntropy(
      logits: outputs[outputs.count - 1].base, labels: labels, rows: rows,
      classes: network.classCount, gradient: flow[turn].base, scale: scale)
    for index in layers.indices.reversed() {
      layers[index].backward(
        BackwardPass(
          rows: rows, input: index == 0 ? input.base : outputs[index - 1].base,
          outputGradient: flow[turn].base,
          // Nobody asks for the gradient of the samples.
          inputGradient: index == 0 ? nil : flow[1 - turn].base,
          scratch: scratch[index].base, parameters: parameters.base, gradients: gradients.base))
      turn = 1 - turn
    }
    return score
  }
}

/// How a batch is split: a number of shards that depends on the size of the batch alone, so that
/// sums come out the same on every machine.
struct Sharding: Hashable, Sendable {
  let count: Int

  /// Fewer samples than this make matrix products slow.
  static let smallestShard = 16
  static let mostShards = 4

  init(batch: Int) {
    count = min(max(batch / Sharding.smallestShard, 1), Sharding.mostShards)
  }

  /// The positions of shard `index` in a batch of `rows` samples.
  func range(_ index: Int, of rows: Int) -> Range<Int> {
    rows * index / count..<rows * (index + 1) / count
  }

  func capacity(batch: Int) -> Int { (batch + count - 1) / count }
}
