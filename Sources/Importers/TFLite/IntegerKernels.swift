// Multipliers of sums, and functions of 8-bit integers, as the runtime's kernels have them.

import FixedPoint
import Foundation
import GraphIR

/// The 8-bit kernels that interpreters use by default.
enum XNNPACK {
  /// Factors of 20 bits and the shift behind the sum; nil for scales that these kernels refuse.
  static func sum(_ scales: [Float], to output: Float) -> (factors: [Int64], shift: Int)? {
    let ratios = scales.map { $0 / output }
    guard ratios.allSatisfy({ $0 >= 0x1p-10 && $0 < 256 }), let largest = ratios.max() else {
      return nil
    }
    let shift = 20 - Int(largest.exponent)
    let factors = ratios.map { ratio in
      Int64(
        (ratio * Float(sign: .plus, exponent: shift, significand: 1))
          .rounded(.toNearestOrEven))
    }
    return (factors, shift)
  }

  /// An 8-bit factor for a change of scale; nil for a ratio that these kernels refuse.
  static func ratio(_ ratio: Float) -> Int64? {
    guard ratio.magnitude >= 0x1p-8, ratio <= 128, ratio > -128 else { return nil }
    return Int64((ratio * 256).rounded(.toNearestOrEven))
  }
}

/// The kernels that define what operators compute.
enum ReferenceKernels {
  struct SumMultipliers {
    var inputs: [Q31Multiplier]
    var output: Q31Multiplier
    var shift: Int
  }

  /// Operands are shifted to the left, rescaled, added, and rescaled again.
  static func sum(_ scales: [Float], to output: Float, is16Bit: Bool) -> SumMultipliers {
    let shift = is16Bit ? 15 : 20
    let twice = Double(2 * max(scales[0], scales[1]))
    return SumMultipliers(
      inputs: scales.map { Q31Multiplier(Double($0) / twice) },
      output: Q31Multiplier(twice / Double(Float(1 << shift) * output)), shift: shift)
  }

  /// x · min(max(x + 3, 0), 6) / 6 in 16 bits, for an integer without its zero point.
  static func hardSwish(_ x: Int64, input: Float, output: Float, zeroPoint: Int64) -> Int64 {
    let fine = input / 128
    let scale = Q31Multiplier(Double(fine / output))
    let gate = Q31Multiplier(Double(fine / (3 / 32768)))
    let high = x << 7
    let product = highProduct(high, shortMantissa(scale))
    var share = high
    if gate.exponent > 0 { share = saturated(share << Int64(gate.exponent - 1)) }
    share = highProduct(share, shortMantissa(gate))
    if gate.exponent > 0 { share = saturated(share << 1) }
    if gate.exponent < 0 {
      share = Int64(Rounding.halfAway.shiftRight(Int128(share), by: -gate.exponent))
    }
    share = (share + 32768) >> 1
    let unrounded = share * product / 32768
    return scale.exponent < 0
      ? Int64(Rounding.halfAway.shiftRight(Int128(unrounded), by: -scale.exponent)) : unrounded
  }

  private static func shortMantissa(_ multiplier: Q31Multiplier) -> Int64 {
    min((Int64(multiplier.mantissa) + 1 << 15) >> 16, 32767)
  }

  /// (a · b + 2^14) >> 15, halves of negative products upwards.
  private static func highProduct(_ a: Int64, _ b: Int64) -> Int64 { (a * b + 1 << 14) >> 15 }

  private static func saturated(_ value: Int64) -> Int64 { min(max(value, -32768), 32767) }
}
