// The precision of training.

import COpenBLAS

// The sources of this module are compiled twice: for training in single precision, and with DOUBLE
// defined for the tests that check gradients against differences of the loss.
#if DOUBLE
  public typealias Real = Double
#else
  public typealias Real = Float
#endif

/// General matrix product of the module's precision.
@inline(__always)
func gemm(
  _ transposeA: CBLAS_TRANSPOSE, _ transposeB: CBLAS_TRANSPOSE, _ m: Int, _ n: Int, _ k: Int,
  _ a: UnsafePointer<Real>, _ strideA: Int, _ b: UnsafePointer<Real>, _ strideB: Int, beta: Real,
  _ c: UnsafeMutablePointer<Real>, _ strideC: Int
) {
  #if DOUBLE
    cblas_dgemm(
      CblasRowMajor, transposeA, transposeB, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(strideA), b, blasint(strideB), beta, c, blasint(strideC))
  #else
    cblas_sgemm(
      CblasRowMajor, transposeA, transposeB, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(strideA), b, blasint(strideB), beta, c, blasint(strideC))
  #endif
}
