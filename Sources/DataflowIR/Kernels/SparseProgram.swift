// What the units of `nn_sparse_matvec` do, cycle by cycle: a matrix as a program of its non-zero weights.
//
//     [[3, 0],          line 0, takes beat 0: unit 0 sets sum of row 0 to 3 · x[0], unit 1 that of row 1 to -2 · x[0]
//      [-2, 5]]         line 1, takes beat 1: unit 0 sets its sum of row 1 to 5 · x[1], unit 1 rests
//
// The output row is its bias and the sums of all units that have one for it. The rules of time and the
// bits of a line stand in hw/nn_sparse_matvec.v.

import FixedPoint

/// The size of a matrix and of the engine that multiplies with it.
public struct SparseShape: Hashable, Sendable {
  public var rows: Int
  /// Elements of the vector, in the order in which they arrive.
  public var columns: Int
  /// Elements of a beat of the vector; a multiple of `classes * blockColumns`.
  public var lanes: Int
  /// Beats that units can reach.
  public var window: Int
  public var clusters: Int
  /// Units of each cluster; at least `classes`.
  public var unitsPerCluster: Int
  /// Unit u of a cluster sees the element blocks b of a beat with b % classes == u % classes.
  public var classes: Int
  /// Weights of a unit: a block of so many rows and columns.
  public var blockRows: Int
  public var blockColumns: Int
  /// Vectors that may wait between adding and draining; each costs a bank of sums.
  public var places: Int

  public init(
    rows: Int, columns: Int, lanes: Int, window: Int, clusters: Int, unitsPerCluster: Int,
    classes: Int = 1, blockRows: Int = 1, blockColumns: Int = 1, places: Int = 1
  ) {
    precondition(
      rows > 0 && columns > 0 && lanes > 0 && window > 0 && clusters > 0 && classes > 0
        && blockRows > 0 && blockColumns > 0 && places > 0, "an engine of no size")
    precondition(unitsPerCluster >= classes, "a class of elements without a unit")
    precondition(lanes % (classes * blockColumns) == 0, "lanes must be a multiple of the classes")
    self.rows = rows
    self.columns = columns
    self.lanes = lanes
    self.window = window
    self.clusters = clusters
    self.unitsPerCluster = unitsPerCluster
    self.classes = classes
    self.blockRows = blockRows
    self.blockColumns = blockColumns
    self.places = places
  }

  public var units: Int { clusters * unitsPerCluster }
  public var multipliers: Int { units * blockRows * blockColumns }
  /// Beats of a vector.
  public var beats: Int { (columns + lanes - 1) / lanes }
  /// Elements of an output beat.
  public var outputLanes: Int { clusters * blockRows }
  /// Output beats of a vector, and words of a unit's bank of sums.
  public var folds: Int { (rows + outputLanes - 1) / outputLanes }
  /// Element blocks of a beat, and those of them that one unit sees.
  public var blocksPerBeat: Int { lanes / blockColumns }
  public var blocksPerClass: Int { blocksPerBeat / classes }
  /// What a unit can pick from.
  public var picks: Int { window * blocksPerClass }

  /// From the last line of a vector to the first cycle in which it can be drained.
  public var drainDelay: Int { 3 + ceilingLog2(blockColumns) }
  /// From the step that reserves an output beat to `y_valid`.
  public var drainLatency: Int { 1 + ceilingLog2(unitsPerCluster + 1) }

  /// The places that keep draining from being slower than adding `lines` lines per vector. With the bank
  /// that is added to they are a power of two: a choice among others is a shifter, 15 LUTs per bit.
  public func places(lines: Int) -> Int {
    let cycles = folds + drainDelay
    let needed = (cycles + max(lines, 1) - 1) / max(lines, 1)
    var banks = 2
    while banks <= needed { banks *= 2 }
    return banks - 1
  }
}

public struct SparseProgram: Hashable, Sendable {
  /// What a unit that does not rest does with its weights in a line.
  public struct Operation: Hashable, Sendable {
    /// Word of the unit's bank of sums, which is the output beat.
    public var row: Int
    /// tap * blocksPerClass + block / classes; tap 0 is the newest beat.
    public var pick: Int
    /// The sum is set, not added to.
    public var isFirst: Bool
  }

  public var shape: SparseShape
  /// For each line whether it takes a beat.
  public var advances: [Bool]
  /// Line after line, for each unit; nil rests.
  public var operations: [Operation?]
  /// A block for each operation, row by row; zeros for a unit that rests.
  public var weights: [Int]
  /// Output beat after output beat, for each unit: whether it has sums for it.
  public var touched: [Bool]

  public var lines: Int { advances.count }
  /// Cycles from one vector to the next while neither input nor output waits, on average rounded up.
  public var interval: Int {
    let perPlace = (shape.folds + shape.drainDelay + shape.places - 1) / shape.places
    return max(lines, shape.folds, perPlace)
  }

  /// The weights of an operation, given by its place in `operations`.
  func block(_ operation: Int) -> ArraySlice<Int> {
    let size = shape.blockRows * shape.blockColumns
    return weights[operation * size..<(operation + 1) * size]
  }
}

// MARK: - Evaluation

extension SparseProgram {
  /// What the engine makes of one vector, line by line as the hardware does it. Sums start as what an
  /// earlier vector may have left behind.
  public func evaluate(_ vector: [Int], bias: [Int]) -> [Int] {
    precondition(vector.count == shape.columns && bias.count == shape.rows, "sizes differ")
    let padded = vector + Array(repeating: 0, count: shape.beats * shape.lanes - vector.count)
    var window: [ArraySlice<Int>] = []  // the newest beat first
    var taken = 0
    var sums = Array(repeating: 4711, count: shape.units * shape.folds * shape.blockRows)
    for line in 0..<lines {
      if advances[line] {
        window.insert(padded[taken * shape.lanes..<(taken + 1) * shape.lanes], at: 0)
        if window.count > shape.window { window.removeLast() }
        taken += 1
      }
      for unit in 0..<shape.units {
        let index = line * shape.units + unit
        guard let operation = operations[index] else { continue }
        apply(operation, block(index), unit, window, &sums)
      }
    }
    return (0..<shape.rows).map { row in
      let (fold, lane) = row.quotientAndRemainder(dividingBy: shape.outputLanes)
      let first = lane / shape.blockRows * shape.unitsPerCluster
      return (first..<first + shape.unitsPerCluster).reduce(bias[row]) { sum, unit in
        guard touched[fold * shape.units + unit] else { return sum }
        let place = (unit * shape.folds + fold) * shape.blockRows + lane % shape.blockRows
        return sum &+ sums[place]
      }
    }
  }

  private func apply(
    _ operation: Operation, _ block: ArraySlice<Int>, _ unit: Int, _ window: [ArraySlice<Int>],
    _ sums: inout [Int]
  ) {
    let (tap, place) = operation.pick.quotientAndRemainder(dividingBy: shape.blocksPerClass)
    let beat = window[tap]
    let element =
      beat.startIndex
      + (place * shape.classes + unit % shape.unitsPerCluster % shape.classes) * shape.blockColumns
    for row in 0..<shape.blockRows {
      let at = (unit * shape.folds + operation.row) * shape.blockRows + row
      if operation.isFirst { sums[at] = 0 }
      for column in 0..<shape.blockColumns {
        let weight = block[block.startIndex + row * shape.blockColumns + column]
        sums[at] = sums[at] &+ weight &* beat[element + column]
      }
    }
  }
}
