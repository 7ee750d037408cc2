// A constant matrix folded onto few multipliers: hw/nn_matvec.v and what follows it.

import FixedPoint

/// Products of vectors with a constant matrix on `pe` x `simd` multipliers, then the layer's activation.
///
/// The matrix of one of `groups` products has `columnFolds · simd` columns, one for each element of the
/// input's beats, and `rowFolds · pe` rows, one for each element of the output's beats. A cycle does one
/// fold: `pe` rows by `simd` columns; for each beat of the input all row folds, one after the other, so that
/// no input is stored. A vector of the input holds the beats of all groups.
public struct MatrixVector: Hashable, Sendable {
  /// What multiplies.
  public enum Multiplier: String, CaseIterable, Hashable, Sendable {
    /// One DSP block per product.
    case dsp
    /// One DSP block per two products that share an input.
    case pair
    /// Logic.
    case lut
  }

  public var pe: Int
  public var simd: Int
  public var rowFolds: Int
  public var columnFolds: Int
  public var groups: Int
  /// Whether all rows of a fold read the same `simd` elements of a beat, or each its own: then a beat
  /// holds, for each of the `simd`, one element per row.
  public var isShared: Bool
  public var multiplier: Multiplier
  /// Integers in the order they are read: group, column fold, row fold, row, column.
  public var weights: [Int64]
  public var weightFormat: FixedFormat
  /// Integers of the accumulator's fraction: group, row fold, row.
  public var biases: [Int64]
  public var accumulator: FixedFormat
  /// From a fold's accumulators to a beat of the output.
  public var epilogue: ScalarGraph
  /// Bits of the port of the core through which weights come, in the order above; nil for a memory inside.
  public var weightPort: Int?

  public init(
    pe: Int, simd: Int, rowFolds: Int, columnFolds: Int, groups: Int = 1, isShared: Bool = true,
    multiplier: Multiplier, weights: [Int64], weightFormat: FixedFormat, biases: [Int64],
    accumulator: FixedFormat, epilogue: ScalarGraph
  ) {
    self.pe = pe
    self.simd = simd
    self.rowFolds = rowFolds
    self.columnFolds = columnFolds
    self.groups = groups
    self.isShared = isShared
    self.multiplier = multiplier
    self.weights = weights
    self.weightFormat = weightFormat
    self.biases = biases
    self.accumulator = accumulator
    self.epilogue = epilogue
    weightPort = nil
  }

  /// Elements of an input beat.
  public var inputLanes: Int { isShared ? simd : pe * simd }
  /// Cycles per vector, which is also the number of weight words.
  public var folds: Int { groups * columnFolds * rowFolds }
  public var weightsPerWord: Int { pe * simd }

  /// Accumulators of one vector, fold by fold: `groups · rowFolds · pe` integers.
  func accumulators(of vector: ArraySlice<Int64>) -> [Int64] {
    var sums = biases
    var word = 0
    for group in 0..<groups {
      for columnFold in 0..<columnFolds {
        let beat = vector.startIndex + (group * columnFolds + columnFold) * inputLanes
        for rowFold in 0..<rowFolds {
          let row = (group * rowFolds + rowFold) * pe
          for p in 0..<pe {
            var sum: Int64 = 0
            for s in 0..<simd {
              let weight = weights[word + p * simd + s]
              if weight != 0 { sum &+= weight &* vector[beat + (isShared ? s : s * pe + p)] }
            }
            sums[row + p] &+= sum
          }
          word += weightsPerWord
        }
      }
    }
    return sums
  }

  /// Output beats of one vector of `groups · columnFolds` input beats.
  func evaluate(_ vector: ArraySlice<Int64>) -> [Int64] {
    let sums = accumulators(of: vector)
    var result: [Int64] = []
    for start in stride(from: 0, to: sums.count, by: pe) {
      let beat = sums[start..<(start + pe)].map { accumulator.wrapping($0) }
      result += epilogue.evaluate([beat])
    }
    return result
  }
}

extension MatrixVector {
  /// L of `hw/nn_matvec.v`: weights, operands, products, the adder tree, the accumulator.
  public var engineLatency: Int {
    4 + (multiplier == .pair ? 1 : 0) + (ceilingLog2(simd) + 1) / 2
  }
}
