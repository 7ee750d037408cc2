// Memory for the hot loops.

/// `count` numbers that stay where they are, start at a cache line, and are zero at first.
///
/// Whoever holds a buffer decides which thread touches which part of it.
package final class RealBuffer: @unchecked Sendable {
  package let count: Int
  package let base: UnsafeMutablePointer<Real>

  package init(count: Int) {
    self.count = count
    // Never empty, so that `base` is always a valid address.
    let bytes = max(count, 1) * MemoryLayout<Real>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Real.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  package convenience init(_ values: [Real]) {
    self.init(count: values.count)
    assign(values)
  }

  deinit {
    base.deallocate()
  }

  package var values: [Real] { Array(UnsafeBufferPointer(start: base, count: count)) }

  package func assign(_ values: [Real]) {
    precondition(values.count == count, "\(values.count) values for a buffer of \(count)")
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.update(from: start, count: count) }
    }
  }

  package func clear() {
    base.update(repeating: 0, count: count)
  }
}
