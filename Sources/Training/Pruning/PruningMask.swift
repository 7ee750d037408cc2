// Which parameters are gone.

import NeuralNet

/// One bit per parameter: pruned parameters are exactly zero from then on.
struct PruningMask: Hashable, Sendable {
  /// 1 keeps a parameter, 0 holds it at zero.
  private(set) var factors: [Float]
  /// Whether anything is pruned.
  private(set) var isActive = false

  init(parameterCount: Int) {
    factors = [Float](repeating: 1, count: parameterCount)
  }

  init(factors: [Float]) {
    self.factors = factors
    isActive = factors.contains(0)
  }

  /// The same mask for a network with more or fewer parameters behind those it has.
  func resized(to parameterCount: Int) -> PruningMask {
    PruningMask(factors: (0..<parameterCount).map { $0 < factors.count ? factors[$0] : 1 })
  }

  /// The mask for `folded`, which is `network` without its batch normalizations: the biases that take
  /// their place are pruned where the shifts were.
  func folded(from network: Network, to folded: Network) -> PruningMask {
    var result = [Float](repeating: 1, count: folded.parameterCount)
    for parameter in folded.parameters {
      let norm = network.spec.foldableNorms.first { $0.layer == parameter.layer }?.norm
      let shift = parameter.role == .bias ? norm.flatMap { network.parameter($0, "beta") } : nil
      if let source = shift ?? network.parameter(parameter.layer, parameter.part) {
        result.replaceSubrange(parameter.range, with: factors[source.range])
      }
    }
    return PruningMask(factors: result)
  }

  /// Prunes when the schedule's sparsity is `sparsity`: of every pool the rounded share of its groups
  /// with the smallest magnitudes, the earlier of two equal ones first. What is pruned stays pruned,
  /// even where that is more.
  mutating func prune(_ plan: PruningPlan, _ values: [Float], sparsity: Double) {
    let final = plan.schedule.final
    let progress = final == 0 ? 0 : min(sparsity / final, 1)
    for pool in plan.pools {
      if case .pattern(let kept, let size) = pool.kernels[0].structure {
        prunePattern(pool.kernels[0], values, kept: kept, of: size, progress: progress)
        continue
      }
      let share = pool.final == final ? sparsity : progress * pool.final
      if pool.isBalanced {
        pruneColumns(of: pool.kernels[0], values, share: share)
      } else {
        prune(pool, values, share: share)
      }
    }
    isActive = factors.contains(0)
  }

  /// Share of kernel weights that are held at zero.
  func sparsity(of parameters: [Parameter]) -> Double {
    guard isActive else { return 0 }
    let kernels = parameters.filter { $0.role == .kernel }
    let pruned = kernels.reduce(0) { count, kernel in
      count + factors[kernel.range].count { $0 == 0 }
    }
    return Double(pruned) / Double(kernels.reduce(0) { $0 + $1.count })
  }

  /// Prunes the rounded `share` of the pool's groups.
  private mutating func prune(_ pool: PruningPlan.Pool, _ values: [Float], share: Double) {
    let scores = pool.kernels.map { self.scores(of: $0, values) }
    var keys: [UInt64] = []
    var safe: Set<Int> = []
    for kernel in scores {
      // One threshold for all could leave a layer with nothing.
      if scores.count > 1, let largest = kernel.indices.max(by: { kernel[$0] < kernel[$1] }) {
        safe.insert(keys.count + largest)
      }
      for score in kernel { keys.append(UInt64(score) << 32 | UInt64(keys.count)) }
    }
    let gone = keys.count { $0 >> 32 == 0 }
    let most = keys.count - safe.count
    let count = max(min(Int((share * Double(keys.count)).rounded()), most), gone)
    keys.sort()
    var isPruned = [Bool](repeating: false, count: keys.count)
    var left = count
    for key in keys where left > 0 {
      let group = Int(key & 0xFFFF_FFFF)
      if !safe.isEmpty, key >> 32 != 0, safe.contains(group) { continue }
      isPruned[group] = true
      left -= 1
    }
    var first = 0
    for (kernel, scores) in zip(pool.kernels, scores) {
      apply(isPruned[first..<first + scores.count], to: kernel)
      first += scores.count
    }
  }

  /// Prunes the rounded `share` of the groups in every column of the kernel.
  private mutating func pruneColumns(
    of kernel: PruningPlan.Kernel, _ values: [Float], share: Double
  ) {
    let scores = scores(of: kernel, values)
    let columns = kernel.columnCount
    let count = Int((share * Double(scores.count / columns)).rounded())
    var isPruned = scores.map { $0 == 0 }
    for column in 0..<columns {
      let keys = stride(from: column, to: scores.count, by: columns)
        .map { UInt64(scores[$0]) << 32 | UInt64($0) }.sorted()
      for key in keys.prefix(count) { isPruned[Int(key & 0xFFFF_FFFF)] = true }
    }
    apply(isPruned[...], to: kernel)
  }

  /// A number per group that orders them: 0 for what is pruned already, else the bits of the mean
  /// magnitude, whose order is that of the number, plus one.
  private func scores(of kernel: PruningPlan.Kernel, _ values: [Float]) -> [UInt32] {
    let range = kernel.parameter.range
    if kernel.structure == .unstructured {
      return range.map { factors[$0] == 0 ? 0 : values[$0].magnitude.bitPattern + 1 }
    }
    let groups = kernel.groups
    var sums = [Float](repeating: 0, count: kernel.groupCount)
    var sizes = [Float](repeating: 0, count: kernel.groupCount)
    var isAlive = [Bool](repeating: false, count: kernel.groupCount)
    for (index, group) in zip(range, groups) {
      sums[Int(group)] += factors[index] * values[index].magnitude
      sizes[Int(group)] += 1
      if factors[index] != 0 { isAlive[Int(group)] = true }
    }
    return sums.indices.map { isAlive[$0] ? (sums[$0] / sizes[$0]).bitPattern + 1 : 0 }
  }

  private mutating func apply(_ isPruned: ArraySlice<Bool>, to kernel: PruningPlan.Kernel) {
    let (range, first) = (kernel.parameter.range, isPruned.startIndex)
    if kernel.structure == .unstructured {
      for (index, isPruned) in zip(range, isPruned) where isPruned { factors[index] = 0 }
      return
    }
    for (index, group) in zip(range, kernel.groups) where isPruned[first + Int(group)] {
      factors[index] = 0
    }
    for companion in kernel.companions {
      for output in 0..<companion.count where isPruned[first + output] {
        factors[companion.offset + output] = 0
      }
    }
  }

  /// Leaves at most `kept` of every `size` consecutive inputs of an output; before `progress` reaches
  /// 1, the rounded share of those that are to go.
  private mutating func prunePattern(
    _ kernel: PruningPlan.Kernel, _ values: [Float], kept: Int, of size: Int, progress: Double
  ) {
    let (inputs, outputs) = (kernel.inputs, kernel.outputs)
    for first in stride(from: 0, to: inputs, by: size) {
      let run = first..<min(first + size, inputs)
      let surplus = max(run.count - kept, 0)
      let count = Int((progress * Double(surplus)).rounded())
      for output in 0..<outputs {
        let indices = run.map { kernel.parameter.offset + $0 * outputs + output }
        let ordered = indices.sorted {
          let (a, b) = (factors[$0] * values[$0].magnitude, factors[$1] * values[$1].magnitude)
          if factors[$0] != factors[$1] { return factors[$0] < factors[$1] }
          return a == b ? $0 < $1 : a < b
        }
        for index in ordered.prefix(count) { factors[index] = 0 }
      }
    }
  }
}
