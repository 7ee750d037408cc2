// A pruned matrix on few multipliers, cycles for non-zero weights only: hw/nn_sparse_matvec.v and what follows it.

import FixedPoint

/// Products of vectors with a constant matrix by a program of its non-zero weights, then the layer's
/// activation.
public struct SparseMatrixVector: Hashable, Sendable {
  public var program: SparseProgram
  public var weightFormat: FixedFormat
  /// Integers of the accumulator's fraction, one per row.
  public var biases: [Int64]
  public var accumulator: FixedFormat
  /// From a beat of sums to a beat of the output.
  public var epilogue: ScalarGraph

  public init(
    program: SparseProgram, weightFormat: FixedFormat, biases: [Int64], accumulator: FixedFormat,
    epilogue: ScalarGraph
  ) {
    self.program = program
    self.weightFormat = weightFormat
    self.biases = biases
    self.accumulator = accumulator
    self.epilogue = epilogue
  }

  public var shape: SparseShape { program.shape }

  /// Bits of a line of the program in memory.
  public var lineWidth: Int { shape.lineWidth(weightWidth: weightFormat.width) }

  /// Vectors between adding and draining: as many as keep draining from being the slower part.
  public var places: Int { shape.places(lines: program.lines) }

  /// Output beats of one vector, padding included.
  func evaluate(_ vector: ArraySlice<Int64>) -> [Int64] {
    let lanes = shape.outputLanes
    var sums = program.evaluate(vector.map { Int($0) }, bias: biases.map { Int($0) })
    sums += [Int](repeating: 0, count: shape.folds * lanes - sums.count)
    var result: [Int64] = []
    for start in stride(from: 0, to: sums.count, by: lanes) {
      let beat = sums[start..<(start + lanes)].map { accumulator.wrapping(Int64($0)) }
      result += epilogue.evaluate([beat])
    }
    return result
  }

  // MARK: - Time

  /// The steps of `hw/nn_sparse_matvec.v` that add, for `vectors` vectors: a line that takes a beat and those
  /// behind it that wait for nothing are one step.
  func additionSteps(vectors: Int) -> [Step] {
    var lines: [Step] = []
    for (line, advances) in program.advances.enumerated() {
      if line == program.lines - 1 {
        lines.append(Step(takes: advances ? 1 : 0, reserves: 1))
      } else if advances {
        lines.append(Step(takes: 1))
      } else {
        lines[lines.count - 1].cycles += 1
      }
    }
    return (0..<vectors).flatMap { _ in lines }
  }

  /// Those that drain sums: all need the vector, the last gives its place back.
  func drainSteps(vectors: Int, reserves: UInt32) -> [Step] {
    let folds = shape.folds
    let beats = (0..<folds).map {
      Step(needs: 1, takes: $0 == folds - 1 ? 1 : 0, reserves: reserves)
    }
    return (0..<vectors).flatMap { _ in beats }
  }

  /// From a vector's last line to the channel of vectors.
  var additionLatency: Int { shape.drainDelay - 1 }
}
