// dense and conv as one constant matrix per position, its columns in the order in which a window's elements
// come.

import FixedPoint
import GraphIR

/// `groups` matrices of `rows` x `columns` integers · 2^-fraction, and biases.
///
/// The columns of a convolution are the elements of a window: chunk by chunk of the channels, in a chunk tap by
/// tap, in a tap channel by channel; see `hw/nn_window.v`.
struct ConstantMatrix {
  var groups: Int
  var rows: Int
  var columns: Int
  /// Group, row, column.
  var weights: [Int64]
  var fraction: Int
  /// Group, row.
  var biases: [Int64]
  var biasFraction: Int

  subscript(group: Int, row: Int, column: Int) -> Int64 {
    weights[(group * rows + row) * columns + column]
  }

  /// The matrix of `kernel` [taps, channels / groups, out] on windows whose pixels come in `chunks`
  /// beats. A chunk is a whole number of groups or part of one; `chunks` = `groups` splits by group.
  init(kernel: FixedTensor, taps: Int, chunks: Int, groups: Int, bias: FixedTensor?) {
    let outputs = kernel.shape.channels
    let perGroup = kernel.values.count / taps / outputs
    self.groups = groups
    rows = outputs / groups
    columns = taps * perGroup
    fraction = kernel.fraction
    weights = [Int64](repeating: 0, count: groups * rows * columns)
    let chunkLanes = groups > 1 ? perGroup : perGroup / chunks
    for tap in 0..<taps {
      for c in 0..<perGroup {
        let column = c / chunkLanes * taps * chunkLanes + tap * chunkLanes + c % chunkLanes
        let source = (tap * perGroup + c) * outputs
        for output in 0..<outputs {
          weights[output * columns + column] = kernel.values[source + output]
        }
      }
    }
    biases = bias?.values ?? [Int64](repeating: 0, count: outputs)
    biasFraction = bias?.fraction ?? 0
  }

  /// The integers of the bias at the products' fraction `fraction`, which must hold them.
  func biases(at target: Int) -> [Int64] {
    biases.map { $0 == 0 ? 0 : $0 << Int64(target - biasFraction) }
  }

  /// The finest fraction of products with an operand of `fraction`, and of the biases.
  func accumulatorFraction(operand: Int) -> Int {
    let hasBias = biases.contains { $0 != 0 }
    return hasBias ? max(operand + fraction, biasFraction) : operand + fraction
  }

  /// What each row's sum can be, operands within `operands` (group, column), at `fraction`.
  func ranges(_ operands: [Interval], fraction target: Int) -> [Interval] {
    let step = operands.lazy.filter { !$0.isZero }.map(\.fraction).max() ?? 0
    let bounds = operands.map { $0.isZero ? $0 : $0.atFraction(step) }
    let lows = bounds.map { Int128($0.low) }
    let highs = bounds.map { Int128($0.high) }
    let shift = Int128(target - step - fraction)
    let offsets = biases(at: target)
    return (0..<(groups * rows)).map { row in
      let group = row / rows
      var (low, high) = (Int128(0), Int128(0))
      for column in 0..<columns {
        let weight = Int128(weights[row * columns + column])
        if weight == 0 { continue }
        let operand = group * columns + column
        if weight > 0 {
          low += weight * lows[operand]
          high += weight * highs[operand]
        } else {
          low += weight * highs[operand]
          high += weight * lows[operand]
        }
      }
      let offset = Int128(offsets[row])
      return Interval(
        low: low << shift + offset, high: high << shift + offset, fraction: target)
    }
  }
}
