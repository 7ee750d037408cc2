// The softmax of integers in fixed-point arithmetic: exponentials and reciprocals of 31 and 15 bits.

import FixedPoint

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Products of numbers with 31 bits behind the point.
private func high(_ a: Int64, _ b: Int64) -> Int64 {
  if a == -1 << 31, b == -1 << 31 { return 1 << 31 - 1 }
  let product = a * b
  return (product + (product >= 0 ? 1 << 30 : 1 - 1 << 30)) / (1 << 31)
}

/// `value` · 2^-shift, halves away from zero.
private func divided(_ value: Int64, _ shift: Int) -> Int64 {
  shift == 0 ? value : Int64(Rounding.halfAway.shiftRight(Int128(value), by: shift))
}

private func saturated(_ value: Int64) -> Int64 { min(max(value, -1 << 31), 1 << 31 - 1) }

extension IntegerSoftmax {
  /// Differences have 26 bits behind the point, exponentials 31, their sum 19.
  func inQ31(_ differences: [Int64]) -> [Int64] {
    let real = min(Double(beta) * Double(scale) * Double(1 << 26), Double(1 << 31 - 1))
    let multiplier = Q31Multiplier(real)
    let reach =
      (31.0 * Double(1 << 26)) / Double(sign: .plus, exponent: multiplier.exponent, significand: 1)
    let exponentials = differences.map { difference -> Int64? in
      Double(difference) > reach.rounded(.down)
        ? nil : IntegerSoftmax.exponential(saturated(multiplier(-difference)))
    }
    let sum = exponentials.reduce(Int64(0)) { $0 + divided($1 ?? 0, 12) }
    let zeros = UInt32(truncatingIfNeeded: sum).leadingZeroBitCount
    let scale = IntegerSoftmax.reciprocal((sum << Int64(zeros)) - 1 << 31)
    let shift = 12 - zeros + 31 - 8
    return exponentials.map { $0.map { divided(high(scale, $0), shift) } ?? 0 }
  }

  /// e^x with 31 bits behind the point, for x ≤ 0 with 26 bits.
  private static func exponential(_ x: Int64) -> Int64 {
    if x == 0 { return 1 << 31 - 1 }
    let quarter: Int64 = 1 << 24
    let rest = (x & (quarter - 1)) - quarter
    var result = exponentialNearZero(saturated(rest << 5))
    let factors: [Int64] = [
      1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242,
    ]
    let remainder = rest - x
    for (index, factor) in factors.enumerated() where remainder & (quarter << Int64(index)) != 0 {
      result = high(result, factor)
    }
    return result
  }

  /// e^x with 31 bits behind the point, -1/4 ≤ x < 0: four terms of the series around -1/8.
  private static func exponentialNearZero(_ x: Int64) -> Int64 {
    let center: Int64 = 1_895_147_668
    let t = x + 1 << 28
    let t2 = high(t, t)
    let t3 = high(t2, t)
    let t4 = high(t2, t2)
    let tail = divided(high(divided(t4, 2) + t3, 715_827_883) + t2, 1)
    return saturated(center + high(center, t + tail))
  }

  /// 1 / (1 + x) with 31 bits behind the point, 0 ≤ x < 1: three steps of Newton's method.
  private static func reciprocal(_ x: Int64) -> Int64 {
    let one: Int64 = 1 << 31 - 1
    let total = x + one
    let half = (total + (total >= 0 ? 1 : -1)) / 2
    // Two bits in front of the point.
    var y: Int64 = 1_515_870_810 + high(half, -1_010_580_540)
    for _ in 0..<3 {
      let error = 1 << 29 - high(half, y)
      y = y + saturated(high(y, error) << 2)
    }
    return saturated(y << 1)
  }

  /// Tables of 513 points, interpolated.
  func inQ15(_ differences: [Int64]) -> [Int64] {
    let rescale = Q31Multiplier(Double(scale * beta) / (10.0 / 65535))
    let exponentials = differences.map { difference -> Int64 in
      let x = min(max(rescale(-difference) + 32767, -32768), 32767)
      return IntegerSoftmax.interpolated(IntegerSoftmax.exponentials, x)
    }
    let sum = exponentials.reduce(0, +)
    let headroom = UInt32(truncatingIfNeeded: sum).leadingZeroBitCount
    let shifted = ((sum << Int64(headroom - 1)) + 1 << 13) >> 14
    let x = min(max(shifted - (1 << 15 + 1 << 16), -32768), 32767)
    let inverse = IntegerSoftmax.interpolated(IntegerSoftmax.reciprocals, x)
    let shift = Int64(31 - headroom)
    return exponentials.map { min(max(($0 * inverse + 1 << (shift - 1)) >> shift, 0), 32767) }
  }

  private static func interpolated(_ table: [Int64], _ x: Int64) -> Int64 {
    let index = Int(256 + (x >> 7))
    let slope = table[index + 1] - table[index]
    return table[index] + (slope * (x & 127) + 64) >> 7
  }

  private static let exponentials = points(from: -10, to: 0) { exp($0) }
  private static let reciprocals = points(from: 0, to: 1) { 1 / (1 + $0) }

  /// 512 pieces of a function with values between -1 and 1; every point is moved so that the middle of
  /// its piece is half as wrong.
  private static func points(
    from low: Double, to high: Double, _ function: (Double) -> Double
  ) -> [Int64] {
    func rounded(_ value: Double) -> Double { value.rounded(.toNearestOrAwayFromZero) }
    let step = (high - low) / 512
    func integer(_ value: Double) -> Int64 { Int64(min(max(value, -32768), 32767)) }
    return (0..<512).map { index in
      let start = low + Double(index) * step
      let value = rounded(function(start) * 32768)
      let next = function(low + Double(index + 1) * step) * 32768
      let middle = rounded((next + value) / 2)
      let error = middle - rounded(function(start + step / 2) * 32768)
      return integer(value - rounded(error / 2))
    } + [integer(rounded(function(high) * 32768))]
  }
}
