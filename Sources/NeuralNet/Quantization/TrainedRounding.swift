// Rounding to a trained number of fraction bits, and its gradient.

/// ln 2: a step 2^-f changes by -ln 2 of itself when f grows by one.
let logOfTwo: Real = 0.6931471805599453

/// 2^`exponent`, exactly.
@inline(__always)
package func powerOfTwo(_ exponent: Int) -> Real {
  Real(sign: .plus, exponent: exponent, significand: 1)
}

/// The nearest integer, ties to even, of a value within ±2^21.
@inline(__always)
func nearestInteger(_ value: Real) -> Real {
  #if DOUBLE
    (value + 0x1.8p52) - 0x1.8p52
  #else
    (value + 0x1.8p23) - 0x1.8p23
  #endif
}

/// A tensor of weights, biases or tables whose fractions are trained.
///
/// q = round(w · 2^f) · 2^-f, to the nearest, ties to even. Gradients with respect to w pass straight
/// through. The error q - w is a fixed part of the step 2^-f, so dq/df = ln 2 · (w - q) (Sun et al.,
/// 2024).
package struct TrainableTensor: Hashable, Sendable {
  package let values: Parameter
  package let fraction: Parameter

  /// Values are cut here: 2^21 steps. Weights of networks never come near.
  private static let largest: Real = 0x1p21

  /// Values after which the next widths begin, and how many repeat until then.
  private let block: Int
  private let period: Int

  package init(values: Parameter, fraction: Parameter) {
    self.values = values
    self.fraction = fraction
    let isPerTable = values.role == .table && fraction.shape.count == 2
    block = isPerTable ? values.shape[1] * values.shape[2] : values.count
    period = isPerTable ? values.shape[2] : fraction.count
  }

  /// The place of the width of the value at `index` of the tensor: widths repeat along it, or along
  /// the tables of a group.
  @inline(__always)
  package func place(_ index: Int) -> Int { index / block * period + index % period }

  /// The whole fraction bits of the value at `index` of the tensor.
  @inline(__always)
  package func fractionBits(_ index: Int, _ parameters: UnsafePointer<Real>) -> Int {
    Int(parameters[fraction.offset + place(index)].rounded())
  }

  /// Writes the rounded values of `range`, positions in the parameter array, to `result`.
  package func quantize(
    _ parameters: UnsafePointer<Real>, _ range: Range<Int>,
    into result: UnsafeMutablePointer<Real>
  ) {
    for position in range {
      let bits = fractionBits(position - values.offset, parameters)
      let steps = parameters[position] * powerOfTwo(bits)
      let bounded = min(max(steps, -TrainableTensor.largest), TrainableTensor.largest)
      result[position] = nearestInteger(bounded) * powerOfTwo(-bits)
    }
  }

  /// Adds the gradients of the fractions, from those of the rounded values in `gradients`.
  package func addWidthGradients(
    _ parameters: UnsafePointer<Real>, rounded: UnsafePointer<Real>,
    to gradients: UnsafeMutablePointer<Real>
  ) {
    for index in 0..<values.count {
      let position = values.offset + index
      gradients[fraction.offset + place(index)] +=
        gradients[position] * logOfTwo * (parameters[position] - rounded[position])
    }
  }
}
