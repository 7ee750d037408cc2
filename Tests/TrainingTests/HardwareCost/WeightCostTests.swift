// Digits and their slopes against the definition.

import FixedPoint
import Testing

@testable import Training

struct WeightCostTests {
  @Test func countsTheDigitsOfTheNonAdjacentForm() {
    for integer in -3000...3000 {
      #expect(signedDigitCount(integer) == signedDigits(of: Int64(integer)).count, "\(integer)")
    }
  }

  @Test func countsBitsOfMagnitudes() {
    #expect([0, 1, -1, 5, -8, 1023].map(magnitudeBits) == [0, 1, 1, 3, 4, 10])
  }

  /// The slope is that of the steepest line to any coarser rounding.
  @Test(arguments: [0.7, -0.3, 0.015625, 0.0078126, -1.999, 0.34375])
  func slopeOfTheConvexHull(weight: Float) {
    for fraction in 0...9 {
      func digits(_ fraction: Int) -> Int {
        var scaled = Double(weight)
        for _ in 0..<abs(fraction) { scaled *= fraction > 0 ? 2 : 0.5 }
        return signedDigits(of: Int64(scaled.rounded(.toNearestOrEven))).count
      }
      let best = (1...20).map { Float(digits(fraction) - digits(fraction - $0)) / Float($0) }.max()!
      let (count, slope) = signedDigitSlope(weight, fraction: fraction)
      #expect(count == digits(fraction))
      #expect(slope == (count == 0 ? 0 : best))
      #expect(slope > 0 || count == 0)
    }
  }

  @Test func whatDivergedCostsNothing() {
    #expect(signedDigitSlope(.nan, fraction: 3) == (0, 0))
    #expect(signedDigitSlope(.infinity, fraction: 3) == (0, 0))
  }
}
