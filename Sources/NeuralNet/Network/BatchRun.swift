// The memory of a batch, and running a network over it, forward and backward.

/// Everything that running batches of at most `capacity` samples writes, allocated once.
///
/// Values of all samples stand one after another, so that a shard is a range of rows and a layer can
/// also look at the whole batch.
package final class BatchRun: @unchecked Sendable {
  private let network: Network
  private let capacity: Int
  private let sharding: Sharding
  /// Value 0 is the input, value i + 1 the result of step i.
  private let values: [RealBuffer]
  /// Gradients of the values; empty where nobody asks for one.
  private let valueGradients: [RealBuffer]
  private let kept: [RealBuffer]
  private let sums: [StepSums?]
  /// Memory of each shard.
  private let workspaces: [RealBuffer]
  /// For an operand that other steps read too: its gradient before it is added to theirs.
  private let shared: RealBuffer
  /// Values of one sample of all operands of the step that has most.
  private let largestOperands: Int
  private let valueCounts: [Int]
  private let partials: [RealBuffer]
  private let needsGradient: [Bool]
  /// Pieces of work that make gradients from the whole batch: step and number.
  private let gradientPieces: [(Int, Int)]
  /// Parameters whose gradients shards make in parts.
  private let partialParameters: [Parameter]
  private var labels: [Int32]
  private var teacherLogits: [Real] = []
  private var rows = 0

  /// Gradients of all parameters, summed over the batch.
  package let gradients: RealBuffer

  /// `isTraining` if `backward` is ever called.
  package init(_ network: Network, capacity: Int, sharding: Sharding, isTraining: Bool) {
    self.network = network
    self.capacity = capacity
    self.sharding = sharding
    let counts = network.valueCounts
    valueCounts = counts
    values = counts.map { RealBuffer(count: capacity * $0) }
    var needsGradient = [false]
    for step in network.steps {
      let hasParameters = network.parameters.contains { $0.layer == step.name }
      needsGradient.append(hasParameters || step.operands.contains { needsGradient[$0] })
    }
    self.needsGradient = needsGradient
    gradientPieces = network.steps.enumerated().flatMap { index, step in
      needsGradient[index + 1] ? (0..<step.layer.gradientPieces).map { (index, $0) } : []
    }
    partialParameters = network.parameters.filter { $0.partialOffset != nil }
    valueGradients = counts.indices.map {
      RealBuffer(count: isTraining && needsGradient[$0] ? capacity * counts[$0] : 0)
    }
    kept = network.steps.map { RealBuffer(count: capacity * $0.layer.keptCount) }
    let shards = sharding.count
    sums = network.steps.map { step in
      step.layer.sumCount == 0 || !isTraining
        ? nil : StepSums(count: step.layer.sumCount, shards: shards)
    }
    let workspace = network.steps.map(\.layer.workspaceCount).max() ?? 0
    workspaces = (0..<shards).map { _ in RealBuffer(count: workspace) }
    largestOperands = network.steps.map { $0.layer.inputCounts.reduce(0, +) }.max() ?? 0
    shared = RealBuffer(count: isTraining ? capacity * largestOperands : 0)
    partials = (0..<shards).map { _ in RealBuffer(count: isTraining ? network.partialCount : 0) }
    gradients = RealBuffer(count: isTraining ? network.parameterCount : 0)
    labels = [Int32](repeating: 0, count: capacity)
  }

  /// The logits of the last forward run, `classCount` for each sample.
  package var logits: [Real] {
    Array(
      UnsafeBufferPointer(
        start: values[values.count - 1].base, count: rows * network.classCount))
  }

  /// The values of one step's result in the last forward run; `value` 0 is the input.
  package func values(_ value: Int) -> UnsafeBufferPointer<Real> {
    UnsafeBufferPointer(start: values[value].base, count: rows * valueCounts[value])
  }

  /// Takes samples with these labels; `write` puts the range of samples it is given at the address
  /// it is given, on several threads at once. `teacher` holds logits to learn from.
  package func load(
    labels: [Int32], teacher: [Real] = [],
    write: (Range<Int>, UnsafeMutablePointer<Real>) -> Void
  ) {
    precondition(labels.count <= capacity, "\(labels.count) samples in space for \(capacity)")
    rows = labels.count
    self.labels.replaceSubrange(0..<rows, with: labels)
    teacherLogits = teacher
    forEachShard { _, range in
      write(range, values[0].base + range.lowerBound * network.inputCount)
    }
  }

  /// Runs the loaded samples; `noise` is the seed and step of what layers draw, nil to evaluate.
  package func forward(_ parameters: RealBuffer, noise: (seed: UInt64, step: Int)?) {
    var pending = 0..<0
    func finishPending() {
      guard !pending.isEmpty else { return }
      forEachShard { shard, range in forward(pending, shard, range, parameters, noise) }
    }
    for (index, step) in network.steps.enumerated() {
      let pieces = batchPieces(index)
      if pieces > 0 {
        finishPending()
        let pass = pass(index, 0, 0..<rows, parameters, noise)
        inParallel(pieces) { step.layer.forward(piece: $0, pass) }
        pending = index + 1..<index + 1
        continue
      }
      guard noise != nil, let sums = sums[index] else {
        pending = pending.lowerBound..<index + 1
        continue
      }
      // Everything before must be done for all samples: the step asks for sums over the batch.
      sums.clear(\.forward)
      forEachShard { shard, range in
        forward(pending, shard, range, parameters, noise)
        step.layer.addForwardSums(
          pass(index, shard, range, parameters, noise), to: sums.forward[shard].base)
      }
      sums.combine(\.forward)
      pending = index..<index + 1
    }
    finishPending()
  }

  /// The score of the last forward run.
  package func score(_ objective: Objective) -> Score {
    score(objective, range: 0..<rows, scale: nil)
  }

  /// The score of the last forward run; leaves in `gradients` the gradient of its mean loss.
  ///
  /// The parameters are those of the forward run.
  package func backward(_ parameters: RealBuffer, _ objective: Objective) -> Score {
    let scale = 1 / Real(rows)
    var scores = [Score](repeating: Score(), count: sharding.count)
    scores.withUnsafeMutableBufferPointer { scores in
      nonisolated(unsafe) let scores = scores
      forEachShard { shard, range in
        scores[shard] = score(objective, range: range, scale: scale)
      }
    }
    var isWritten = [Bool](repeating: false, count: values.count)
    var pending: [PendingStep] = []
    for index in network.steps.indices.reversed() where needsGradient[index + 1] {
      let operands = network.steps[index].operands
      let step = PendingStep(index: index, isFirstWriter: operands.map { !isWritten[$0] })
      for operand in operands { isWritten[operand] = true }
      if batchPieces(index) > 0 {
        finish(&pending, parameters)
        backwardInPieces(step, parameters)
        continue
      }
      if let sums = sums[index] {
        sums.clear(\.backward)
        forEachShard { shard, range in
          backward(pending, shard, range, parameters)
          network.steps[index].layer.addBackwardSums(
            backwardPass(index, shard, range, parameters, inputGradients: []),
            to: sums.backward[shard].base)
        }
        sums.combine(\.backward)
        pending = []
      }
      pending.append(step)
    }
    finish(&pending, parameters)
    gatherGradients(parameters)
    return scores.reduce(into: Score()) { $0 += $1 }
  }

  /// A step that is to run backward; whether it is the first to write its operands' gradients.
  private struct PendingStep {
    let index: Int
    let isFirstWriter: [Bool]
  }

  private func finish(_ pending: inout [PendingStep], _ parameters: RealBuffer) {
    guard !pending.isEmpty else { return }
    let steps = pending
    forEachShard { shard, range in backward(steps, shard, range, parameters) }
    pending = []
  }

  // MARK: A few steps of one shard

  /// How many values may be in use at a time while samples run through several layers: they and the
  /// gathered windows are to stay in a second-level cache.
  private static let cachedValues = 1 << 16

  /// The samples of `range` in blocks that pass through the steps with indices `run` while they are
  /// in cache; `uses` is how many numbers a value takes.
  private func blocks(_ range: Range<Int>, of run: some Sequence<Int>, uses: Int) -> [Range<Int>] {
    let count = run.reduce(0) { $0 + valueCounts[$1 + 1] }
    let size = max(BatchRun.cachedValues / max(uses * count, 1), 1)
    return stride(from: range.lowerBound, to: range.upperBound, by: size).map {
      $0..<min($0 + size, range.upperBound)
    }
  }

  private func forward(
    _ pending: Range<Int>, _ shard: Int, _ range: Range<Int>, _ parameters: RealBuffer,
    _ noise: (seed: UInt64, step: Int)?
  ) {
    var first = pending.lowerBound
    while first < pending.upperBound {
      let last = pending[first...].firstIndex { !network.steps[$0].layer.isPerSample }
      let run = first..<max(last ?? pending.upperBound, first + 1)
      for block in run.count == 1 ? [range] : blocks(range, of: run, uses: 1) {
        for index in run { forward(index, shard, block, parameters, noise) }
      }
      first = run.upperBound
    }
  }

  private func backward(
    _ pending: [PendingStep], _ shard: Int, _ range: Range<Int>, _ parameters: RealBuffer
  ) {
    var first = 0
    while first < pending.count {
      let last = pending[first...].firstIndex { !network.steps[$0.index].layer.isPerSample }
      let run = first..<max(last ?? pending.count, first + 1)
      let steps = pending[run]
      for block in run.count == 1 ? [range] : blocks(range, of: steps.map(\.index), uses: 2) {
        for step in steps {
          backward(
            step, shard, block, isFirstBlock: block.lowerBound == range.lowerBound, parameters)
        }
      }
      first = run.upperBound
    }
  }

  // MARK: One step of one shard

  private func forward(
    _ index: Int, _ shard: Int, _ range: Range<Int>, _ parameters: RealBuffer,
    _ noise: (seed: UInt64, step: Int)?
  ) {
    network.steps[index].layer.forward(pass(index, shard, range, parameters, noise))
  }

  private func pass(
    _ index: Int, _ shard: Int, _ range: Range<Int>, _ parameters: RealBuffer,
    _ noise: (seed: UInt64, step: Int)?
  ) -> ForwardPass {
    let step = network.steps[index]
    let row = range.lowerBound
    return ForwardPass(
      rows: range.count, inputs: step.operands.map { UnsafePointer(address($0, row)) },
      output: address(index + 1, row), kept: kept[index].base + row * step.layer.keptCount,
      workspace: workspaces[shard].base, parameters: parameters.base,
      noise: noise.map { NoiseSource(seed: $0.seed, step: $0.step, firstRow: row) },
      batch: noise == nil ? nil : sums[index]?.sums(rows: rows, isFirst: shard == usedShards[0]))
  }

  private func backward(
    _ pending: PendingStep, _ shard: Int, _ range: Range<Int>, isFirstBlock: Bool,
    _ parameters: RealBuffer
  ) {
    let targets = targets(pending, range)
    network.steps[pending.index].layer.backward(
      backwardPass(
        pending.index, shard, range, parameters, inputGradients: targets,
        isFirstBlock: isFirstBlock))
    addShared(pending, range, range, targets)
  }

  private func backwardInPieces(_ pending: PendingStep, _ parameters: RealBuffer) {
    let targets = targets(pending, 0..<rows)
    guard targets.contains(where: { $0 != nil }) else { return }
    let pass = backwardPass(pending.index, 0, 0..<rows, parameters, inputGradients: targets)
    let layer = network.steps[pending.index].layer
    inParallel(layer.batchPieces) { layer.backward(piece: $0, pass) }
    forEachShard { _, range in addShared(pending, range, 0..<rows, targets) }
  }

  /// Where a step puts the gradients of its operands for the samples in `range`: in their place, or,
  /// if other steps read them too and were first, in shared memory.
  private func targets(
    _ pending: PendingStep, _ range: Range<Int>
  ) -> [UnsafeMutablePointer<Real>?] {
    let step = network.steps[pending.index]
    let counts = step.layer.inputCounts
    var offset = range.lowerBound * largestOperands
    return step.operands.enumerated().map { position, operand in
      guard needsGradient[operand] else { return nil }
      if pending.isFirstWriter[position], !step.operands[..<position].contains(operand) {
        return gradientAddress(operand, range.lowerBound)
      }
      defer { offset += range.count * counts[position] }
      return shared.base + offset
    }
  }

  /// Adds what `targets`, which were made for the samples in `whole`, hold of those in `range`.
  private func addShared(
    _ pending: PendingStep, _ range: Range<Int>, _ whole: Range<Int>,
    _ targets: [UnsafeMutablePointer<Real>?]
  ) {
    for (position, operand) in network.steps[pending.index].operands.enumerated() {
      guard let target = targets[position],
        target != gradientAddress(operand, whole.lowerBound)
      else { continue }
      let count = valueCounts[operand]
      let gradient = gradientAddress(operand, range.lowerBound)
      let part = target + (range.lowerBound - whole.lowerBound) * count
      for index in 0..<range.count * count { gradient[index] += part[index] }
    }
  }

  private func backwardPass(
    _ index: Int, _ shard: Int, _ range: Range<Int>, _ parameters: RealBuffer,
    inputGradients: [UnsafeMutablePointer<Real>?], gradients: RealBuffer? = nil,
    isFirstBlock: Bool = true
  ) -> BackwardPass {
    let step = network.steps[index]
    let row = range.lowerBound
    return BackwardPass(
      rows: range.count, inputs: step.operands.map { UnsafePointer(address($0, row)) },
      output: address(index + 1, row), outputGradient: gradientAddress(index + 1, row),
      inputGradients: inputGradients, kept: kept[index].base + row * step.layer.keptCount,
      workspace: workspaces[shard].base, parameters: parameters.base,
      gradients: (gradients ?? partials[shard]).base, isFirstBlock: isFirstBlock,
      batch: sums[index]?.sums(rows: rows, isFirst: shard == usedShards[0]))
  }

  private func address(_ value: Int, _ row: Int) -> UnsafeMutablePointer<Real> {
    values[value].base + row * valueCounts[value]
  }

  private func gradientAddress(_ value: Int, _ row: Int) -> UnsafeMutablePointer<Real> {
    valueGradients[value].base + row * valueCounts[value]
  }

  private func score(_ objective: Objective, range: Range<Int>, scale: Real?) -> Score {
    let classes = network.classCount
    let last = values.count - 1
    return labels.withUnsafeBufferPointer { labels in
      teacherLogits.withUnsafeBufferPointer { teacher in
        objective.score(
          logits: address(last, range.lowerBound), labels: labels.baseAddress! + range.lowerBound,
          teacher: teacher.isEmpty ? nil : teacher.baseAddress! + range.lowerBound * classes,
          rows: range.count, classes: classes,
          gradient: scale == nil ? nil : gradientAddress(last, range.lowerBound),
          scale: scale ?? 0)
      }
    }
  }

  // MARK: Gradients of parameters

  /// Makes the gradients that take the whole batch, and adds those that shards made in parts.
  private func gatherGradients(_ parameters: RealBuffer) {
    let shards = usedShards
    inParallel(gradientPieces.count + partialParameters.count) { number in
      guard number < gradientPieces.count else {
        let parameter = partialParameters[number - gradientPieces.count]
        let sum = gradients.base + parameter.offset
        sum.update(
          from: partials[shards[0]].base + parameter.partialOffset!, count: parameter.count)
        for shard in shards.dropFirst() {
          let part = partials[shard].base + parameter.partialOffset!
          for index in 0..<parameter.count { sum[index] += part[index] }
        }
        return
      }
      let (index, piece) = gradientPieces[number]
      network.steps[index].layer.writeGradient(
        piece: piece,
        backwardPass(
          index, 0, 0..<rows, parameters, inputGradients: [], gradients: gradients))
    }
  }

  /// A single shard is somebody's only thread already.
  private func batchPieces(_ index: Int) -> Int {
    sharding.count == 1 ? 0 : network.steps[index].layer.batchPieces
  }

  /// A batch may be smaller than the number of shards.
  private var usedShards: [Int] {
    (0..<sharding.count).filter { !sharding.range($0, of: rows).isEmpty }
  }

  private func forEachShard(_ body: (Int, Range<Int>) -> Void) {
    let shards = usedShards
    inParallel(shards.count) { index in
      body(shards[index], sharding.range(shards[index], of: rows))
    }
  }
}
