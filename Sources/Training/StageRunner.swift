// One stage of training: the memory it needs and its steps.

import FixedPoint

/// Trains one network with one optimizer and one batch size.
///
/// A step has two parallel parts: every shard of the batch runs forward and backward, then every
/// chunk of the parameters is updated from the shards' gradients, added in their order.
final class StageRunner {
  let network: Network
  /// Parameters in floating point.
  let master: FloatBuffer
  /// Parameters as the layers use them; `master` itself while nothing is quantized.
  let effective: FloatBuffer
  var mask: PruningMask

  private let dataset: Dataset
  private let encoder: InputEncoder
  private let sharding: Sharding
  private let workspaces: [Workspace]
  private let optimizer: Optimizer
  private let state: [FloatBuffer]
  private let chunks: [Chunk]
  private var stepsTaken = 0

  /// A piece of one parameter tensor.
  private struct Chunk {
    let range: Range<Int>
    let quantizer: FakeQuantizer?
  }

  init(
    _ network: Network, _ stage: Stage, parameters: [Float], mask: PruningMask, dataset: Dataset
  ) {
    self.network = network
    self.mask = mask
    self.dataset = dataset
    master = FloatBuffer(parameters)
    let quantizers = network.parameterQuantizers
    let isQuantized = quantizers.contains { $0 != nil }
    effective = isQuantized ? FloatBuffer(count: parameters.count) : master
    encoder = InputEncoder(network)
    let sharding = Sharding(batch: stage.batch)
    self.sharding = sharding
    workspaces = (0..<sharding.count).map { _ in
      Workspace(network, capacity: sharding.capacity(batch: stage.batch), isTraining: true)
    }
    optimizer = stage.optimizer
    state = (0..<stage.optimizer.stateCount).map { _ in FloatBuffer(count: parameters.count) }
    let size = 1 << 14
    chunks = zip(network.parameters, quantizers).flatMap { parameter, quantizer in
      stride(from: parameter.range.lowerBound, to: parameter.range.upperBound, by: size).map {
        Chunk(range: $0..<min($0 + size, parameter.range.upperBound), quantizer: quantizer)
      }
    }
    constrain()
  }

  /// Learns from the samples at `batch`; `noise` seeds what layers draw.
  func step(_ batch: ArraySlice<Int32>, rate: Float, noise: UInt64) -> Score {
    let scale = 1 / Float(batch.count)
    // A batch may be smaller than the number of shards.
    let shards = (0..<sharding.count).filter { !sharding.range($0, of: batch.count).isEmpty }
    var scores = [Score](repeating: Score(), count: shards.count)
    scores.withUnsafeMutableBufferPointer { scores in
      nonisolated(unsafe) let scores = scores
      inParallel(shards.count) { index in
        let range = sharding.range(shards[index], of: batch.count)
        let start = batch.startIndex
        let workspace = workspaces[shards[index]]
        workspace.load(
          batch[start + range.lowerBound..<start + range.upperBound], of: dataset, with: encoder)
        workspace.forward(
          effective,
          noise: NoiseSource(seed: noise, step: stepsTaken, firstRow: range.lowerBound))
        scores[index] = workspace.backward(effective, scale: scale)
      }
    }
    stepsTaken += 1
    let update = optimizer.update(step: stepsTaken, rate: rate)
    let gradients = shards.map { workspaces[$0].gradients }
    inParallel(chunks.count) { index in
      let range = chunks[index].range
      let sum = gradients[0].base + range.lowerBound
      for other in gradients.dropFirst() {
        let part = other.base + range.lowerBound
        for position in 0..<range.count { sum[position] += part[position] }
      }
      update.apply(
        to: master.base + range.lowerBound, gradients: sum,
        state: state.map { $0.base + range.lowerBound }, count: range.count)
      constrain(chunks[index])
    }
    return scores.reduce(into: Score()) { $0 += $1 }
  }

  /// Prunes to `sparsity`, from the parameters as they are.
  func prune(to sparsity: Double) {
    mask.prune(network.parameters, master.values, sparsity: sparsity)
    constrain()
  }

  private func constrain() {
    for chunk in chunks { constrain(chunk) }
  }

  /// Holds pruned weights at zero and quantized parameters within their range (QKeras clips them
  /// likewise; what lies beyond could only drift, since its gradient passes straight through), and
  /// brings what the layers use up to date.
  private func constrain(_ chunk: Chunk) {
    let values = master.base + chunk.range.lowerBound
    let count = chunk.range.count
    if mask.isActive {
      mask.factors.withUnsafeBufferPointer { factors in
        let factors = factors.baseAddress! + chunk.range.lowerBound
        for index in 0..<count where factors[index] == 0 { values[index] = 0 }
      }
    }
    if let quantizer = chunk.quantizer {
      let (lowest, highest) = (quantizer.lowest, quantizer.highest)
      for index in 0..<count { values[index] = min(max(values[index], lowest), highest) }
      quantizer.quantize(values, into: effective.base + chunk.range.lowerBound, count: count)
    } else if effective !== master {
      (effective.base + chunk.range.lowerBound).update(from: values, count: count)
    }
  }
}
