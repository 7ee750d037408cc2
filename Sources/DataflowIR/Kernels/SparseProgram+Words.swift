// The contents of the memories beside `nn_sparse_matvec`, whose header says what stands where.

extension SparseProgram {
  /// Bits of one unit's word: {first, row, pick, weights}.
  public func wordWidth(weightWidth: Int) -> Int {
    shape.blockRows * shape.blockColumns * weightWidth + Self.indexWidth(shape.picks)
      + Self.indexWidth(shape.folds) + 1
  }

  /// A line of `program_data`, the lowest bit first.
  public func lineBits(_ line: Int, weightWidth: Int) -> [Bool] {
    var bits: [Bool] = []
    bits.reserveCapacity(shape.units * wordWidth(weightWidth: weightWidth) + 1)
    for unit in 0..<shape.units {
      let index = line * shape.units + unit
      for weight in block(index) { Self.append(weight, weightWidth, to: &bits) }
      let operation = operations[index]
      Self.append(operation?.pick ?? 0, Self.indexWidth(shape.picks), to: &bits)
      Self.append(operation?.row ?? 0, Self.indexWidth(shape.folds), to: &bits)
      bits.append(operation?.isFirst ?? false)
    }
    bits.append(advances[(line + 1) % lines])
    return bits
  }

  /// A word of `bias_data`, the lowest bit first; `bias` holds a number per row.
  public func biasBits(_ fold: Int, bias: [Int], biasWidth: Int) -> [Bool] {
    var bits: [Bool] = []
    for lane in 0..<shape.outputLanes {
      let row = fold * shape.outputLanes + lane
      Self.append(row < shape.rows ? bias[row] : 0, biasWidth, to: &bits)
    }
    return bits + touched[fold * shape.units..<(fold + 1) * shape.units]
  }

  /// Bits of an index among `count`, at least one.
  private static func indexWidth(_ count: Int) -> Int {
    max(1, Int.bitWidth - (count - 1).leadingZeroBitCount)
  }

  private static func append(_ number: Int, _ width: Int, to bits: inout [Bool]) {
    for bit in 0..<width { bits.append(number >> bit & 1 != 0) }
  }
}
