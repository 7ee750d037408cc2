// Where the non-zero weights of a pruned matrix stand, as far as the pace of a sparse engine depends on it.

import DataflowIR

/// Non-zero blocks of a matrix by row of blocks and class of columns.
struct SparseCounts: Hashable, Sendable {
  /// Classes are powers of two, and column block b is of class b % classes: the counts of the most classes
  /// give those of fewer.
  static let mostClasses = 32

  var blockRows: Int
  var blockColumns: Int
  /// Rows of blocks, each with `mostClasses` counts.
  private(set) var counts: [Int]
  private(set) var blocks = 0

  /// The matrix is given row by row, columns in the order in which they arrive.
  init(_ matrix: [Int64], columns: Int, blockRows: Int, blockColumns: Int) {
    self.blockRows = blockRows
    self.blockColumns = blockColumns
    let rows = matrix.count / columns
    let rowCount = (rows + blockRows - 1) / blockRows
    let columnCount = (columns + blockColumns - 1) / blockColumns
    counts = [Int](repeating: 0, count: rowCount * Self.mostClasses)
    var isUsed = [Bool](repeating: false, count: columnCount)
    for row in 0..<rowCount {
      for column in isUsed.indices { isUsed[column] = false }
      for r in (row * blockRows)..<min((row + 1) * blockRows, rows) {
        for column in 0..<columns where matrix[r * columns + column] != 0 {
          isUsed[column / blockColumns] = true
        }
      }
      for column in isUsed.indices where isUsed[column] {
        counts[row * Self.mostClasses + column % Self.mostClasses] += 1
        blocks += 1
      }
    }
  }

  var rows: Int { counts.count / Self.mostClasses }

  /// The most blocks that the units of one cluster and class have to do.
  func busiest(clusters: Int, classes: Int) -> Int {
    var queues = [Int](repeating: 0, count: clusters * classes)
    for (index, count) in counts.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: Self.mostClasses)
      queues[row % clusters * classes + column % classes] += count
    }
    return queues.max() ?? 0
  }

  /// The counts of single weights, and of those aligned blocks that are mostly either zero or full, the
  /// largest ones; none for a matrix that is not pruned.
  static func all(_ matrix: [Int64], columns: Int) -> [SparseCounts] {
    let weights = SparseCounts(matrix, columns: columns, blockRows: 1, blockColumns: 1)
    // What a program of a dense matrix costs in memory is never paid back.
    guard 10 * weights.blocks <= 7 * matrix.count else { return [] }
    for (blockRows, blockColumns) in [
      (4, 4), (2, 4), (4, 2), (2, 2), (1, 4), (4, 1), (1, 2), (2, 1),
    ] {
      let blocks = SparseCounts(
        matrix, columns: columns, blockRows: blockRows, blockColumns: blockColumns)
      // Training leaves some zeros inside of blocks.
      if 4 * weights.blocks >= 3 * blocks.blocks * blockRows * blockColumns {
        return [weights, blocks]
      }
    }
    return [weights]
  }
}
