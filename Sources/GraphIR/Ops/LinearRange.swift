// The ranges of dense and conv: sums of products of intervals, quickly for millions of weights.

import FixedPoint

/// The exact ranges of x, weights and bias of a dense layer or a convolution.
struct LinearOperands {
  var x: ElementRanges
  var weights: ElementRanges
  private var biases: [Interval]?
  /// The fraction of the evaluator's sums.
  var fraction: Int

  /// Nil when an operand is real.
  init?(_ inputs: [ValueRange]) {
    guard case .fixed(let x) = inputs[0], case .fixed(let weights) = inputs[1] else { return nil }
    self.x = x
    self.weights = weights
    fraction = x.fraction + weights.fraction
    if inputs.count == 3 {
      guard case .fixed(let ranges) = inputs[2] else { return nil }
      biases = ranges.intervals
      fraction = max(fraction, ranges.fraction)
    }
  }

  /// The bias of output j, zero when there is none.
  func bias(_ j: Int) -> Interval { biases?[j] ?? .zero }
}

extension ElementRanges {
  /// For each index of the last axis, the smallest interval that holds all its elements.
  var channelHulls: [Interval] {
    let channels = shape.channels
    var hulls = Array(intervals.prefix(channels))
    for index in intervals.indices.dropFirst(channels) {
      let channel = index % channels
      if intervals[index] != hulls[channel] {
        hulls[channel] = hulls[channel].union(intervals[index])
      }
    }
    return hulls
  }
}

/// `sums[t · out + j] = Σ_c x[c] · weights[t, c, j]`, c over the channels that output j reads.
///
/// `x` has one interval per channel, `weights` are [taps, channels / groups, out].
func intervalSums(_ x: [Interval], _ weights: ElementRanges, taps: Int, groups: Int) -> [Interval] {
  if let sums = integerSums(x, weights, taps: taps, groups: groups) { return sums }
  let outputs = weights.shape.channels
  let perGroup = x.count / groups
  var sums = [Interval](repeating: .zero, count: taps * outputs)
  for tap in 0..<taps {
    for c in 0..<perGroup {
      for j in 0..<outputs {
        let weight = weights.intervals[(tap * perGroup + c) * outputs + j]
        let operand = x[j / (outputs / groups) * perGroup + c]
        if weight.isZero || operand.isZero { continue }
        sums[tap * outputs + j] = sums[tap * outputs + j] + operand.multiplied(by: weight)
      }
    }
  }
  return sums
}

/// The same for constant weights and bounds that cannot overflow; nil otherwise.
private func integerSums(_ x: [Interval], _ weights: ElementRanges, taps: Int, groups: Int)
  -> [Interval]?
{
  struct Sum {
    var low: Int128 = 0
    var high: Int128 = 0
    /// The finest step of a term.
    var fraction = Int.min
  }
  let xFraction = x.lazy.filter { !$0.isZero }.map(\.fraction).max() ?? 0
  let wFraction = weights.intervals.lazy.filter { !$0.isZero }.map(\.fraction).max() ?? 0
  // 31 bits each: products fit 64 bits, and sums of them 128.
  guard let bounds = narrow(x, at: xFraction),
    let integers = narrowConstants(weights.intervals, at: wFraction)
  else { return nil }
  let outputs = weights.shape.channels
  let (perGroup, perGroupOutputs) = (x.count / groups, outputs / groups)
  var sums = [Sum](repeating: Sum(), count: taps * outputs)
  for tap in 0..<taps {
    for c in 0..<perGroup {
      let row = (tap * perGroup + c) * outputs
      for group in 0..<groups {
        let channel = group * perGroup + c
        let (low, high) = bounds[channel]
        if low == 0 && high == 0 { continue }
        for j in group * perGroupOutputs..<(group + 1) * perGroupOutputs {
          let weight = integers[row + j]
          if weight == 0 { continue }
          let (a, b) = (low &* weight, high &* weight)
          let step = x[channel].fraction + weights.intervals[row + j].fraction
          let place = tap * outputs + j
          sums[place].low &+= Int128(min(a, b))
          sums[place].high &+= Int128(max(a, b))
          if step > sums[place].fraction { sums[place].fraction = step }
        }
      }
    }
  }
  return sums.map { sum in
    if sum.fraction == Int.min { return .zero }
    let shift = xFraction + wFraction - sum.fraction
    return Interval(low: sum.low >> shift, high: sum.high >> shift, fraction: sum.fraction)
  }
}

/// Bounds at `fraction`, when all have at most 31 bits.
private func narrow(_ intervals: [Interval], at fraction: Int) -> [(low: Int64, high: Int64)]? {
  var result: [(low: Int64, high: Int64)] = []
  result.reserveCapacity(intervals.count)
  for interval in intervals {
    let shift = interval.isZero ? 0 : fraction - interval.fraction
    let limit = Int128(1) << 31
    guard shift < 32, interval.low > -limit, interval.high < limit,
      interval.low << shift > -limit, interval.high << shift < limit
    else { return nil }
    result.append((Int64(interval.low << shift), Int64(interval.high << shift)))
  }
  return result
}

/// The integers of constants at `fraction`, when all are constants of at most 31 bits.
private func narrowConstants(_ intervals: [Interval], at fraction: Int) -> [Int64]? {
  let limit: Int64 = 1 << 31
  var result = [Int64](repeating: 0, count: intervals.count)
  for (index, interval) in intervals.enumerated() where !interval.isZero {
    let shift = fraction - interval.fraction
    guard interval.isConstant, shift < 32, let integer = Int64(exactly: interval.low),
      integer.magnitude < limit, (integer << Int64(shift)).magnitude < limit
    else { return nil }
    result[index] = integer << Int64(shift)
  }
  return result
}
