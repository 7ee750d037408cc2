// What the hardware may assume of a program, checked against its matrix. A violation is nncc's mistake.
//
// 1. Line 0 takes a beat, and all lines together take the beats of one vector.
// 2. A pick is of a beat in the window, a row is a word of the bank.
// 3. Every non-zero weight of the matrix is in exactly one operation, and nothing else is.
// 4. An operation sets a sum exactly where the unit has none of this row yet; `touched` says which it has.
// 5. An operation has a weight that is not zero: the hardware takes zeros for a rest.

import Diagnostics

extension SparseProgram {
  /// Everything wrong with the program of the matrix, given row by row; empty when it is sound.
  public func verify(_ matrix: [Int], at place: String) -> [Diagnostic] {
    precondition(matrix.count == shape.rows * shape.columns, "sizes differ")
    var problems: [Diagnostic] = []
    func report(_ message: String) {
      problems.append(.brokenDesign("program of non-zero weights: \(message)", at: place))
    }
    let blockSize = shape.blockRows * shape.blockColumns
    guard operations.count == lines * shape.units, weights.count == operations.count * blockSize,
      touched.count == shape.folds * shape.units
    else {
      report("its parts have different sizes")
      return problems
    }
    let beats = advances.count { $0 }
    if advances.first != true { report("line 0 takes no beat") }
    if beats != shape.beats { report("it takes \(beats) beats of \(shape.beats)") }

    var left = matrix
    var seen = Array(repeating: false, count: touched.count)
    var taken = 0
    for line in 0..<lines {
      if advances[line] { taken += 1 }
      for unit in 0..<shape.units {
        let index = line * shape.units + unit
        guard let operation = operations[index] else {
          if block(index).contains(where: { $0 != 0 }) { report("unit \(unit) rests with weights") }
          continue
        }
        let tap = operation.pick / shape.blocksPerClass
        guard operation.pick >= 0, tap < min(shape.window, taken), taken <= shape.beats else {
          report("line \(line): unit \(unit) picks outside of the window")
          continue
        }
        guard operation.row >= 0, operation.row < shape.folds else {
          report("line \(line): unit \(unit) has no sum \(operation.row)")
          continue
        }
        let sum = operation.row * shape.units + unit
        if operation.isFirst == seen[sum] {
          report("line \(line): unit \(unit) \(seen[sum] ? "loses" : "adds to no") sum")
        }
        seen[sum] = true
        if let message = take(operation, index, unit, beat: taken - 1 - tap, from: &left) {
          report("line \(line): unit \(unit) \(message)")
        }
      }
    }
    if let weight = left.firstIndex(where: { $0 != 0 }) {
      report("weight (\(weight / shape.columns), \(weight % shape.columns)) is in no line")
    }
    if seen != touched { report("units have other sums than it says") }
    return problems
  }

  /// Takes an operation's weights out of what is left of the matrix; what is wrong with them, if anything.
  private func take(
    _ operation: Operation, _ index: Int, _ unit: Int, beat: Int, from left: inout [Int]
  ) -> String? {
    let weights = block(index)
    if weights.allSatisfy({ $0 == 0 }) { return "works with no weight" }
    let (cluster, place) = unit.quotientAndRemainder(dividingBy: shape.unitsPerCluster)
    let inBeat = operation.pick % shape.blocksPerClass * shape.classes + place % shape.classes
    let column = beat * shape.lanes + inBeat * shape.blockColumns
    let row = (operation.row * shape.clusters + cluster) * shape.blockRows
    for (offset, weight) in weights.enumerated() where weight != 0 {
      let (r, c) = (row + offset / shape.blockColumns, column + offset % shape.blockColumns)
      guard r < shape.rows, c < shape.columns else { return "has a weight outside of the matrix" }
      guard left[r * shape.columns + c] == weight else {
        return "has a weight that is not left at (\(r), \(c))"
      }
      left[r * shape.columns + c] = 0
    }
    return nil
  }
}
