// The scales of integer kernels, as the runtime computes them.

import FixedPoint
import Foundation
import GraphIR

/// Which kernels of the runtime a model's integers are those of. They differ in the last bit.
public enum TFLiteKernels: String, CaseIterable, Sendable {
  /// What an interpreter does unless it is told otherwise: 8-bit layers by XNNPACK, the rest by the
  /// built-in kernels.
  case xnnpack
  /// The reference kernels: every product with a 31-bit mantissa, rounded twice.
  case reference
}

extension TFLiteKernels {
  /// A sum of products becomes an integer of `bounds`, the zero point taken off.
  ///
  /// `inputs` are the scales of the factors, with one for each channel last, if there are several.
  func requantize(
    _ input: Float, _ filters: [Float], to output: Float, bounds: ClosedRange<Int64>,
    is8Bit: Bool, isMatrix: Bool = false
  ) -> Requantize {
    let format = FixedFormat(holding: bounds)
    if self == .xnnpack, is8Bit {
      return Requantize(
        .float32, scales: filters.map { input * $0 / output }, to: format, bounds: bounds)
    }
    return Requantize(
      multipliers: filters.map {
        Q31Multiplier(Double(input) * Double($0) / Double(output))
      }, isRoundedOnce: isMatrix, to: format, bounds: bounds)
  }

  /// Real numbers become integers.
  func quantize(to output: Float, bounds: ClosedRange<Int64>, is8Bit: Bool) -> Requantize {
    let format = FixedFormat(holding: bounds)
    if self == .xnnpack, is8Bit {
      return Requantize(.float32, scales: [1 / output], to: format, bounds: bounds)
    }
    return Requantize(
      .float32Divide, scales: [output], to: format, bounds: bounds, rounding: .halfAway)
  }

  /// An 8-bit sum of 16-bit products with a 64-bit bias: a mantissa of 15 bits, rounded once.
  static func requantizeWide(
    _ input: Float, _ filters: [Float], to output: Float, bounds: ClosedRange<Int64>
  ) -> Requantize {
    let scales = filters.map { filter -> Float in
      let multiplier = Q31Multiplier(Double(input) * Double(filter) / Double(output))
      let mantissa =
        multiplier.mantissa < 0x7FFF_0000 ? (multiplier.mantissa + 1 << 15) >> 16 : 0x7FFF
      return Float(mantissa)
        * Float(sign: .plus, exponent: multiplier.exponent - 15, significand: 1)
    }
    return Requantize(
      .exact, scales: scales, to: FixedFormat(holding: bounds), bounds: bounds, rounding: .halfUp)
  }
}

extension FixedFormat {
  /// The narrowest format of integers that holds these.
  init(holding bounds: ClosedRange<Int64>) {
    let interval = Interval(
      low: Int128(bounds.lowerBound), high: Int128(bounds.upperBound), fraction: 0)
    let format = FixedFormat(holding: interval)!
    self = format.width == 0 ? .unsigned(1, fraction: 0) : format
  }
}
