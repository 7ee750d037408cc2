// Which weights are gone.

import NeuralNet

/// One bit per parameter: pruned parameters are exactly zero from then on.
struct PruningMask: Sendable {
  /// 1 keeps a parameter, 0 holds it at zero.
  private(set) var factors: [Float]
  /// Whether anything is pruned.
  private(set) var isActive = false

  init(parameterCount: Int) {
    factors = [Float](repeating: 1, count: parameterCount)
  }

  /// The same mask for a network with more or fewer parameters behind those it has.
  func resized(to parameterCount: Int) -> PruningMask {
    var mask = self
    mask.factors = (0..<parameterCount).map { $0 < factors.count ? factors[$0] : 1 }
    return mask
  }

  /// Prunes the smallest weights of every kernel: the rounded share `sparsity` of each, the earlier
  /// of two equal ones first. What is pruned stays pruned, even where that is more.
  mutating func prune(_ parameters: [Parameter], _ values: [Float], sparsity: Double) {
    for parameter in parameters where parameter.role == .kernel {
      let pruned = max(
        Int((sparsity * Double(parameter.count)).rounded()),
        factors[parameter.range].count { $0 == 0 })
      // First what is pruned already, then by magnitude, whose order is that of its bits, then by
      // position.
      var keys = parameter.range.map { index in
        let kept: UInt64 = factors[index] == 0 ? 0 : 1 << 63
        return kept | UInt64(values[index].magnitude.bitPattern) << 32
          | UInt64(index - parameter.offset)
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
