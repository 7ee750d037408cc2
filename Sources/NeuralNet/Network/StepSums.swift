// Sums over a batch whose shards run at the same time.

/// What a step learns about the whole batch: each shard adds its part, then the parts are added in
/// the order of the shards, so that the result does not depend on which thread was first.
final class StepSums: @unchecked Sendable {
  let forward: [DoubleBuffer]
  let backward: [DoubleBuffer]
  private let count: Int

  init(count: Int, shards: Int) {
    self.count = count
    forward = (0..<shards).map { _ in DoubleBuffer(count: count) }
    backward = (0..<shards).map { _ in DoubleBuffer(count: count) }
  }

  /// Clears the parts of all shards: a batch smaller than their number leaves the first one out.
  func clear(_ parts: KeyPath<StepSums, [DoubleBuffer]>) {
    for part in self[keyPath: parts] { part.base.update(repeating: 0, count: count) }
  }

  /// Adds all parts into the first one.
  func combine(_ parts: KeyPath<StepSums, [DoubleBuffer]>) {
    let parts = self[keyPath: parts]
    for part in parts.dropFirst() {
      for index in 0..<count { parts[0].base[index] += part.base[index] }
    }
  }

  func sums(rows: Int, isFirst: Bool) -> BatchSums {
    BatchSums(
      forward: UnsafePointer(forward[0].base), backward: UnsafePointer(backward[0].base),
      rows: rows, isFirst: isFirst)
  }
}

/// `count` numbers in double precision that stay where they are.
final class DoubleBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Double>

  init(count: Int) {
    base = .allocate(capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit {
    base.deallocate()
  }
}
