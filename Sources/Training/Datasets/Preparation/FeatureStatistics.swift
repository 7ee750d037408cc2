// Mean, deviation and extremes of the raw values of a data set.

/// What one set of statistics is about.
public enum StatisticsAxis: String, CaseIterable, Hashable, Sendable {
  /// Every element of a sample by itself: each pixel of an image, each column of a table.
  case element
  /// All values of one channel of an image `[height, width, channels]`; samples of any other shape
  /// are one channel.
  case channel
  /// All values at one position of the last axis, e.g. one channel of a signal `[length, channels]`,
  /// whose shape does not tell it from a grey image.
  case lastAxis = "last-axis"
}

/// Statistics over the samples of a data set, one entry per group of values.
public struct FeatureStatistics: Hashable, Sendable {
  public let mean: [Double]
  /// Root of the mean squared difference from the mean (divided by n, not n - 1).
  public let deviation: [Double]
  public let minimum: [Double]
  public let maximum: [Double]
}

extension Dataset {
  /// Statistics of the raw values. Sums of bytes are exact; floats are added in double precision,
  /// sample after sample in two passes, so that the result does not depend on the machine.
  public func statistics(per axis: StatisticsAxis) -> FeatureStatistics {
    precondition(count > 0, "an empty data set has no mean")
    let groups =
      switch axis {
      case .element: featureCount
      case .channel: featureShape.count == 3 ? featureShape[2] : 1
      case .lastAxis: featureShape.last ?? 1
      }
    switch features {
    case .bytes(let values): return byteStatistics(values, groups: groups)
    case .floats(let values): return floatStatistics(values, groups: groups)
    }
  }

  // A group is the position modulo `groups`, since channels are the last axis.

  private func byteStatistics(_ values: [UInt8], groups: Int) -> FeatureStatistics {
    // Of at most 2^46 bytes, so that the squares fit.
    var sums = [Int](repeating: 0, count: groups)
    var squares = [Int](repeating: 0, count: groups)
    var minima = [UInt8](repeating: .max, count: groups)
    var maxima = [UInt8](repeating: .min, count: groups)
    forEachGroup(values, groups) { group, value in
      sums[group] += Int(value)
      squares[group] += Int(value) * Int(value)
      minima[group] = min(minima[group], value)
      maxima[group] = max(maxima[group], value)
    }
    let n = values.count / groups
    let variances = zip(sums, squares).map { sum, square in
      // n² · variance, an integer.
      let scaled = Int128(n) * Int128(square) - Int128(sum) * Int128(sum)
      return Double(scaled) / (Double(n) * Double(n))
    }
    return FeatureStatistics(
      mean: sums.map { Double($0) / Double(n) }, deviation: variances.map { $0.squareRoot() },
      minimum: minima.map(Double.init), maximum: maxima.map(Double.init))
  }

  private func floatStatistics(_ values: [Float], groups: Int) -> FeatureStatistics {
    let n = Double(values.count / groups)
    var sums = [Double](repeating: 0, count: groups)
    var minima = [Float](repeating: .infinity, count: groups)
    var maxima = [Float](repeating: -.infinity, count: groups)
    forEachGroup(values, groups) { group, value in
      sums[group] += Double(value)
      minima[group] = min(minima[group], value)
      maxima[group] = max(maxima[group], value)
    }
    let mean = sums.map { $0 / n }
    var squares = [Double](repeating: 0, count: groups)
    forEachGroup(values, groups) { group, value in
      let difference = Double(value) - mean[group]
      squares[group] += difference * difference
    }
    return FeatureStatistics(
      mean: mean, deviation: squares.map { ($0 / n).squareRoot() },
      minimum: minima.map(Double.init), maximum: maxima.map(Double.init))
  }

  @inline(__always) private func forEachGroup<Value>(
    _ values: [Value], _ groups: Int, _ visit: (Int, Value) -> Void
  ) {
    var group = 0
    for value in values {
      visit(group, value)
      group += 1
      if group == groups { group = 0 }
    }
  }
}
