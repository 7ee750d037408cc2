// How values become positions: the range of an axis, its ticks, and their labels.

import Foundation

/// One axis of a chart.
struct Axis {
  enum Scale {
    case linear
    /// Base 10; all values must be positive.
    case logarithmic
  }

  struct Tick {
    let value: Double
    let label: String
  }

  let scale: Scale
  let low: Double
  let high: Double
  let ticks: [Tick]

  /// An axis that covers `values`, widened to ticks at round numbers.
  ///
  /// - Parameters:
  ///   - includingZero: start at 0 where all values are positive and the scale is linear.
  ///   - isInteger: the values are counts, and so are the ticks.
  ///   - target: about how many ticks to have.
  init(
    covering values: [Double], scale: Scale = .linear, includingZero: Bool = false,
    isInteger: Bool = false, target: Int = 5
  ) {
    let finite = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    var low = finite.min() ?? 0
    var high = finite.max() ?? 1
    switch scale {
    case .logarithmic:
      if finite.isEmpty { (low, high) = (0.1, 1) }
      self.init(logarithmicFrom: low, to: high)
    case .linear:
      if includingZero { (low, high) = (min(low, 0), max(high, 0)) }
      if low == high {
        let margin = low == 0 ? 1 : abs(low) / 2
        (low, high) = (includingZero && low == 0 ? 0 : low - margin, high + margin)
      }
      let step = max(Axis.roundStep((high - low) / Double(target)), isInteger ? 1 : 0)
      let first = (low / step + 1e-9).rounded(.down)
      let last = (high / step - 1e-9).rounded(.up)
      self.init(linearFrom: first * step, to: last * step, step: step)
    }
  }

  /// An axis from exactly `low` to exactly `high`, with ticks at round numbers between them.
  init(from low: Double, to high: Double, target: Int = 5) {
    self.init(linearFrom: low, to: high, step: Axis.roundStep((high - low) / Double(target)))
  }

  private init(linearFrom low: Double, to high: Double, step: Double) {
    let digits = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    scale = .linear
    (self.low, self.high) = (low, high)
    ticks = (first...max(first, last)).map { index in
      let value = Double(index) * step
      let isLarge = max(abs(low), abs(high)) >= 10_000
      return Tick(
        value: value,
        label: isLarge
          ? NumberText.compact(value)
          : digits > 4 ? NumberText.short(value) : NumberText.fixed(value, digits))
    }
  }

  /// Ticks at 1, 2 and 5 times powers of ten, or at the powers alone where there are many.
  private init(logarithmicFrom low: Double, to high: Double) {
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let candidates = decades.flatMap { decade in
      [1.0, 2, 5].map { $0 * pow(10, Double(decade)) }
    }
    let first = candidates.lastIndex { $0 <= low * (1 + 1e-9) } ?? 0
    let after = candidates.firstIndex { $0 >= high * (1 - 1e-9) } ?? candidates.count - 1
    let last = max(after, min(first + 1, candidates.count - 1))
    var values = Array(candidates[first...last])
    if values.count > 7 {
      values = values.filter { value in
        let exponent = log10(value)
        return abs(exponent - exponent.rounded()) < 1e-6
      }
    }
    scale = .logarithmic
    (self.low, self.high) = (candidates[first], candidates[last])
    ticks = values.map { Tick(value: $0, label: NumberText.compact($0)) }
  }

  /// Where `value` lies: 0 at `low`, 1 at `high`.
  func position(_ value: Double) -> Double {
    switch scale {
    case .linear: (value - low) / (high - low)
    case .logarithmic: (log10(value) - log10(low)) / (log10(high) - log10(low))
    }
  }

  /// The smallest of 1, 2, 5 times a power of ten that is not below `step`.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return ([1, 2, 5].first { $0 * power >= step * (1 - 1e-9) } ?? 10) * power
  }
}
