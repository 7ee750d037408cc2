// One stage of training: the memory it needs and its steps.

import NeuralNet

/// Trains one network with one optimizer and one batch size.
///
/// A step has two parallel parts: the batch runs forward and backward, then every chunk of the
/// parameters is updated from the gradients. Clipping by norms needs a third between them.
final class StageRunner {
  let network: Network
  /// Parameters in floating point.
  let master: RealBuffer
  /// Parameters as the layers use them; `master` itself while nothing is quantized.
  let effective: RealBuffer
  private(set) var mask: PruningMask

  private let stage: Stage
  private let dataset: Dataset
  /// Logits of the teacher for every sample of the data set; empty without one.
  private let teacher: [Float]
  private let encoder: InputEncoder
  private let batch: BatchRun
  private let objective: Objective
  private let pruning: PruningPlan?
  private let state: [RealBuffer]
  private let chunks: [Chunk]
  private var stepsTaken = 0
  private var cost: ResourceCost?
  private let bounds: [AccumulatorBound]
  private let widthRate: Float

  /// A piece of one parameter tensor.
  private struct Chunk {
    let range: Range<Int>
    let parameter: Parameter
    /// Position of the parameter among those of the network.
    let position: Int
    let quantizer: FakeQuantizer?
    let trainable: TrainableTensor?
    let penalty: Regularization
  }

  /// What an optimizer remembers from step to step.
  struct OptimizerState: Hashable, Sendable {
    var steps = 0
    var arrays: [[Float]] = []
  }

  /// `resuming` is the state of an optimizer that was interrupted; nil starts afresh.
  init(
    _ network: Network, _ stage: Stage, parameters: [Float], mask: PruningMask, dataset: Dataset,
    teacher: [Float] = [], cost: ResourceCost? = nil, bounds: [AccumulatorBound] = [],
    resuming: OptimizerState? = nil
  ) {
    self.network = network
    self.stage = stage
    self.mask = mask
    self.dataset = dataset
    self.teacher = teacher
    master = RealBuffer(parameters)
    let isQuantized =
      network.parameterQuantizers.contains { $0 != nil } || !network.trainableTensors.isEmpty
    effective = isQuantized ? RealBuffer(count: parameters.count) : master
    self.cost = cost
    self.bounds = bounds
    widthRate = network.quantization?.widths?.rate ?? 1
    encoder = InputEncoder(network)
    batch = BatchRun(
      network, capacity: stage.batch, sharding: Sharding(batch: stage.batch), isTraining: true)
    objective = stage.objective
    pruning = stage.pruning.map { PruningPlan($0, network) }
    state = (0..<stage.optimizer.stateCount).map { index in
      resuming.map { RealBuffer($0.arrays[index]) } ?? RealBuffer(count: parameters.count)
    }
    stepsTaken = resuming?.steps ?? 0
    chunks = StageRunner.chunks(of: network, stage)
    bound()
    constrain()
  }

  private static func chunks(of network: Network, _ stage: Stage) -> [Chunk] {
    let size = 1 << 14
    let tensors = zip(network.parameters, network.parameterQuantizers).enumerated()
    return tensors.flatMap { position, tensor in
      let (parameter, quantizer) = tensor
      var penalty = parameter.regularization
      if parameter.role == .kernel { penalty.l2 += stage.l2 }
      let trainable = network.trainableTensors.first { $0.values == parameter }
      return stride(from: parameter.range.lowerBound, to: parameter.range.upperBound, by: size).map
      {
        Chunk(
          range: $0..<min($0 + size, parameter.range.upperBound), parameter: parameter,
          position: position, quantizer: quantizer, trainable: trainable, penalty: penalty)
      }
    }
  }

  var optimizerState: OptimizerState {
    OptimizerState(steps: stepsTaken, arrays: state.map(\.values))
  }

  /// Learns from the samples at `indices`; `noise` seeds what layers draw, `variation` is the seed
  /// and epoch of what augmentation draws, and `costWeight` what a unit of cost adds to the loss.
  func step(
    _ indices: ArraySlice<Int32>, rate: Float, noise: UInt64,
    variation: (seed: UInt64, epoch: Int) = (0, 1), costWeight: Float = 0
  ) -> Score {
    let labels = indices.map { dataset.labels[Int($0)] }
    batch.load(labels: labels, teacher: teacherLogits(indices)) { range, target in
      let first = indices.startIndex
      let indices = indices[first + range.lowerBound..<first + range.upperBound]
      if let augmentation = stage.augmentation {
        encoder.encode(dataset, indices, varied: augmentation, variation, into: target)
      } else {
        encoder.encode(dataset, indices, into: target)
      }
    }
    batch.forward(effective, noise: (noise, stepsTaken))
    let score = batch.backward(effective, objective)
    addWidthGradients(costWeight)
    stepsTaken += 1
    update(rate: rate)
    return score
  }

  private func update(rate: Float) {
    let update = stage.optimizer.update(step: stepsTaken, rate: rate)
    let widthUpdate = stage.optimizer.update(step: stepsTaken, rate: rate * widthRate)
    let factors = prepareGradients()
    let isApart = !network.trainableTensors.isEmpty || !bounds.isEmpty
    inParallel(chunks.count) { index in
      let chunk = chunks[index]
      apply(
        chunk.parameter.role == .width ? widthUpdate : update, to: chunk,
        factor: factors?[chunk.position] ?? 1)
      if !isApart { constrain(chunk) }
    }
    guard isApart else { return }
    // Others are rounded to widths and bounded by their sums, so all had to be there first.
    bound()
    inParallel(chunks.count) { constrain(chunks[$0]) }
  }

  private func bound() {
    for bound in bounds {
      inParallel(bound.outputCount) { bound.project(output: $0, master.base) }
    }
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
    // The range of the input stays: to cut it would take a clamp for each of its values.
    for parameter in network.parameters
    where parameter.layer == LayerSpec.inputName && parameter.part == "integer" {
      for index in parameter.range { gradients[index] = 0 }
    }
  }

  private func teacherLogits(_ indices: ArraySlice<Int32>) -> [Float] {
    guard !teacher.isEmpty else { return [] }
    let classes = network.classCount
    var logits: [Float] = []
    logits.reserveCapacity(indices.count * classes)
    for index in indices { logits += teacher[Int(index) * classes..<(Int(index) + 1) * classes] }
    return logits
  }

  /// Before clipping by norms, adds the penalties of all weights to their gradients; returns the
  /// factors that clip, by parameter. Sums go over chunks in order, whoever computed them.
  private func prepareGradients() -> [Float]? {
    guard let clipping = stage.clipping, clipping.usesNorms else { return nil }
    var squares = [Double](repeating: 0, count: chunks.count)
    squares.withUnsafeMutableBufferPointer { squares in
      nonisolated(unsafe) let squares = squares
      inParallel(chunks.count) { index in
        let chunk = chunks[index]
        guard chunk.parameter.role != .statistic else { return }
        addPenalty(chunk)
        var sum = 0.0
        for index in chunk.range {
          let gradient = Double(batch.gradients.base[index])
          sum += gradient * gradient
        }
        squares[index] = sum
      }
    }
    var sums = [Double](repeating: 0, count: network.parameters.count)
    for (chunk, square) in zip(chunks, squares) { sums[chunk.position] += square }
    return clipping.factors(squares: sums)
  }

  private func addPenalty(_ chunk: Chunk) {
    let penalty = chunk.penalty
    guard penalty != .none else { return }
    let (values, gradients) = (
      master.base + chunk.range.lowerBound, batch.gradients.base + chunk.range.lowerBound
    )
    for index in 0..<chunk.range.count {
      let sign: Float = values[index] > 0 ? 1 : values[index] < 0 ? -1 : 0
      gradients[index] += penalty.l1 * sign + 2 * penalty.l2 * values[index]
    }
  }

  private func apply(_ update: OptimizerUpdate, to chunk: Chunk, factor: Float) {
    let (start, count) = (chunk.range.lowerBound, chunk.range.count)
    let values = master.base + start
    let gradients = batch.gradients.base + start
    let parameter = chunk.parameter
    if parameter.role == .statistic {
      let share = 1 - parameter.momentum
      for index in 0..<count { values[index] += share * (gradients[index] - values[index]) }
      return
    }
    if stage.clipping?.usesNorms != true { addPenalty(chunk) }
    if factor != 1 {
      for index in 0..<count { gradients[index] *= factor }
    }
    if case .value(let limit) = stage.clipping {
      for index in 0..<count { gradients[index] = min(max(gradients[index], -limit), limit) }
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

  /// Prunes to the schedule's `sparsity`, from the parameters as they are.
  func prune(to sparsity: Double) {
    guard let pruning else { return }
    mask.prune(pruning, master.values, sparsity: sparsity)
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
        for index in 0..<count { values[index] = factors[index] == 0 ? 0 : values[index] }
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
