// What the engines take: matrix-vector products, sparse ones, windows.

/// The parameters of `nn_matvec`.
public struct MatvecShape: Hashable, Sendable {
  public var pe: Int
  public var simd: Int
  public var columnFolds: Int
  public var rowFolds: Int
  public var groups: Int
  /// Whether all rows read the same elements.
  public var isShared: Bool
  public var inputWidth: Int
  public var weightWidth: Int
  public var biasWidth: Int
  public var accumulatorWidth: Int
  public var multiplier: MatrixVector.Multiplier

  public init(
    pe: Int, simd: Int, columnFolds: Int, rowFolds: Int, groups: Int = 1, isShared: Bool = true,
    inputWidth: Int, weightWidth: Int, biasWidth: Int, accumulatorWidth: Int,
    multiplier: MatrixVector.Multiplier
  ) {
    self.pe = pe
    self.simd = simd
    self.columnFolds = columnFolds
    self.rowFolds = rowFolds
    self.groups = groups
    self.isShared = isShared
    self.inputWidth = inputWidth
    self.weightWidth = weightWidth
    self.biasWidth = biasWidth
    self.accumulatorWidth = accumulatorWidth
    self.multiplier = multiplier
  }

  /// Words of the memory of weights.
  public var steps: Int { groups * columnFolds * rowFolds }
}

extension HardwareCost {
  /// `nn_matvec` without the memories of weights and biases.
  public static func matvec(_ shape: MatvecShape) -> Resources {
    let lanes = shape.isShared ? shape.simd : shape.pe * shape.simd
    let product = shape.inputWidth + shape.weightWidth
    let accumulators = shape.pe * shape.accumulatorWidth
    let counters = bits(shape.columnFolds) + bits(shape.rowFolds) + bits(shape.steps)
      + bits(shape.groups * shape.rowFolds)
    let stages = 3 + (bits(shape.simd) + 1) / 2 + (shape.multiplier == .pair ? 1 : 0)
    // Control, and the sum of every row, its bias in place of what it adds to.
    var resources = Resources(lut: 2 * counters + 10 + accumulators, ff: counters + 3 * stages)
    // What is read, the operands of the multipliers, biases, results.
    resources.ff += 2 * lanes * shape.inputWidth + shape.pe * shape.biasWidth + accumulators
    resources += products(shape, product)
    resources += shape.pe * adderTree(terms: shape.simd, width: product)
    if shape.columnFolds > 1 {
      if shape.rowFolds > 1 {
        resources.lut += MemoryCost.lutRAM(width: accumulators, depth: shape.rowFolds)
        resources += Resources(lut: 2 * bits(shape.rowFolds), ff: bits(shape.rowFolds))
      } else {
        resources.ff += accumulators
      }
    }
    return resources
  }

  /// The multipliers. The registers of weights and products are counted, as Yosys leaves them
  /// outside; the vendors' tools put them into the DSP blocks.
  private static func products(_ shape: MatvecShape, _ product: Int) -> Resources {
    let count = shape.pe * shape.simd
    switch shape.multiplier {
    case .dsp: return count * Resources(ff: product + shape.weightWidth, dsp: 1)
    case .pair:
      let pairs = shape.pe / 2 * shape.simd
      // The upper product is corrected by the sign of the lower one.
      return pairs * Resources(lut: product, ff: 5 * product, dsp: 1)
        + Resources(ff: (shape.pe % 2) * shape.simd * product, dsp: (shape.pe % 2) * shape.simd)
    case .lut:
      return count * Resources(lut: multiply(shape), ff: product + shape.weightWidth)
    }
  }

  /// `nn_multiply`: a carry chain for every two bits of the input.
  private static func multiply(_ shape: MatvecShape) -> Int {
    (shape.inputWidth + 1) / 2 * (shape.weightWidth + 2)
  }

  /// `nn_adder_tree`: sums of four with a register behind them.
  static func adderTree(terms: Int, width: Int) -> Resources {
    var resources = Resources.zero
    var (count, width) = (terms, width)
    while count > 1 {
      let sums = (count + 3) / 4
      width += count > 2 ? 2 : 1
      // Yosys makes carry-save adders of sums of three and four, a LUT per bit more than a chain.
      let saves = count / 4 + (count % 4 == 3 ? 1 : 0)
      resources += Resources(lut: (count - sums + saves) * width, ff: sums * width)
      count = sums
    }
    return resources
  }

  /// `nn_sparse_matvec` without the memories of the program and the biases.
  public static func sparseMatvec(
    lanes: Int, window: Int, clusters: Int, multipliers: Int, rowFolds: Int, lines: Int,
    inputWidth: Int, weightWidth: Int, accumulatorWidth: Int
  ) -> Resources {
    let units = clusters * multipliers
    let picks = lanes * window
    let word = weightWidth + bits(picks) + bits(rowFolds) + 1
    // Two banks of sums, of which one is added to.
    let banks = 2 * MemoryCost.lutRAM(width: accumulatorWidth, depth: max(rowFolds, 2))
    let unit = Resources(
      lut: inputWidth * MemoryCost.multiplexer(picks) + banks + 3 * accumulatorWidth + 8,
      ff: word + inputWidth + weightWidth + 2 * (bits(rowFolds) + 2), dsp: 1)
    let tree = adderLevels(terms: multipliers + 1, width: accumulatorWidth)
    return units * unit + clusters * (tree + Resources(lut: multipliers * accumulatorWidth))
      + Resources(
        lut: 2 * (bits(lines) + bits(rowFolds)) + 12,
        ff: lanes * window * inputWidth + bits(lines) + bits(rowFolds) + 12)
  }

  /// `nn_sum`: sums of two with a register behind them.
  static func adderLevels(terms: Int, width: Int) -> Resources {
    var resources = Resources.zero
    var count = terms
    while count > 1 {
      let sums = (count + 1) / 2
      resources += Resources(lut: count / 2 * width, ff: sums * width)
      count = sums
    }
    return resources
  }

  /// `nn_window` with a pixel, or a chunk of its channels, in a beat of `width` bits.
  public static func window(_ window: SlidingWindow, width: Int) -> Resources {
    let (rows, columns) = (window.rows, window.columns)
    // The newest beat, and the other taps of all rows.
    var resources = Resources(ff: width)
    let taps = rows.taps * (columns.taps - 1) * width
    resources += stepDelay(width: taps, steps: columns.dilation * window.chunks)
    let row = rows.dilation * columns.input * window.chunks
    let kernel = (columns.taps - 1) * columns.dilation * window.chunks
    resources += stepDelay(
      width: (rows.taps - 1) * width, steps: kernel < row ? row - kernel : row)
    let counters = bits(row) + 1 + bits(rows.output) + bits(columns.output) + bits(window.chunks)
    resources += Resources(
      lut: 2 * counters + 8,
      ff: counters + 1 + rows.taps + columns.taps)
    // Taps that can be outside of the image are masked.
    resources.lut += maskedTaps(window) * width
    return resources
  }

  private static func maskedTaps(_ window: SlidingWindow) -> Int {
    func always(_ axis: SlidingWindow.Axis) -> Int {
      (0..<axis.taps).count { tap in
        tap * axis.dilation >= axis.begin
          && (axis.output - 1) * axis.stride - axis.begin + tap * axis.dilation < axis.input
      }
    }
    return window.taps - always(window.rows) * always(window.columns)
  }

  /// `nn_step_delay`.
  static func stepDelay(width: Int, steps: Int) -> Resources {
    if width == 0 { return .zero }
    if steps <= 2 { return Resources(ff: width * steps) }
    let index = bits(steps - 1)
    var resources = Resources(lut: 2 * index, ff: index)
    if steps > 65 && width * steps > 4096 {
      resources.bram18 = MemoryCost.blockRAMs(width: width, depth: steps - 1)
    } else {
      resources += Resources(
        lut: MemoryCost.lutRAMOfOneAddress(width: width, depth: steps - 1), ff: width)
    }
    return resources
  }
}
