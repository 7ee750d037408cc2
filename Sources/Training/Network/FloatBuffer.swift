// Memory for the hot loops.

/// `count` floats that stay where they are, start at a cache line, and are zero at first.
///
/// Whoever holds a buffer decides which thread touches which part of it.
final class FloatBuffer: @unchecked Sendable {
  let count: Int
  let base: UnsafeMutablePointer<Float>

  init(count: Int) {
    self.count = count
    // Never empty, so that `base` is always a valid address.
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    assign(values)
  }

  deinit {
    base.deallocate()
  }

  var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  func assign(_ values: [Float]) {
    precondition(values.count == count, "\(values.count) values for a buffer of \(count)")
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.update(from: start, count: count) }
    }
  }

  func clear() {
    base.update(repeating: 0, count: count)
  }
}
