import FixedPoint
import Testing

private func sum(_ digits: [SignedDigit]) -> Int128 {
  digits.reduce(0) { $0 + (Int128(1) << $1.position) * ($1.isNegative ? -1 : 1) }
}

@Suite struct SignedDigitsTests {
  @Test func theDigitsMakeTheValueAndAreNotAdjacent() {
    let extreme: [Int64] = [
      .min, .max, .min + 1, .max - 1, 0x5555_5555_5555_5555, -0x5555_5555_5555_5555,
    ]
    for value in (-5000...5000).map(Int64.init) + extreme {
      let digits = signedDigits(of: value)
      #expect(sum(digits) == Int128(value))
      #expect(zip(digits, digits.dropFirst()).allSatisfy { $1.position - $0.position >= 2 })
    }
    #expect(signedDigits(of: 7).map(\.position) == [0, 3])
    #expect(signedDigits(of: 0).isEmpty)
  }

  /// Adds ±2^k one after the other to find what n terms can reach.
  @Test func noSumOfPowersOfTwoIsShorter() {
    var terms: [Int: Int] = [0: 0]
    var frontier = [0]
    for count in 1...5 {
      var next: [Int] = []
      for value in frontier {
        for position in 0...9 {
          for sign in [1, -1] {
            let reached = value + sign * (1 << position)
            if terms[reached] == nil {
              terms[reached] = count
              next.append(reached)
            }
          }
        }
      }
      frontier = next
    }
    for value in -256...256 {
      #expect(signedDigits(of: Int64(value)).count == terms[value], "\(value)")
    }
  }
}
