// One stage of training: the memory it needs and its steps.

import NeuralNet

/// Trains one network with one optimizer and one batch size.
///
/// A step has two parallel parts: the batch runs forward and backward, then every chunk of the
/// parameters is updated from the gradients.
final class StageRunner {
  let network: Network
  /// Parameters in floating point.
  let master: RealBuffer
  /// Parameters as the layers use them; `master` itself while nothing is quantized.
  let effective: RealBuffer
  var mask: PruningMask

  private let dataset: Dataset
  private let encoder: InputEncoder
  private let batch: BatchRun
  private let objective: Objective
  private let optimizer: Optimizer
  private let state: [RealBuffer]
  private let chunks: [Chunk]
  private var stepsTaken = 0
  private var cost: ResourceCost?
  private let widthRate: Float

  /// A piece of one parameter tensor.
  private struct Chunk {
    let range: Range<Int>
    let parameter: Parameter
    let quantizer: FakeQuantizer?
    let trainable: TrainableTensor?
  }

  init(
    _ network: Network, _ stage: Stage, parameters: [Float], mask: PruningMask, dataset: Dataset,
    cost: ResourceCost? = nil
  ) {
    self.network = network
    self.mask = mask
    self.dataset = dataset
    master = RealBuffer(parameters)
    let quantizers = network.parameterQuantizers
    let isQuantized = quantizers.contains { $0 != nil } || !network.trainableTensors.isEmpty
    self.cost = cost
    widthRate = network.quantization?.widths?.rate ?? 1
    effective = isQuantized ? RealBuffer(count: parameters.count) : master
    encoder = InputEncoder(network)
    batch = BatchRun(
      network, capacity: stage.batch, sharding: Sharding(batch: stage.batch), isTraining: true)
    objective = Objective()
    optimizer = stage.optimizer
    state = (0..<stage.optimizer.stateCount).map { _ in RealBuffer(count: parameters.count) }
    let size = 1 << 14
    chunks = zip(network.parameters, quantizers).flatMap { parameter, quantizer in
      let trainable = network.trainableTensors.first { $0.values == parameter }
      return stride(from: parameter.range.lowerBound, to: parameter.range.upperBound, by: size).map
      {
        Chunk(
          range: $0..<min($0 + size, parameter.range.upperBound), parameter: parameter,
          quantizer: quantizer, trainable: trainable)
      }
    }
    constrain()
  }

  /// Learns from the samples at `indices`; `noise` seeds what layers draw, and `costWeight` is what a
  /// unit of cost adds to the loss.
  func step(
    _ indices: ArraySlice<Int32>, rate: Float, noise: UInt64, costWeight: Float = 0
  ) -> Score {
    batch.load(labels: indices.map { dataset.labels[Int($0)] }) { range, target in
      let first = indices.startIndex
      encoder.encode(
        dataset, indices[first + range.lowerBound..<first + range.upperBound], into: target)
    }
    batch.forward(effective, noise: (noise, stepsTaken))
    let score = batch.backward(effective, objective)
    addWidthGradients(costWeight)
    stepsTaken += 1
    let update = optimizer.update(step: stepsTaken, rate: rate)
    let widthUpdate = optimizer.update(step: stepsTaken, rate: rate * widthRate)
    inParallel(chunks.count) { index in
      let chunk = chunks[index]
      apply(chunk.parameter.role == .width ? widthUpdate : update, to: chunk)
      // Others are rounded to widths, so these must all be there first.
      if network.trainableTensors.isEmpty { constrain(chunk) }
    }
    if !network.trainableTensors.isEmpty {
      inParallel(chunks.count) { constrain(chunks[$0]) }
    }
    return score
  }

  /// The cost of the network as it is; nil when nothing is counted.
  var currentCost: Double? { cost?.evaluate(master.base) }

  /// Takes from the compiler how much of each layer's adders sharing leaves.
  func measureSharing(_ model: any HardwareCostModel) {
    cost?.measureSharing(model, master.base)
  }

  /// Trained widths learn from the gradients of what they round, and from what they cost.
  private func addWidthGradients(_ costWeight: Float) {
    let gradients = batch.gradients.base
    for tensor in network.trainableTensors {
      for index in tensor.fraction.range { gradients[index] = 0 }
      tensor.addWidthGradients(master.base, rounded: effective.base, to: gradients)
    }
    if costWeight > 0 {
      _ = cost?.evaluate(master.base, addingTo: gradients, weight: costWeight)
    }
  }

  private func apply(_ update: OptimizerUpdate, to chunk: Chunk) {
    let (start, count) = (chunk.range.lowerBound, chunk.range.count)
    let values = master.base + start
    let gradients = batch.gradients.base + start
    let parameter = chunk.parameter
    if parameter.role == .statistic {
      let share = 1 - parameter.momentum
      for index in 0..<count { values[index] += share * (gradients[index] - values[index]) }
      return
    }
    let penalty = parameter.regularization
    if penalty != .none {
      for index in 0..<count {
        let sign: Float = values[index] > 0 ? 1 : values[index] < 0 ? -1 : 0
        gradients[index] += penalty.l1 * sign + 2 * penalty.l2 * values[index]
      }
    }
    update.apply(
      to: values, gradients: gradients, state: state.map { $0.base + start }, count: count)
    if parameter.role == .width {
      let bounds = TrainableWidths.bounds
      for index in 0..<count {
        values[index] = min(max(bounds.lowerBound, values[index]), bounds.upperBound)
      }
    }
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
    } else if let trainable = chunk.trainable {
      trainable.quantize(master.base, chunk.range, into: effective.base)
    } else if effective !== master {
      (effective.base + chunk.range.lowerBound).update(from: values, count: count)
    }
  }
}
