// Where a monotone function of integers steps up, and a multiplication with the same steps.

import FixedPoint
import GraphIR

/// A function of the integers `low`…`high` that never decreases, by its steps.
struct MonotoneSteps {
  let low: Int64
  let high: Int64
  /// The function of `low`.
  let bottom: Int64
  /// `thresholds[i]` is the least operand whose result is at least `bottom` + 1 + i.
  let thresholds: [Int64]

  var top: Int64 { bottom + Int64(thresholds.count) }

  /// The steps of `function`; `guess` is near the threshold of a result.
  init(
    low: Int64, high: Int64, guess: (Int64) -> Double, _ function: (Int64) -> Int64
  ) {
    (self.low, self.high) = (low, high)
    bottom = function(low)
    let top = function(high)
    var thresholds: [Int64] = []
    var result = bottom
    while result < top {
      result += 1
      // function(below) < result ≤ function(above)
      var (below, above) = (thresholds.last.map { max(low, $0 - 1) } ?? low, high)
      let near = Int64(min(max(guess(result), Double(below)), Double(above)))
      for bound in [near - 2, near + 2] where below < bound && bound < above {
        if function(bound) >= result { above = bound } else { below = bound }
      }
      while above - below > 1 {
        let middle = below + (above - below) / 2
        if function(middle) >= result { above = middle } else { below = middle }
      }
      thresholds.append(above)
    }
    self.thresholds = thresholds
  }
}

/// `(v · multiplier + offset) >> shift`, cut to bounds, and what is to be added to it.
struct LinearSteps: Hashable {
  var multiplier: Int64
  var offset: Int128
  var shift: Int
  /// 1 is to be added from `gained` on, and to be subtracted from `lost` on.
  var corrections: [Correction] = []

  struct Correction: Hashable {
    var gained: Int64
    var lost: Int64
  }

  /// The most corrections.
  static let maximumCorrections = 256

  /// The cheapest one that equals `steps` on every operand, its result saturated to `bounds`; nil
  /// where that takes too many corrections. `slope` is roughly the function's.
  ///
  /// Both functions never decrease, so equal thresholds make them equal everywhere.
  init?(_ steps: MonotoneSteps, slope: Double, bounds: ClosedRange<Int64>) {
    var best: (digits: Int, steps: LinearSteps)?
    var lastShift = LinearSteps.maximumShift(steps, slope)
    for shift in stride(from: 0, through: lastShift, by: 1) {
      if shift > lastShift { break }
      let center = Int64((slope * exp2i(shift)).rounded())
      for multiplier in max(center - 8, 1)...max(center + 8, 1) {
        guard let offset = LinearSteps.offset(steps, multiplier, shift, bounds) else { continue }
        let digits = signedDigits(of: multiplier).count
        if best.map({ digits < $0.digits }) ?? true {
          if best == nil { lastShift = min(lastShift, shift + 4) }
          best = (digits, LinearSteps(multiplier: multiplier, offset: offset, shift: shift))
        }
      }
    }
    if let best {
      self = best.steps
    } else if let corrected = LinearSteps(correcting: steps, slope, lastShift, bounds) {
      self = corrected
    } else {
      return nil
    }
  }

  init(multiplier: Int64, offset: Int128, shift: Int) {
    (self.multiplier, self.offset, self.shift) = (multiplier, offset, shift)
  }

  /// Sums have at most 60 bits, multipliers 40.
  private static func maximumShift(_ steps: MonotoneSteps, _ slope: Double) -> Int {
    func bits(_ value: Int64) -> Int { 64 - value.magnitude.leadingZeroBitCount }
    let result = max(bits(steps.bottom), bits(steps.top)) + 2
    let slopeBits = Int(max(slope, 0x1p-60).exponent) + 1
    return max(
      min(58 - result, 58 - max(bits(steps.low), bits(steps.high)) - slopeBits, 40 - slopeBits), 0)
  }

  /// An offset with which every threshold is that of `steps`, the one with the most trailing zeros;
  /// nil when there is none.
  private static func offset(
    _ steps: MonotoneSteps, _ multiplier: Int64, _ shift: Int, _ bounds: ClosedRange<Int64>
  ) -> Int128? {
    let (m, step) = (Int128(multiplier), Int128(1) << shift)
    var least = Int128.min
    var greatest = Int128.max
    // Where the result saturates it may be any beyond.
    if steps.bottom > bounds.lowerBound {
      least = Int128(steps.bottom) * step - Int128(steps.low) * m
    }
    if steps.top < bounds.upperBound {
      greatest = Int128(steps.top + 1) * step - Int128(steps.high) * m - 1
    }
    var edge = Int128(steps.bottom) * step
    for threshold in steps.thresholds {
      edge += step
      let bound = edge - Int128(threshold) * m
      least = max(least, bound)
      greatest = min(greatest, bound + m - 1)
      if least > greatest { return nil }
    }
    // At most one bound is missing: without thresholds the function is constant.
    if least == .min { least = greatest - step }
    if greatest == .max { greatest = least + step }
    var zeros = 0
    while zeros < 100, (greatest >> (zeros + 1)) << (zeros + 1) >= least { zeros += 1 }
    return (greatest >> zeros) << zeros
  }

  /// The steps of a rounded product, and corrections where they differ from `steps`.
  private init?(
    correcting steps: MonotoneSteps, _ slope: Double, _ shift: Int, _ bounds: ClosedRange<Int64>
  ) {
    let multiplier = max(Int64((slope * exp2i(shift)).rounded()), 1)
    let m = Int128(multiplier)
    guard !steps.thresholds.isEmpty else { return nil }
    // The middle of what the thresholds ask for.
    var edge = Int128(steps.bottom) << shift
    var offsets: [Int128] = []
    for threshold in steps.thresholds {
      edge += Int128(1) << shift
      offsets.append(edge - Int128(threshold) * m)
    }
    offsets.sort()
    let offset = offsets[offsets.count / 2] + m / 2
    self.init(multiplier: multiplier, offset: offset, shift: shift)
    func threshold(_ result: Int64) -> Int64 {
      let distance = (Int128(result) << shift) - offset
      let quotient = distance >= 0 ? (distance + m - 1) / m : -(-distance / m)
      return Int64(clamping: min(max(quotient, Int128(steps.low)), Int128(steps.high) + 1))
    }
    for result in bounds where result > bounds.lowerBound {
      let own = threshold(result)
      let index = result - steps.bottom - 1
      let wanted =
        index < 0
        ? steps.low
        : index < steps.thresholds.count ? steps.thresholds[Int(index)] : steps.high + 1
      if own != wanted {
        corrections.append(Correction(gained: wanted, lost: own))
        if corrections.count > LinearSteps.maximumCorrections { return nil }
      }
    }
  }
}

/// 2^exponent.
private func exp2i(_ exponent: Int) -> Double {
  Double(sign: .plus, exponent: exponent, significand: 1)
}
