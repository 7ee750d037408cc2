// Quantization by its definition, written to be obviously right: compare, count, search. No shifts.

import FixedPoint

/// The value a small integer of a format stands for; exact.
func value(_ integer: Int, fraction: Int) -> Double {
  var value = Double(integer)
  for _ in 0..<abs(fraction) { value = fraction > 0 ? value / 2 : value * 2 }
  return value
}

/// The multiple of 2^-fraction that `rounding` chooses for `value`, in units of 2^-fraction.
func referenceRounded(_ value: Double, fraction: Int, _ rounding: Rounding) -> Int {
  func at(_ index: Int) -> Double { FixedPointTests.value(index, fraction: fraction) }
  var below = 0
  while at(below) > value { below -= 1 }
  while at(below + 1) <= value { below += 1 }
  if at(below) == value { return below }
  let above = below + 1
  let toBelow = value - at(below)
  let toAbove = at(above) - value
  switch rounding {
  case .floor: return below
  case .towardZero: return value > 0 ? below : above
  case .halfUp, .halfEven, .halfAway:
    if toBelow < toAbove { return below }
    if toAbove < toBelow { return above }
  }
  switch rounding {
  case .floor, .towardZero, .halfUp: return above
  case .halfEven: return below % 2 == 0 ? below : above
  case .halfAway: return value > 0 ? above : below
  }
}

/// `integer` brought into the range of a format.
func referenceBounded(_ integer: Int, signed: Bool, width: Int, _ overflow: Overflow) -> Int {
  let (low, high) = referenceRange(signed: signed, width: width)
  switch overflow {
  case .wrap:
    var result = integer
    while result > high { result -= high - low + 1 }
    while result < low { result += high - low + 1 }
    return result
  case .saturate: return integer < low ? low : integer > high ? high : integer
  case .saturateSymmetric:
    // The most negative integer has no positive counterpart and is not used.
    let low = signed ? -high : low
    return integer < low ? low : integer > high ? high : integer
  }
}

/// The integers of a format.
func referenceRange(signed: Bool, width: Int) -> (low: Int, high: Int) {
  var count = 1
  for _ in 0..<width { count *= 2 }
  return signed && width > 0 ? (-(count / 2), count / 2 - 1) : (0, count - 1)
}

/// Signed and unsigned formats of widths 0 to 6 and fractions -2 to 3.
let smallFormats = [true, false].flatMap { signed in
  (0...6).flatMap { width in
    (-2...3).map { FixedFormat(signed: signed, width: width, fraction: $0) }
  }
}

/// All pairs of modes.
let modes = Rounding.allCases.flatMap { rounding in
  Overflow.allCases.map { (rounding, $0) }
}
