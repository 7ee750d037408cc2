// Which weights are gone.

/// One bit per parameter: pruned parameters are exactly zero from then on.
struct PruningMask: Sendable {
  /// 1 keeps a parameter, 0 holds it at zero.
  private(set) var factors: [Float]
  /// Whether anything is pruned.
  private(set) var isActive = false

  init(parameterCount: Int) {
    factors = [Float](repeating: 1, count: parameterCount)
  }

  /// Prunes the smallest weights of every kernel: the rounded share `sparsity` of each, the earlier
  /// of two equal ones first. Zero weights are the smallest, so what is pruned stays pruned as long
  /// as sparsity does not fall.
  mutating func prune(_ parameters: [Parameter], _ values: [Float], sparsity: Double) {
    for parameter in parameters where parameter.role == .kernel {
      let pruned = Int((sparsity * Double(parameter.count)).rounded())
      // Magnitudes order like their bits; the position below makes every key unique.
      var keys = parameter.range.map { index in
        UInt64(values[index].magnitude.bitPattern) << 32 | UInt64(index - parameter.offset)
      }
      keys.sort()
      for (rank, key) in keys.enumerated() {
        factors[parameter.offset + Int(key & 0xFFFF_FFFF)] = rank < pruned ? 0 : 1
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
}
