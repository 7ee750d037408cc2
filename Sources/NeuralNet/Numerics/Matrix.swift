// Dense matrix products, row by row in memory, by OpenBLAS.

import COpenBLAS

/// A matrix in somebody else's memory, or its transpose.
struct Matrix {
  let values: UnsafePointer<Real>
  /// Size in memory; rows are `stride` values apart.
  private let height: Int
  private let width: Int
  private let stride: Int
  private var isTransposed = false

  init(_ values: UnsafePointer<Real>, _ rows: Int, _ columns: Int, stride: Int? = nil) {
    self.values = values
    height = rows
    width = columns
    self.stride = stride ?? columns
  }

  var rows: Int { isTransposed ? width : height }
  var columns: Int { isTransposed ? height : width }

  var transposed: Matrix {
    var copy = self
    copy.isTransposed.toggle()
    return copy
  }

  /// Writes `a` · `b` to `result`, whose rows are `stride` values apart, or adds it to what is there.
  static func multiply(
    _ a: Matrix, _ b: Matrix, into result: UnsafeMutablePointer<Real>, stride: Int? = nil,
    adding isAdded: Bool = false
  ) {
    precondition(a.columns == b.rows, "matrix shapes do not fit")
    gemm(
      a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
      a.rows, b.columns, a.columns, a.values, a.stride, b.values, b.stride, beta: isAdded ? 1 : 0,
      result, stride ?? b.columns)
  }
}
