// Cycles of the sparse matrix-vector engine against the dense one with as many multipliers, on random
// matrices with an exact share of zeros.

import DataflowIR
import SeededRandom

/// A matrix, the dense engine for it (`pe` rows by `simd` columns per cycle) and the sparse one.
private struct SparseCase {
  var pe: Int
  var simd: Int
  var shape: SparseShape

  var denseCycles: Int {
    ((shape.rows + pe - 1) / pe) * ((shape.columns + simd - 1) / simd)
  }
}

private let sparseCases = [
  SparseCase(
    pe: 16, simd: 13,
    shape: SparseShape(
      rows: 64, columns: 784, lanes: 52, window: 2, clusters: 4, unitsPerCluster: 52, classes: 13)),
  SparseCase(
    pe: 8, simd: 8,
    shape: SparseShape(
      rows: 64, columns: 784, lanes: 16, window: 4, clusters: 2, unitsPerCluster: 32, classes: 8)),
  SparseCase(
    pe: 4, simd: 4,
    shape: SparseShape(
      rows: 64, columns: 784, lanes: 4, window: 4, clusters: 1, unitsPerCluster: 16, classes: 4)),
  SparseCase(
    pe: 16, simd: 3,
    shape: SparseShape(
      rows: 16, columns: 144, lanes: 24, window: 2, clusters: 4, unitsPerCluster: 12)),
  SparseCase(
    pe: 8, simd: 8,
    shape: SparseShape(
      rows: 64, columns: 1024, lanes: 16, window: 4, clusters: 2, unitsPerCluster: 32, classes: 8)),
  SparseCase(
    pe: 16, simd: 13,
    shape: SparseShape(
      rows: 64, columns: 784, lanes: 32, window: 2, clusters: 1, unitsPerCluster: 13,
      blockRows: 4, blockColumns: 4)),
  SparseCase(
    pe: 8, simd: 8,
    shape: SparseShape(
      rows: 64, columns: 784, lanes: 16, window: 2, clusters: 1, unitsPerCluster: 4,
      blockRows: 4, blockColumns: 4)),
  SparseCase(
    pe: 4, simd: 4,
    shape: SparseShape(
      rows: 64, columns: 784, lanes: 8, window: 2, clusters: 1, unitsPerCluster: 1,
      blockRows: 4, blockColumns: 4)),
  SparseCase(
    pe: 16, simd: 3,
    shape: SparseShape(
      rows: 16, columns: 144, lanes: 48, window: 2, clusters: 1, unitsPerCluster: 3,
      blockRows: 4, blockColumns: 4, places: 2)),
  SparseCase(
    pe: 8, simd: 8,
    shape: SparseShape(
      rows: 64, columns: 1024, lanes: 16, window: 2, clusters: 1, unitsPerCluster: 4,
      blockRows: 4, blockColumns: 4)),
]

/// Ones, but for blocks of zeros at random places: `percent` of all blocks.
private func randomMatrix(_ shape: SparseShape, zeros percent: Int, seed: UInt64) -> [Int] {
  let across = (shape.columns + shape.blockColumns - 1) / shape.blockColumns
  let down = (shape.rows + shape.blockRows - 1) / shape.blockRows
  var random = SeededRandom(seed: seed)
  var isZero = (0..<across * down).map { $0 < across * down * percent / 100 }
  isZero.shuffle(using: &random)
  return (0..<shape.rows * shape.columns).map { index in
    let (row, column) = index.quotientAndRemainder(dividingBy: shape.columns)
    return isZero[row / shape.blockRows * across + column / shape.blockColumns] ? 0 : 1
  }
}

/// Prints a line per case and share of zeros; cycles are the most of five matrices.
func printSparseTable() {
  print("matrix\tblock\tmultipliers\tlanes\tpicks\tzeros\tdense_cycles\tcycles\tpercent")
  for entry in sparseCases {
    let shape = entry.shape
    for zeros in [0, 50, 75, 90] {
      let cycles =
        (1...5).map { seed in
          let matrix = randomMatrix(shape, zeros: zeros, seed: UInt64(seed))
          return SparseProgram(matrix, shape: shape).interval
        }.max() ?? 0
      let tenths = (cycles * 1000 + entry.denseCycles / 2) / entry.denseCycles
      let fields = [
        "\(shape.columns)x\(shape.rows)", "\(shape.blockRows)x\(shape.blockColumns)",
        "\(shape.multipliers)", "\(shape.lanes)", "\(shape.picks)", "\(zeros)",
        "\(entry.denseCycles)", "\(cycles)", "\(tenths / 10).\(tenths % 10)",
      ]
      print(fields.joined(separator: "\t"))
    }
  }
}
