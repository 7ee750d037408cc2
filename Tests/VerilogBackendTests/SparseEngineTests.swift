import DataflowIR
import Foundation
import SeededRandom
import Simulation
import Testing

/// Scheduled programs in the hardware: `hw/nn_sparse_matvec.v` in its own bench.
@Suite struct SparseEngineTests {
  private static let weightWidth = 8
  private static let biasWidth = 16

  @Test(
    .enabled(if: Tool.icarus.find() != nil),
    arguments: [
      SparseShape(
        rows: 30, columns: 61, lanes: 8, window: 4, clusters: 3, unitsPerCluster: 8, classes: 8),
      SparseShape(
        rows: 18, columns: 32, lanes: 8, window: 2, clusters: 2, unitsPerCluster: 2, classes: 2,
        blockRows: 4, blockColumns: 2),
      SparseShape(
        rows: 16, columns: 9, lanes: 9, window: 1, clusters: 2, unitsPerCluster: 9, places: 2),
    ])
  func scheduledProgramRunsInTheEngine(_ shape: SparseShape) throws {
    var random = SeededRandom(seed: 3)
    let matrix = (0..<shape.rows * shape.columns).map { _ in
      Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: -128...127, using: &random) : 0
    }
    let bias = (0..<shape.rows).map { _ in Int.random(in: -999...999, using: &random) }
    let program = SparseProgram(matrix, shape: shape)
    let folder = try TemporaryFolder("sparse")
    try write(program, matrix, bias, to: folder)

    let parameters = [
      "LANES": shape.lanes, "WINDOW": shape.window, "CLUSTERS": shape.clusters,
      "MULTS": shape.unitsPerCluster, "CLASSES": shape.classes, "BLOCK_ROWS": shape.blockRows,
      "BLOCK_COLS": shape.blockColumns, "ROWS": shape.rows, "COLS": shape.columns,
      "LINES": program.lines, "PLACES": shape.places, "W_WIDTH": Self.weightWidth,
      "B_WIDTH": Self.biasWidth,
    ]
    let hw = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("hw").path
    let compiled = try ChildProcess.run(
      Tool.icarus.required(),
      ["-g2005", "-o", folder.path + "/sim"]
        + parameters.sorted { $0.key < $1.key }.map {
          "-Pnn_sparse_matvec_tb.\($0.key)=\($0.value)"
        }
        + ["nn_sparse_matvec.v", "nn_sparse_unit.v", "nn_sum.v", "nn_delay.v"]
        + ["tb/nn_sparse_matvec_tb.v"], in: hw)
    #expect(compiled.status == 0, "\(compiled.errors)")
    for stall in ["+stall=0", "+stall=1"] {
      let result = try ChildProcess.run(
        Tool.icarusRuntime.required(), ["-n", "sim", stall, "+program=."], in: folder.path)
      #expect(
        result.output.contains("\nPASS") || result.output.hasPrefix("PASS"), "\(result.output)")
    }
  }

  /// The files that the bench reads; its matrix and biases are padded with zeros.
  private func write(
    _ program: SparseProgram, _ matrix: [Int], _ bias: [Int], to folder: TemporaryFolder
  ) throws {
    let shape = program.shape
    let width = shape.beats * shape.lanes
    var padded = Array(repeating: 0, count: shape.folds * shape.outputLanes * width)
    for (index, weight) in matrix.enumerated() {
      padded[index / shape.columns * width + index % shape.columns] = weight
    }
    let zeros = Array(repeating: 0, count: shape.folds * shape.outputLanes - shape.rows)
    func number(_ value: Int, _ width: Int) -> String {
      String(value & (1 << width - 1), radix: 16)
    }
    let lines = (0..<program.lines).map { program.lineBits($0, weightWidth: Self.weightWidth) }
    let biases = (0..<shape.folds).map {
      program.biasBits($0, bias: bias, biasWidth: Self.biasWidth)
    }
    for (name, words) in [
      ("matrix", padded.map { number($0, Self.weightWidth) }),
      ("bias", (bias + zeros).map { number($0, Self.biasWidth) }),
      ("lines", lines.map(hex)), ("biases", biases.map(hex)),
    ] {
      _ = try folder.write(name + ".mem", words.joined(separator: "\n") + "\n")
    }
  }

  /// A word, given from its lowest bit on.
  private func hex(_ bits: [Bool]) -> String {
    let digits = stride(from: 0, to: bits.count, by: 4).map { start in
      let digit = bits[start..<min(start + 4, bits.count)].reversed()
        .reduce(0) { $0 * 2 + ($1 ? 1 : 0) }
      return String(digit, radix: 16)
    }
    return digits.reversed().joined()
  }
}
