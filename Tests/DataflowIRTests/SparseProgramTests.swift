// Programs of random sparse matrices: sound, equal to the dense product, and as short as they can be.

import SeededRandom
import Testing

@testable import DataflowIR

@Suite struct SparseProgramTests {
  static let shapes = [
    SparseShape(rows: 5, columns: 9, lanes: 1, window: 1, clusters: 1, unitsPerCluster: 1),
    SparseShape(rows: 16, columns: 50, lanes: 4, window: 3, clusters: 4, unitsPerCluster: 3),
    SparseShape(rows: 13, columns: 70, lanes: 8, window: 4, clusters: 2, unitsPerCluster: 4),
    SparseShape(
      rows: 30, columns: 61, lanes: 8, window: 4, clusters: 3, unitsPerCluster: 8, classes: 8),
    SparseShape(
      rows: 12, columns: 40, lanes: 6, window: 2, clusters: 2, unitsPerCluster: 5, classes: 3),
    SparseShape(
      rows: 18, columns: 33, lanes: 8, window: 2, clusters: 2, unitsPerCluster: 2, classes: 2,
      blockRows: 4, blockColumns: 2),
    SparseShape(
      rows: 7, columns: 20, lanes: 12, window: 1, clusters: 1, unitsPerCluster: 3,
      blockRows: 1, blockColumns: 4),
    SparseShape(rows: 3, columns: 2, lanes: 16, window: 4, clusters: 4, unitsPerCluster: 2),
  ]

  /// Weights, a `density` percent of which are not zero.
  static func matrix(_ shape: SparseShape, density: Int, _ random: inout SeededRandom) -> [Int] {
    (0..<shape.rows * shape.columns).map { _ in
      guard Int.random(in: 0..<100, using: &random) < density else { return 0 }
      let size = Int.random(in: 1...7, using: &random)
      return Bool.random(using: &random) ? size : -size
    }
  }

  @Test(arguments: shapes, [0, 3, 10, 50, 100])
  func programIsSoundAndEqualToTheProduct(_ shape: SparseShape, density: Int) {
    var random = SeededRandom(seed: UInt64(density))
    for _ in 0..<5 {
      let matrix = Self.matrix(shape, density: density, &random)
      let program = SparseProgram(matrix, shape: shape)
      #expect(program.verify(matrix, at: "fc").map(\.message) == [])
      let vector = (0..<shape.columns).map { _ in Int.random(in: -128...127, using: &random) }
      let bias = (0..<shape.rows).map { _ in Int.random(in: -999...999, using: &random) }
      let product = (0..<shape.rows).map { row in
        (0..<shape.columns).reduce(bias[row]) {
          $0 + matrix[row * shape.columns + $1] * vector[$1]
        }
      }
      #expect(program.evaluate(vector, bias: bias) == product)
    }
  }

  @Test(arguments: shapes, [3, 50])
  func programIsAtLeastAsLongAsItsWork(_ shape: SparseShape, density: Int) {
    var random = SeededRandom(seed: 9)
    let matrix = Self.matrix(shape, density: density, &random)
    let program = SparseProgram(matrix, shape: shape)
    let work = program.operations.count { $0 != nil }
    #expect(program.lines >= shape.beats)
    #expect(program.lines * shape.units >= work)
    #expect(program.interval >= shape.folds)
    // The last line does something.
    #expect(
      program.advances.last == true
        || program.operations.suffix(shape.units).contains { $0 != nil })
  }

  /// Where the work is the same for all units, none of them ever rests.
  @Test func fullMatrixTakesTheCyclesOfTheDenseEngine() {
    let shape = SparseShape(
      rows: 16, columns: 48, lanes: 4, window: 2, clusters: 4, unitsPerCluster: 2)
    let full = SparseProgram(Array(repeating: 1, count: 16 * 48), shape: shape)
    #expect(full.lines == 16 * 48 / 8)
    #expect(full.operations.allSatisfy { $0 != nil })
    let half = SparseProgram((0..<16 * 48).map { $0 % 2 }, shape: shape)
    #expect(half.lines == 16 * 48 / 16)
  }

  /// A wider window evens out columns of different weight.
  @Test func windowCarriesWorkOver() {
    func lines(window: Int) -> Int {
      let shape = SparseShape(
        rows: 4, columns: 8, lanes: 1, window: window, clusters: 1, unitsPerCluster: 2)
      // Columns of four weights and of none, by turns.
      return SparseProgram((0..<32).map { $0 % 8 % 2 == 0 ? 1 : 0 }, shape: shape).lines
    }
    #expect(lines(window: 1) == 12)
    #expect(lines(window: 2) == 8)
  }

  /// Units and sums without work cost no cycle.
  @Test func emptyMatrixTakesItsBeatsOnly() {
    let shape = SparseShape(
      rows: 64, columns: 784, lanes: 16, window: 4, clusters: 8, unitsPerCluster: 8)
    let program = SparseProgram(Array(repeating: 0, count: 64 * 784), shape: shape)
    #expect(program.lines == 49)
    #expect(!program.touched.contains(true))
    #expect(program.evaluate(Array(repeating: 1, count: 784), bias: Array(0..<64)) == Array(0..<64))
  }

  /// A rule of the verifier, broken in a sound program, and what it says to that.
  struct Damage: Sendable {
    let message: String
    let apply: @Sendable (inout SparseProgram) -> Void

    init(_ message: String, _ apply: @escaping @Sendable (inout SparseProgram) -> Void) {
      self.message = message
      self.apply = apply
    }
  }

  static let damages = [
    Damage("line 0 takes no beat") { $0.advances[0] = false },
    Damage("it takes 12 beats of 13") { $0.advances[$0.advances.lastIndex(of: true)!] = false },
    Damage("picks outside of the window") { $0.operations[0]!.pick += 4 * 4 },
    Damage("is not left at") { $0.operations[0]!.pick += 1 },
    Damage("has no sum 4") { $0.operations[0]!.row = 4 },
    Damage("adds to no sum") { $0.operations[0]!.isFirst = false },
    Damage("loses sum") { $0.operations[$0.firstAddition]!.isFirst = true },
    Damage("is not left at") { $0.weights[0] += 1 },
    Damage("works with no weight") { $0.weights[0] = 0 },
    Damage("rests with weights") { $0.operations[0] = nil },
    Damage("is in no line") { $0.forget(0) },
    Damage("is not left at") { $0.repeatFirst() },
    Damage("other sums than it says") { $0.touched[0].toggle() },
    Damage("different sizes") { $0.touched.removeLast() },
  ]

  @Test(arguments: damages.indices)
  func verifierFinds(_ damage: Int) {
    let shape = Self.shapes[1]
    var random = SeededRandom(seed: 5)
    let matrix = Self.matrix(shape, density: 40, &random)
    var program = SparseProgram(matrix, shape: shape)
    Self.damages[damage].apply(&program)
    let messages = program.verify(matrix, at: "fc").map(\.message)
    #expect(messages.contains { $0.contains(Self.damages[damage].message) }, "\(messages)")
  }
}

extension SparseProgram {
  fileprivate var firstAddition: Int {
    operations.firstIndex { $0.map { !$0.isFirst } ?? false }!
  }

  /// Makes an operation a rest.
  fileprivate mutating func forget(_ index: Int) {
    operations[index] = nil
    weights[index] = 0
  }

  /// Appends the work of unit 0 in line 0 a second time, in the last line.
  fileprivate mutating func repeatFirst() {
    advances.append(false)
    operations.append(contentsOf: operations[0..<shape.units])
    weights.append(contentsOf: weights[0..<shape.units])
  }
}
