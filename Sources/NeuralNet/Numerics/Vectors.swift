// Four numbers at a time, for loops over more arrays than the compiler can tell apart.

typealias Vector = SIMD4<Real>

extension UnsafePointer<Real> {
  /// The four numbers from `index` on.
  @inline(__always)
  func vector(_ index: Int) -> Vector {
    UnsafeRawPointer(self + index).loadUnaligned(as: Vector.self)
  }
}

extension UnsafeMutablePointer<Real> {
  /// Writes four numbers from `index` on.
  @inline(__always)
  func set(_ index: Int, _ vector: Vector) {
    UnsafeMutableRawPointer(self + index).storeBytes(of: vector, as: Vector.self)
  }
}
