// The step of a grid for values that were seen.

import Foundation

/// A grid of integers times a step.
struct Grid: Hashable, Sendable {
  let isSigned: Bool
  let bits: Int

  var lowest: Double { isSigned ? -exp2(Double(bits - 1)) : 0 }
  var highest: Double { exp2(Double(isSigned ? bits - 1 : bits)) - 1 }

  /// The value on the grid with step `step` that is nearest to `value`.
  func nearest(_ value: Double, step: Double) -> Double {
    min(max((value / step).rounded(.toNearestOrEven), lowest), highest) * step
  }

  /// The step for the values of `histogram`; 1 when all are zero.
  func step(for histogram: Histogram, _ calibration: Calibration) -> Double {
    let points = histogram.points
    let largest = magnitude(points.map(\.value))
    guard largest > 0 else { return 1 }
    switch calibration.method {
    case .minMax: return step(reaching: largest, calibration.scales)
    case .percentile(let share):
      return step(reaching: percentile(points, share), calibration.scales)
    case .squaredError:
      return best(candidates(largest, calibration.scales)) { squaredError(points, step: $0) }
    case .divergence:
      return best(candidates(largest, calibration.scales)) { divergence(points, step: $0) }
    }
  }

  /// The smallest step that reaches `magnitude`. A power of two may miss it by less than a step, so
  /// that 0 … 1 fits the grid 0 … 255/256.
  private func step(reaching magnitude: Double, _ scales: Calibration.Scales) -> Double {
    switch scales {
    case .free: magnitude / highest
    case .powerOfTwo: exp2((log2(magnitude / (highest + 1)) - 1e-9).rounded(.up))
    }
  }

  /// The largest magnitude; of an unsigned grid the largest value.
  private func magnitude(_ values: [Double]) -> Double {
    values.reduce(0) { max($0, isSigned ? abs($1) : $1) }
  }

  private func percentile(_ points: [(value: Double, count: Int)], _ share: Double) -> Double {
    let sorted = points.map { (isSigned ? abs($0.value) : $0.value, $0.count) }
      .sorted { $0.0 < $1.0 }
    let total = sorted.reduce(0) { $0 + $1.1 }
    var seen = 0
    for (value, count) in sorted {
      seen += count
      if Double(seen) >= share / 100 * Double(total), value > 0 { return value }
    }
    return sorted.last?.0 ?? 1
  }

  private func candidates(_ largest: Double, _ scales: Calibration.Scales) -> [Double] {
    switch scales {
    case .powerOfTwo:
      // Steps that cut off ever more, down to a sixteenth of the range.
      let full = step(reaching: largest, .powerOfTwo)
      return (0...4).map { full * exp2(Double(1 - $0)) }
    case .free:
      return stride(from: 100, through: 10, by: -1).map { largest * Double($0) / 100 / highest }
    }
  }

  /// The first of the candidates with the smallest error.
  private func best(_ candidates: [Double], _ error: (Double) -> Double) -> Double {
    var (best, smallest) = (candidates[0], Double.infinity)
    for candidate in candidates {
      let error = error(candidate)
      if error < smallest { (best, smallest) = (candidate, error) }
    }
    return best
  }

  private func squaredError(_ points: [(value: Double, count: Int)], step: Double) -> Double {
    points.reduce(0) { sum, point in
      let error = point.value - nearest(point.value, step: step)
      return sum + Double(point.count) * error * error
    }
  }

  /// Σ p · log(p / q) over the seen values, where q spreads what falls on each place of the grid
  /// evenly over the values that round to it, and what is cut off counts at the last place
  /// (Migacz, 2017). What the noise of finite counts adds on average, (values - 1) / 2 per place, is
  /// taken off (Miller, 1955): else few samples would make fine steps look better than they are.
  private func divergence(_ points: [(value: Double, count: Int)], step: Double) -> Double {
    var total: [Int: (count: Int, values: Int)] = [:]
    var places: [Int] = []
    var inside: [Int] = []
    for point in points {
      let exact = (point.value / step).rounded(.toNearestOrEven)
      let place = Int(min(max(exact, lowest), highest))
      places.append(place)
      let isInside = exact >= lowest && exact <= highest
      total[place, default: (0, 0)].count += isInside ? point.count : 0
      total[place, default: (0, 0)].values += 1
      inside.append(isInside ? point.count : 0)
    }
    let all = points.reduce(0) { $0 + $1.count }
    let kept = inside.reduce(0, +)
    guard kept > 0 else { return .infinity }
    var sum = 0.0
    for (point, place) in zip(points, places) {
      let p = Double(point.count) / Double(all)
      let (count, values) = total[place]!
      let q = Double(max(count, 1)) / Double(values) / Double(kept)
      sum += p * log(p / q)
    }
    let spread = zip(places, inside).reduce(into: [Int: Int]()) { counts, pair in
      if pair.1 > 0 { counts[pair.0, default: 0] += 1 }
    }
    let noise = spread.values.reduce(0) { $0 + Double($1 - 1) / 2 }
    return sum - noise / Double(all)
  }
}
