// What values a tensor took.

/// Counts of values in bins of equal width from `low` to `high`.
struct Histogram: Hashable, Sendable {
  let low: Double
  let high: Double
  private(set) var counts: [Int]

  static let binCount = 2048

  init(low: Double, high: Double) {
    self.low = low
    self.high = high
    counts = [Int](repeating: 0, count: Histogram.binCount)
  }

  init(_ values: some Collection<Double>) {
    self.init(low: values.min() ?? 0, high: values.max() ?? 0)
    for value in values { add(value) }
  }

  private var binWidth: Double { (high - low) / Double(Histogram.binCount) }

  mutating func add(_ value: Double) {
    let position = high > low ? (value - low) / (high - low) * Double(Histogram.binCount) : 0
    counts[min(max(Int(position), 0), Histogram.binCount - 1)] += 1
  }

  static func += (sum: inout Histogram, part: Histogram) {
    for index in sum.counts.indices { sum.counts[index] += part.counts[index] }
  }

  /// The middle of every bin that has values, and how many. What a bin at an end of the range holds
  /// counts as that end, so that sharp ends such as zeros of ReLU stay exact.
  var points: [(value: Double, count: Int)] {
    counts.indices.compactMap { index in
      guard counts[index] > 0 else { return nil }
      let middle =
        index == 0
        ? low
        : index == Histogram.binCount - 1
          ? high
          : low + (Double(index) + 0.5) * binWidth
      return (middle, counts[index])
    }
  }
}
