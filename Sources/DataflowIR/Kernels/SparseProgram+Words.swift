// The contents of the memories beside `nn_sparse_matvec`, whose header says what stands where.

import FixedPoint

extension SparseShape {
  /// Bits of one unit's word: {first, row, pick, weights}.
  public func wordWidth(weightWidth: Int) -> Int {
    blockRows * blockColumns * weightWidth + indexWidth(picks) + indexWidth(folds) + 1
  }

  /// Bits of `program_data`: a word for each unit, and whether the next line takes a beat.
  public func lineWidth(weightWidth: Int) -> Int { units * wordWidth(weightWidth: weightWidth) + 1 }
}

extension SparseProgram {
  /// A line of `program_data`, the lowest bit first.
  public func lineBits(_ line: Int, weightWidth: Int) -> [Bool] {
    var bits: [Bool] = []
    bits.reserveCapacity(shape.lineWidth(weightWidth: weightWidth))
    for unit in 0..<shape.units {
      let index = line * shape.units + unit
      for weight in block(index) { Self.append(weight, weightWidth, to: &bits) }
      let operation = operations[index]
      Self.append(operation?.pick ?? 0, indexWidth(shape.picks), to: &bits)
      Self.append(operation?.row ?? 0, indexWidth(shape.folds), to: &bits)
      bits.append(operation?.isFirst ?? false)
    }
    bits.append(advances[(line + 1) % lines])
    return bits
  }

  /// A word of `bias_data`, the lowest bit first; `bias` holds a number per row.
  public func biasBits(_ fold: Int, bias: [some BinaryInteger], biasWidth: Int) -> [Bool] {
    var bits: [Bool] = []
    for lane in 0..<shape.outputLanes {
      let row = fold * shape.outputLanes + lane
      Self.append(row < shape.rows ? Int(bias[row]) : 0, biasWidth, to: &bits)
    }
    return bits + touched[fold * shape.units..<(fold + 1) * shape.units]
  }

  private static func append(_ number: Int, _ width: Int, to bits: inout [Bool]) {
    for bit in 0..<width { bits.append(number >> bit & 1 != 0) }
  }
}
