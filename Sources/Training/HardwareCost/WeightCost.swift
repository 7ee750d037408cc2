// What one weight costs, and what a fraction bit less would save.

/// The bits of a magnitude: 5 = 101 has 3.
func magnitudeBits(_ integer: Int) -> Int { Int.bitWidth - integer.magnitude.leadingZeroBitCount }

/// The number of non-zero signed digits of an integer, at their least: 7 = 8 - 1 has 2.
///
/// 3n and n differ in exactly the bits where n's non-adjacent form has a digit (Prodinger, 2000).
func signedDigitCount(_ integer: Int) -> Int {
  let magnitude = integer.magnitude
  return (3 * magnitude ^ magnitude).nonzeroBitCount
}

/// How digits change around `weight`, per unit: the slope of the straight line between the two
/// neighbouring multiples of 2^-`fraction`.
///
/// It draws a weight to where a rounding needs fewer digits, above all to zero, and away from where
/// it would need one more.
func signedDigitPull(_ weight: Float, fraction: Int) -> Float {
  let scale = Float(sign: .plus, exponent: fraction, significand: 1)
  let below = (weight * scale).rounded(.down)
  guard below.magnitude < 0x1p30 else { return 0 }
  return Float(signedDigitCount(Int(below) + 1) - signedDigitCount(Int(below))) * scale
}

/// Digits of `weight` at `fraction` bits, and how many of them each bit less saves.
///
/// Digits fall in jumps: often a bit less saves nothing, and the next one a digit. So the slope is
/// the steepest line from here to any coarser rounding, down to zero: that of the lower convex
/// hull of digits over fraction bits. It is positive for everything but zero, and draws small
/// weights, whose one digit costs as much as any other, to zero.
func signedDigitSlope(_ weight: Float, fraction: Int) -> (digits: Int, slope: Float) {
  let scaled = weight * Float(sign: .plus, exponent: fraction, significand: 1)
  // What is not a number has diverged, and is reported at the end of the epoch.
  guard scaled.magnitude < 0x1p30 else { return (0, 0) }
  let integer = Int(scaled.rounded(.toNearestOrEven))
  if integer == 0 { return (0, 0) }
  let digits = signedDigitCount(integer)
  var slope: Float = 0
  var (coarser, step) = (scaled, 0)
  while true {
    coarser *= 0.5
    step += 1
    let rest = Int(coarser.rounded(.toNearestOrEven))
    slope = max(slope, Float(digits - signedDigitCount(rest)) / Float(step))
    if rest == 0 { return (digits, slope) }
  }
}
