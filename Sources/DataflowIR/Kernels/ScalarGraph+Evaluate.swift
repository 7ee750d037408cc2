// Running a scalar graph on one frame, in the integers its registers would hold.

import FixedPoint

extension ScalarGraph {
  /// The output integers, each in its value's format, for the elements of the input channels.
  public func evaluate(_ channels: [[Int64]]) -> [Int64] {
    let stored = storedValues(channels)
    return outputs.map { stored[$0.index] }
  }

  /// The stored integer of every value.
  public func storedValues(_ channels: [[Int64]]) -> [Int64] {
    var stored = [Int64](repeating: 0, count: values.count)
    for (index, value) in values.enumerated() {
      let format = value.format
      switch value.op {
      case .input(let channel, let element): stored[index] = channels[channel][element]
      case .constant(let integer, let fraction):
        stored[index] = format.wrapping(integer.aligned(from: fraction, to: format.fraction))
      case .sum(let terms):
        var sum: Int64 = 0
        for term in terms {
          let operand = values[term.value.index].format
          // Bits of a term below the sum's step are zero: the step is the finest of all terms.
          let aligned = stored[term.value.index]
            .aligned(from: operand.fraction - term.shift, to: format.fraction)
          sum = term.isNegated ? sum &- aligned : sum &+ aligned
        }
        stored[index] = format.wrapping(sum)
      case .quantize(let a, let quantizer):
        let integer = quantizer.quantize(
          stored[a.index], fraction: values[a.index].format.fraction)
        stored[index] = format.wrapping(
          integer.aligned(from: quantizer.format.fraction, to: format.fraction))
      case .relu(let a):
        stored[index] = format.wrapping(
          max(stored[a.index], 0).aligned(
            from: values[a.index].format.fraction, to: format.fraction))
      case .less(let a, let b):
        let fraction = max(values[a.index].format.fraction, values[b.index].format.fraction)
        let x = stored[a.index].aligned(from: values[a.index].format.fraction, to: fraction)
        let y = stored[b.index].aligned(from: values[b.index].format.fraction, to: fraction)
        stored[index] = x < y ? 1 : 0
      case .select(let condition, let a, let b):
        let chosen = stored[condition.index] != 0 ? a : b
        stored[index] = format.wrapping(
          stored[chosen.index].aligned(
            from: values[chosen.index].format.fraction, to: format.fraction))
      case .table(let a, let id):
        let table = tables[id.index]
        let operand = stored[a.index].aligned(
          from: values[a.index].format.fraction, to: table.indexFormat.fraction)
        let bits = Int(operand & Int64((1 << table.indexFormat.width) - 1))
        stored[index] = format.wrapping(
          table.entries[bits].aligned(from: table.format.fraction, to: format.fraction))
      }
    }
    return stored
  }
}

extension Int64 {
  /// This integer at another fraction; bits that leave at the bottom are zero or unread.
  func aligned(from: Int, to: Int) -> Int64 {
    let shift = to - from
    if shift >= 0 { return shift > 63 ? 0 : self << Int64(shift) }
    return self >> Int64(Swift.min(-shift, 63))
  }
}
