// Dense matrix products, row by row in memory, by OpenBLAS.

import COpenBLAS

/// A matrix in somebody else's memory, or its transpose.
struct Matrix {
  let values: UnsafePointer<Float>
  /// Size in memory.
  private let height: Int
  private let width: Int
  private var isTransposed = false

  init(_ values: UnsafePointer<Float>, _ rows: Int, _ columns: Int) {
    self.values = values
    height = rows
    width = columns
  }

  var rows: Int { isTransposed ? width : height }
  var columns: Int { isTransposed ? height : width }

  var transposed: Matrix {
    var copy = self
    copy.isTransposed.toggle()
    return copy
  }

  /// Writes `a` · `b` to `result`, or adds it to what is there.
  static func multiply(
    _ a: Matrix, _ b: Matrix, into result: UnsafeMutablePointer<Float>, adding isAdded: Bool = false
  ) {
    precondition(a.columns == b.rows, "matrix shapes do not fit")
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, blasint(a.rows), blasint(b.columns),
      blasint(a.columns), 1, a.values, blasint(a.width), b.values, blasint(b.width),
      isAdded ? 1 : 0, result, blasint(b.columns))
  }
}
