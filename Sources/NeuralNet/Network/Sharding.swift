// How a batch is split over the cores.

/// A number of shards that depends on the size of the batch alone, so that sums come out the same on
/// every machine.
package struct Sharding: Hashable, Sendable {
  package let count: Int

  /// Fewer samples than this make matrix products slow.
  private static let smallestShard = 16
  private static let mostShards = 4

  package init(batch: Int) {
    count = min(max(batch / Sharding.smallestShard, 1), Sharding.mostShards)
  }

  /// One shard, for a batch that runs on one thread.
  package static let none = Sharding(batch: 1)

  /// The positions of shard `index` in a batch of `rows` samples.
  package func range(_ index: Int, of rows: Int) -> Range<Int> {
    rows * index / count..<rows * (index + 1) / count
  }
}
