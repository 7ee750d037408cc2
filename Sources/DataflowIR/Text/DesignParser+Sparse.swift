// Reads the program of a sparse matrix.

import Diagnostics
import FixedPoint
import TextForm

extension DesignParser {
  mutating func sparseMatrixVector() throws(Diagnostic) -> SparseMatrixVector {
    let shape = try sparseShape()
    try expect(.name("weights"))
    let weightFormat = try format()
    var program = SparseProgram(
      shape: shape, advances: [], operations: [], weights: [],
      touched: [Bool](repeating: false, count: shape.folds * shape.units))
    while try accept(.name("line")) {
      program.advances.append(try name() == "takes")
      for unit in 0..<shape.units { try operation(of: unit, &program) }
    }
    try expect(.name("biases"))
    let accumulator = try format()
    let biases = try list()
    return SparseMatrixVector(
      program: program, weightFormat: weightFormat, biases: biases, accumulator: accumulator,
      epilogue: try scalarGraph())
  }

  private mutating func sparseShape() throws(Diagnostic) -> SparseShape {
    var sizes: [Int] = []
    for word in ["rows", "columns", "lanes", "window", "clusters", "units", "classes"] {
      try expect(.name(word))
      sizes.append(Int(try integer()))
    }
    try expect(.name("blocks"))
    try expect(.symbol("("))
    sizes += try integers(2)
    try expect(.symbol(")"))
    guard sizes.allSatisfy({ $0 > 0 }), sizes[5] >= sizes[6], sizes[2] % (sizes[6] * sizes[8]) == 0
    else { throw .brokenDesign("an engine of no size", at: "sparse") }
    return SparseShape(
      rows: sizes[0], columns: sizes[1], lanes: sizes[2], window: sizes[3], clusters: sizes[4],
      unitsPerCluster: sizes[5], classes: sizes[6], blockRows: sizes[7], blockColumns: sizes[8])
  }

  private mutating func operation(of unit: Int, _ program: inout SparseProgram) throws(Diagnostic) {
    let shape = program.shape
    let size = shape.blockRows * shape.blockColumns
    let word = try name()
    if word == "rest" {
      program.operations.append(nil)
      program.weights += [Int](repeating: 0, count: size)
      return
    }
    try expect(.symbol("("))
    let row = Int(try integer())
    try expect(.symbol(","))
    let pick = Int(try integer())
    for _ in 0..<size {
      try expect(.symbol(","))
      program.weights.append(Int(try integer()))
    }
    try expect(.symbol(")"))
    guard (0..<shape.folds).contains(row), (0..<shape.picks).contains(pick) else {
      throw .brokenDesign("a pick outside of the window", at: "sparse")
    }
    program.touched[row * shape.units + unit] = true
    program.operations.append(
      SparseProgram.Operation(row: row, pick: pick, isFirst: word == "first"))
  }
}
