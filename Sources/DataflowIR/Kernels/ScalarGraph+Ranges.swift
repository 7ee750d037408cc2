// The exact interval of each scalar op, from those of its operands.

import FixedPoint

extension ScalarGraph {
  /// What `op` can be. An input's interval must be given by whoever creates it.
  public func interval(of op: ScalarOp) -> Interval {
    switch op {
    case .input: preconditionFailure("an input's interval comes from its channel")
    case .constant(let integer, let fraction):
      return Interval(constant: Int128(integer), fraction: fraction)
    case .sum(let terms):
      return terms.reduce(Interval.zero) { sum, term in sum + interval(of: term) }
    case .quantize(let a, let quantizer): return quantizer.interval(of: self[a].interval)
    case .relu(let a): return self[a].interval.rectified
    case .less(let a, let b):
      let difference = self[a].interval - self[b].interval
      return Interval(
        low: difference.high < 0 ? 1 : 0, high: difference.low < 0 ? 1 : 0, fraction: 0)
    case .select(_, let a, let b): return self[a].interval.union(self[b].interval)
    case .table(let a, let id):
      let table = tables[id.index]
      let entries = self.entries(of: table, in: self[a].interval)
      let low = Int128(entries.min() ?? 0)
      let high = Int128(entries.max() ?? 0)
      return Interval(low: low, high: high, fraction: table.format.fraction)
    }
  }

  public func interval(of term: ScalarTerm) -> Interval {
    let shifted = self[term.value].interval.scaled(byPowerOfTwo: term.shift)
    return term.isNegated ? -shifted : shifted
  }

  /// The entries that operands in `interval` reach.
  private func entries(of table: ScalarTable, in interval: Interval) -> [Int64] {
    let format = table.indexFormat
    return table.entries.indices.compactMap { index in
      let integer = format.value(ofBits: UInt64(index))
      let reached = Interval(constant: Int128(integer), fraction: format.fraction)
      return interval.contains(reached) ? table.entries[index] : nil
    }
  }
}

extension FixedFormat {
  /// The integer with these low `width` bits.
  public func value(ofBits bits: UInt64) -> Int64 {
    if width == 0 { return 0 }
    let kept = bits & (UInt64.max >> UInt64(64 - width))
    let isNegative = isSigned && kept >> UInt64(width - 1) == 1
    return isNegative
      ? Int64(bitPattern: kept | (UInt64.max << UInt64(width))) : Int64(kept)
  }

  /// The integer this format keeps of `value`: its low `width` bits.
  public func wrapping(_ value: Int64) -> Int64 { self.value(ofBits: UInt64(bitPattern: value)) }
}
