// Fixed-point rounding in floating point, for training.

import FixedPoint

/// Brings floats onto the grid of a `Quantizer` fast enough for every step of training.
///
/// The result equals `quantizer.quantize(Double(x))` · 2^-fraction exactly: products with powers of
/// two and sums within 24 bits are exact in `Float`. That asks for formats of at most 22 bits, within
/// the range of `Float`, and for an overflow that saturates (wrapping has no useful gradient).
package struct FakeQuantizer: Hashable, Sendable {
  package let quantizer: Quantizer
  /// Largest and smallest value of the grid.
  package let highest: Real
  package let lowest: Real

  private let steps: Real
  private let step: Real
  /// Bounds in steps.
  private let maximum: Real
  private let minimum: Real

  package static let maximumWidth = 22
  package static let fractions = -64...64

  /// nil when training cannot represent `quantizer`.
  package init?(_ quantizer: Quantizer) {
    let format = quantizer.format
    guard (1...FakeQuantizer.maximumWidth).contains(format.width),
      FakeQuantizer.fractions.contains(format.fraction), quantizer.overflow != .wrap
    else { return nil }
    let isSymmetric = quantizer.overflow == .saturateSymmetric && format.isSigned
    self.quantizer = quantizer
    steps = Real(sign: .plus, exponent: format.fraction, significand: 1)
    step = Real(sign: .plus, exponent: -format.fraction, significand: 1)
    maximum = Real(format.maximum)
    minimum = Real(isSymmetric ? -format.maximum : format.minimum)
    highest = maximum * step
    lowest = minimum * step
  }

  /// Quantizes `count` values in place.
  @inline(__always)
  package func quantize(_ values: UnsafeMutablePointer<Real>, count: Int) {
    quantize(values, into: values, count: count)
  }

  /// Writes the quantized `values` to `result`.
  package func quantize(
    _ values: UnsafePointer<Real>, into result: UnsafeMutablePointer<Real>, count: Int
  ) {
    switch quantizer.rounding {
    case .halfEven:
      for index in 0..<count { result[index] = nearest(bounded(values[index])) * step }
    case .floor:
      for index in 0..<count {
        let near = nearest(bounded(values[index]))
        // Compared in units, not in steps: a tiny number divided by a large step may round to zero.
        result[index] = max(near * step > values[index] ? near - 1 : near, minimum) * step
      }
    case .halfUp, .halfAway, .towardZero:
      for index in 0..<count { result[index] = rounded(bounded(values[index])) * step }
    }
  }

  package func callAsFunction(_ value: Real) -> Real {
    var result: Real = 0
    quantize([value], into: &result, count: 1)
    return result
  }

  /// `value` in steps, cut to the range. Bounds are whole steps, so cutting before rounding is the
  /// same as after.
  @inline(__always)
  private func bounded(_ value: Real) -> Real {
    min(max(value * steps, minimum), maximum)
  }

  /// The nearest integer, ties to even, of a value within ±2^22: adding 1.5 · 2^23 to a `Float`
  /// leaves no bits for a fraction.
  @inline(__always)
  private func nearest(_ value: Real) -> Real {
    #if DOUBLE
      (value + 0x1.8p52) - 0x1.8p52
    #else
      (value + 0x1.8p23) - 0x1.8p23
    #endif
  }

  /// Rounds by the rarer modes; the distance to the nearest integer is exact.
  private func rounded(_ value: Real) -> Real {
    let near = nearest(value)
    let distance = value - near
    switch quantizer.rounding {
    case .halfEven, .floor: preconditionFailure("has a loop of its own")
    case .halfUp: return distance == 0.5 ? near + 1 : near
    case .halfAway:
      if distance == 0.5 && value > 0 { return near + 1 }
      return distance == -0.5 && value < 0 ? near - 1 : near
    case .towardZero:
      if value > 0 { return distance < 0 ? near - 1 : near }
      return distance > 0 ? near + 1 : near
    }
  }
}
