import FixedPoint
import Testing

@Suite struct FixedFormatTests {
  @Test func theRangeIsThatOfTwosComplement() {
    for format in smallFormats {
      let range = referenceRange(signed: format.isSigned, width: format.width)
      #expect(format.minimum == Int64(range.low) && format.maximum == Int64(range.high))
      #expect(format.contains(Int64(range.low)) && !format.contains(Int64(range.low) - 1))
      #expect(format.contains(Int64(range.high)) && !format.contains(Int64(range.high) + 1))
    }
    #expect(FixedFormat.signed(62, fraction: 0).minimum == -(1 << 61))
    #expect(FixedFormat.unsigned(62, fraction: 0).maximum == (1 << 62) - 1)
  }

  @Test func theFormatOfAnIntervalIsTheNarrowest() {
    for low in -40...40 {
      for high in low...40 {
        let interval = Interval(low: Int128(low), high: Int128(high), fraction: 3)
        let width = (0...8).first { width in
          let range = referenceRange(signed: low < 0, width: width)
          return range.low <= low && high <= range.high
        }
        let expected = FixedFormat(signed: low < 0, width: width!, fraction: 3)
        #expect(FixedFormat(holding: interval) == expected, "\(interval)")
      }
    }
  }

  @Test func whatDoesNotFitHasNoFormat() {
    func format(_ low: Int128, _ high: Int128) -> FixedFormat? {
      FixedFormat(holding: Interval(low: low, high: high, fraction: 0))
    }
    #expect(format(0, 1 << 62 - 1) == .unsigned(62, fraction: 0))
    #expect(format(0, 1 << 62) == nil)
    #expect(format(-1 << 61, 1 << 61 - 1) == .signed(62, fraction: 0))
    #expect(format(-1 << 61 - 1, 0) == nil)
    #expect(format(-1, 1 << 61) == nil)
    #expect(format(.min, .max) == nil)
  }

  @Test func textIsReadBack() {
    for format in smallFormats + [
      .signed(62, fraction: -1023), .unsigned(62, fraction: 1023), .signed(1, fraction: 100),
    ] {
      #expect(FixedFormat(format.description) == format)
    }
    for text in [
      "", "s", "s6", "s6f", "sf5", "x6f5", "s63f0", "s-1f0", "s6f1024", "s6f-1024", "s06f5",
      "s6f05", "s6f+5", "s6f5f", "s6f5 ", " s6f5", "S6f5", "s6f-0", "s6f99999999999999999999",
      "s6f-9223372036854775808",
    ] {
      #expect(FixedFormat(text) == nil, "\(text)")
    }
  }
}
