// Makes the program of a sparse matrix: which unit takes which weight in which cycle.
//
// Units of one cluster and one class can do the same work, and any of it; so there is a queue of blocks
// for each cluster and class, in the order of their columns. In every line each unit takes the oldest
// block of its queue whose beat has arrived, and the window moves as soon as nobody needs its oldest
// beat. Nothing is gained by waiting: a beat taken earlier only adds to what units can choose from, and
// work that is done earlier only lets the window move earlier.

extension SparseProgram {
  /// The program of a matrix, given row by row with the columns in the order in which they arrive.
  /// Takes time proportional to the matrix.
  public init(_ matrix: [Int], shape: SparseShape) {
    var queues = WorkQueues(matrix, shape)
    self.init(
      shape: shape, advances: [], operations: [], weights: [],
      touched: Array(repeating: false, count: shape.folds * shape.units))
    var taken = 0
    while taken < shape.beats || queues.remaining > 0 {
      let advance =
        taken < shape.beats && (taken < shape.window || queues.oldestBeat > taken - shape.window)
      if advance { taken += 1 }
      advances.append(advance)
      for unit in 0..<shape.units {
        let block = queues.next(for: unit, before: taken)
        append(block, unit, newestBeat: taken - 1, matrix)
      }
    }
  }

  /// Appends what the unit does in the last line.
  private mutating func append(
    _ block: WorkQueues.Block?, _ unit: Int, newestBeat: Int, _ matrix: [Int]
  ) {
    guard let block else {
      operations.append(nil)
      weights.append(contentsOf: repeatElement(0, count: shape.blockRows * shape.blockColumns))
      return
    }
    let (beat, inBeat) = block.column.quotientAndRemainder(dividingBy: shape.blocksPerBeat)
    let row = block.row / shape.clusters
    let sum = row * shape.units + unit
    operations.append(
      Operation(
        row: row, pick: (newestBeat - beat) * shape.blocksPerClass + inBeat / shape.classes,
        isFirst: !touched[sum]))
    touched[sum] = true
    for r in block.row * shape.blockRows..<(block.row + 1) * shape.blockRows {
      for c in block.column * shape.blockColumns..<(block.column + 1) * shape.blockColumns {
        weights.append(r < shape.rows && c < shape.columns ? matrix[r * shape.columns + c] : 0)
      }
    }
  }
}

/// The blocks with a weight that is not zero, in a queue for each cluster and class.
private struct WorkQueues {
  /// Counted in blocks.
  struct Block {
    var row: Int
    var column: Int
  }

  private let shape: SparseShape
  private var blocks: [[Block]]
  private var heads: [Int]
  private(set) var remaining: Int

  init(_ matrix: [Int], _ shape: SparseShape) {
    precondition(matrix.count == shape.rows * shape.columns, "sizes differ")
    self.shape = shape
    let blockRows = shape.folds * shape.clusters
    let blockColumns = shape.beats * shape.blocksPerBeat
    var isZero = Array(repeating: true, count: blockRows * blockColumns)
    for row in 0..<shape.rows {
      for column in 0..<shape.columns where matrix[row * shape.columns + column] != 0 {
        isZero[row / shape.blockRows * blockColumns + column / shape.blockColumns] = false
      }
    }
    blocks = Array(repeating: [], count: shape.clusters * shape.classes)
    heads = Array(repeating: 0, count: blocks.count)
    for column in 0..<blockColumns {
      let classIndex = column % shape.blocksPerBeat % shape.classes
      for row in 0..<blockRows where !isZero[row * blockColumns + column] {
        blocks[row % shape.clusters * shape.classes + classIndex].append(
          Block(row: row, column: column))
      }
    }
    remaining = blocks.reduce(0) { $0 + $1.count }
  }

  /// The oldest beat that a block is left of.
  var oldestBeat: Int {
    var oldest = Int.max
    for queue in blocks.indices where heads[queue] < blocks[queue].count {
      oldest = min(oldest, blocks[queue][heads[queue]].column / shape.blocksPerBeat)
    }
    return oldest
  }

  /// The next block that the unit can do, with the first `taken` beats arrived; nil if there is none.
  mutating func next(for unit: Int, before taken: Int) -> Block? {
    let (cluster, place) = unit.quotientAndRemainder(dividingBy: shape.unitsPerCluster)
    let queue = cluster * shape.classes + place % shape.classes
    guard heads[queue] < blocks[queue].count else { return nil }
    let block = blocks[queue][heads[queue]]
    guard block.column < taken * shape.blocksPerBeat else { return nil }
    heads[queue] += 1
    remaining -= 1
    return block
  }
}
