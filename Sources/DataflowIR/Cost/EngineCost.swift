// What the engines take: matrix-vector products, sparse ones, windows.

import FixedPoint

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
    let counters =
      ceilingLog2(shape.columnFolds) + ceilingLog2(shape.rowFolds) + ceilingLog2(shape.steps)
      + ceilingLog2(shape.groups * shape.rowFolds)
    let stages = 3 + (ceilingLog2(shape.simd) + 1) / 2 + (shape.multiplier == .pair ? 1 : 0)
    // Control, and the sum of every row, its bias in place of what it adds to.
    var resources = Resources(lut: 2 * counters + 10 + accumulators, ff: counters + 3 * stages)
    // What is read, the operands of the multipliers, biases, results.
    resources.ff += 2 * lanes * shape.inputWidth + shape.pe * shape.biasWidth + accumulators
    resources += products(shape, product)
    resources += shape.pe * adderTree(terms: shape.simd, width: product)
    if shape.columnFolds > 1 {
      if shape.rowFolds > 1 {
        resources.lut += MemoryCost.lutRAM(width: accumulators, depth: shape.rowFolds)
        resources += Resources(
          lut: 2 * ceilingLog2(shape.rowFolds), ff: ceilingLog2(shape.rowFolds))
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

  /// `nn_multiply`: a row for every two bits of the input. The first two are one carry chain, every
  /// further one chooses a multiple and adds it: two LUTs per bit as Yosys maps them.
  private static func multiply(_ shape: MatvecShape) -> Int {
    let rows = (shape.inputWidth + 1) / 2
    return 2 * (rows - 1) * (shape.weightWidth + 2) + shape.weightWidth / 2
  }

  /// `nn_adder_tree`: sums of four with a register behind them.
  static func adderTree(terms: Int, width: Int) -> Resources {
    var resources = Resources.zero
    var (count, width) = (terms, width)
    while count > 1 {
      let sums = (count + 3) / 4
      width += count > 2 ? 2 : 1
      resources += Resources(lut: (count - sums) * width, ff: sums * width)
      count = sums
    }
    return resources
  }

  /// `nn_sparse_matvec` without the memories of the program and the biases, `places` vectors between
  /// adding and draining.
  public static func sparseMatvec(
    _ shape: SparseShape, lines: Int, places: Int, inputWidth: Int, weightWidth: Int,
    accumulatorWidth: Int
  ) -> Resources {
    let row =
      shape.clusters
      * adderLevels(
        terms: shape.unitsPerCluster + 1, width: accumulatorWidth)
    // Sums of units that have none for a row are masked.
    let masks = Resources(lut: shape.units * accumulatorWidth)
    let control = ceilingLog2(lines) + ceilingLog2(shape.folds)
    return shape.units
      * sparseUnit(
        shape, places: places, inputWidth: inputWidth, weightWidth: weightWidth,
        accumulatorWidth: accumulatorWidth)
      + shape.blockRows * (row + masks)
      + Resources(
        lut: 2 * control + 12,
        ff: shape.lanes * shape.window * inputWidth + control + 12)
  }

  /// `nn_sparse_unit`.
  private static func sparseUnit(
    _ shape: SparseShape, places: Int, inputWidth: Int, weightWidth: Int, accumulatorWidth: Int
  ) -> Resources {
    let block = shape.blockRows * shape.blockColumns
    let (weights, element) = (block * weightWidth, shape.blockColumns * inputWidth)
    let row = ceilingLog2(max(shape.folds, 2))
    let word = shape.wordWidth(weightWidth: weightWidth)
    let product = inputWidth + weightWidth
    // A bank has one address; the sum, what is read of the banks for adding and for draining. Part selects
    // of other than a power of two become shifters, 15 LUTs per bit of both.
    let count = places + 1
    let banks =
      count
      * MemoryCost.lutRAMOfOneAddress(width: accumulatorWidth, depth: max(shape.folds, 2))
    let perBit = count & (count - 1) == 0 ? 2 * MemoryCost.multiplexer(count) - 1 : 15
    let reading = accumulatorWidth * perBit
    let sums =
      Resources(lut: banks + reading + accumulatorWidth)
      + adderLevels(terms: shape.blockColumns, width: product + ceilingLog2(shape.blockColumns))
    return shape.blockRows * sums
      + Resources(
        lut: element * MemoryCost.multiplexer(shape.picks) + weights / 5 + count * (row + 1) + 4,
        // One of the multiplier's registers is in its DSP block.
        ff: word + element + block * product + 2 * (row + 2), dsp: block)
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
    let counters =
      ceilingLog2(row) + 1 + ceilingLog2(rows.output) + ceilingLog2(columns.output)
      + ceilingLog2(window.chunks)
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
    let index = ceilingLog2(steps - 1)
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
