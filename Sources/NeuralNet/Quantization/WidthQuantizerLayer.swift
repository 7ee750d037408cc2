// Fixed-point activations whose formats are trained.

import FixedPoint

/// Rounds and saturates every value to a format of its own: `integer` bits before the point,
/// `fraction` bits behind it, and a sign where values can be negative.
///
/// Gradients of x pass straight through inside the range and stop beyond it. Inside, dq/df =
/// ln 2 · (x - q), as for weights. Beyond it q is the end of the range, 2^i - 2^-f or -2^i, whose
/// derivatives are exact.
package struct WidthQuantizerLayer: Layer {
  package let count: Int
  package let isSigned: Bool
  package let rounding: Rounding
  package let fraction: Parameter
  package let integer: Parameter

  package var inputCounts: [Int] { [count] }
  package var outputCount: Int { count }
  /// Four or six numbers about every value.
  package var workspaceCount: Int { 6 * count }

  /// Whole bits of the value at `index`: none at all when `width` is 0.
  @inline(__always)
  package func bits(
    _ index: Int, _ parameters: UnsafePointer<Real>
  ) -> (integer: Int, fraction: Int, width: Int) {
    let place = index % fraction.count
    let integer = Int(parameters[self.integer.offset + place].rounded())
    let fraction = Int(parameters[self.fraction.offset + place].rounded())
    let magnitude = integer + fraction
    return (integer, fraction, magnitude <= 0 ? 0 : magnitude + (isSigned ? 1 : 0))
  }

  /// The format of the value at `index`; of width 0 when nothing is left of it.
  package func format(_ index: Int, _ parameters: UnsafePointer<Real>) -> FixedFormat {
    let (_, fraction, width) = bits(index, parameters)
    return width == 0
      ? .unsigned(0, fraction: 0)
      : FixedFormat(signed: isSigned, width: width, fraction: fraction)
  }

  package func forward(_ pass: ForwardPass) {
    let (scale, step) = (pass.workspace, pass.workspace + count)
    let (lowest, highest) = (pass.workspace + 2 * count, pass.workspace + 3 * count)
    for index in 0..<count {
      let (integer, fraction, width) = bits(index, pass.parameters)
      let magnitude = width == 0 ? 0 : powerOfTwo(integer + fraction)
      scale[index] = powerOfTwo(fraction)
      step[index] = powerOfTwo(-fraction)
      lowest[index] = isSigned ? -magnitude : 0
      highest[index] = max(magnitude - 1, 0)
    }
    for row in 0..<pass.rows {
      let (x, y) = (pass.input + row * count, pass.output + row * count)
      if rounding == .floor {
        for index in 0..<count {
          let bounded = min(max(x[index] * scale[index], lowest[index]), highest[index])
          let near = nearestInteger(bounded)
          y[index] = (near > bounded ? near - 1 : near) * step[index]
        }
      } else {
        for index in 0..<count {
          let bounded = min(max(x[index] * scale[index], lowest[index]), highest[index])
          y[index] = nearestInteger(bounded) * step[index]
        }
      }
    }
  }

  package func backward(_ pass: BackwardPass) {
    let (top, step) = (pass.workspace, pass.workspace + count)
    let (floor, ceiling) = (pass.workspace + 2 * count, pass.workspace + 3 * count)
    let (fractionSums, integerSums) = (pass.workspace + 4 * count, pass.workspace + 5 * count)
    for index in 0..<count {
      let (integer, fraction, width) = bits(index, pass.parameters)
      top[index] = powerOfTwo(integer)
      step[index] = powerOfTwo(-fraction)
      // Where nothing is left of a value, its range is the point 0.
      floor[index] = isSigned && width > 0 ? -top[index] : 0
      ceiling[index] = max(top[index] - step[index], 0)
    }
    fractionSums.update(repeating: 0, count: 2 * count)
    let bottom: Real = isSigned ? -1 : 0
    for row in 0..<pass.rows {
      let start = row * count
      for index in 0..<count {
        let (x, gradient) = (pass.input[start + index], pass.outputGradient[start + index])
        let isAbove = x > ceiling[index]
        let isBelow = x < floor[index]
        let error = x - pass.output[start + index]
        fractionSums[index] += gradient * (isAbove ? step[index] : isBelow ? 0 : error)
        integerSums[index] += gradient * top[index] * (isAbove ? 1 : isBelow ? bottom : 0)
      }
      guard let inputGradient = pass.inputGradient else { continue }
      for index in 0..<count {
        let x = pass.input[start + index]
        let isInside = x >= floor[index] && x <= ceiling[index]
        inputGradient[start + index] = isInside ? pass.outputGradient[start + index] : 0
      }
    }
    collect(fractionSums, into: pass.gradients + fraction.partialOffset!, fraction.count)
    collect(integerSums, into: pass.gradients + integer.partialOffset!, integer.count)
  }

  /// Adds what values of one width have in common, times ln 2.
  private func collect(
    _ sums: UnsafePointer<Real>, into gradient: UnsafeMutablePointer<Real>, _ widths: Int
  ) {
    gradient.update(repeating: 0, count: widths)
    for index in 0..<count { gradient[index % widths] += logOfTwo * sums[index] }
  }
}
