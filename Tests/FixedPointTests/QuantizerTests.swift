import FixedPoint
import Testing

@Suite struct QuantizerTests {
  /// Every small format, every mode, every value of wider formats, through both entrances.
  @Test(arguments: [(256, 4), (40, 2), (40, -1), (24, -4), (10, 9)])
  func quantizeFollowsItsDefinition(_ bound: Int, _ fraction: Int) {
    var wrong: [String] = []
    for integer in -bound...bound {
      let input = value(integer, fraction: fraction)
      for rounding in Rounding.allCases {
        for target in -2...3 {
          let rounded = referenceRounded(input, fraction: target, rounding)
          for format in smallFormats where format.fraction == target {
            for overflow in Overflow.allCases {
              let expected = referenceBounded(
                rounded, signed: format.isSigned, width: format.width, overflow)
              let quantizer = Quantizer(format, rounding, overflow)
              let exact = quantizer.quantize(Int64(integer), fraction: fraction)
              let float = quantizer.quantize(input)
              if exact != expected || float != expected {
                wrong.append("\(input) \(quantizer): \(expected), got \(exact) and \(float)")
              }
            }
          }
        }
      }
    }
    #expect(wrong.count == 0, "\(wrong.prefix(5))")
  }

  @Test func theTablesOfTheDocumentationAreTrue() {
    let inputs = [-2.5, -1.5, -0.7, -0.5, 0.5, 0.7, 1.5, 2.5]
    let rows: [(Rounding, [Int64])] = [
      (.floor, [-3, -2, -1, -1, 0, 0, 1, 2]), (.halfUp, [-2, -1, -1, 0, 1, 1, 2, 3]),
      (.halfEven, [-2, -2, -1, 0, 0, 1, 2, 2]), (.halfAway, [-3, -2, -1, -1, 1, 1, 2, 3]),
      (.towardZero, [-2, -1, 0, 0, 0, 0, 1, 2]),
    ]
    for (rounding, expected) in rows {
      let quantizer = Quantizer(.signed(8, fraction: 0), rounding, .wrap)
      #expect(inputs.map { quantizer.quantize($0) } == expected)
    }
    let columns: [(Overflow, [Int64])] = [
      (.wrap, [2, -4, 3, -3]), (.saturate, [-4, -4, 3, 3]), (.saturateSymmetric, [-3, -3, 3, 3]),
    ]
    for (overflow, expected) in columns {
      let quantizer = Quantizer(.signed(3, fraction: 0), .floor, overflow)
      #expect([-6, -4, 3, 5].map { quantizer.quantize($0, fraction: 0) } == expected)
    }
  }

  @Test func extremeDoublesAreQuantizedExactly() {
    let huge = Double.greatestFiniteMagnitude
    let tiny = Double.leastNonzeroMagnitude
    let wide = FixedFormat.signed(62, fraction: 0)
    let rows: [(Double, FixedFormat, Rounding, Overflow, Int64)] = [
      (huge, wide, .floor, .saturate, wide.maximum), (-huge, wide, .floor, .saturate, wide.minimum),
      (-huge, wide, .floor, .saturateSymmetric, -wide.maximum), (huge, wide, .floor, .wrap, 0),
      (tiny, wide, .floor, .wrap, 0), (-tiny, wide, .floor, .wrap, -1),
      (tiny, wide, .halfUp, .wrap, 0),
      (-tiny, wide, .halfAway, .wrap, 0), (-tiny, wide, .towardZero, .wrap, 0),
      (-0.0, wide, .floor, .wrap, 0),
      // 2^-1074 is one step of this format, and half a step of the next.
      (tiny, .unsigned(4, fraction: 1074), .floor, .saturate, 1),
      (tiny, .unsigned(4, fraction: 1073), .halfUp, .saturate, 1),
      (tiny, .unsigned(4, fraction: 1073), .halfEven, .saturate, 0),
      (3 * tiny, .unsigned(4, fraction: 1073), .halfEven, .saturate, 2),
      (-3 * tiny, .signed(4, fraction: 1073), .halfAway, .saturate, -2),
      (huge, .unsigned(62, fraction: -971), .floor, .wrap, (1 << 53) - 1),
      (huge, .unsigned(62, fraction: -1023), .halfUp, .wrap, 2),
      (huge, .unsigned(62, fraction: -1023), .floor, .wrap, 1),
      // The largest halves a Double has.
      (0x1p52 - 0.5, wide, .halfEven, .wrap, 1 << 52),
      (0x1p52 - 1.5, wide, .halfEven, .wrap, (1 << 52) - 2),
      (0x1p51 + 0.5, wide, .halfUp, .wrap, (1 << 51) + 1),
      (0x1p63, wide, .floor, .wrap, 0), (0x1p61 + 512, wide, .floor, .wrap, -(1 << 61) + 512),
    ]
    for (input, format, rounding, overflow, expected) in rows {
      let quantizer = Quantizer(format, rounding, overflow)
      #expect(quantizer.quantize(input) == expected, "\(input) \(quantizer)")
    }
  }

  @Test func extremeIntegersAreQuantizedExactly() {
    for overflow in Overflow.allCases {
      for rounding in Rounding.allCases {
        for fraction in [-1023, -64, -1, 0, 1, 63, 64, 126, 127, 1023] {
          let quantizer = Quantizer(.signed(62, fraction: 0), rounding, overflow)
          for input in [Int64.min, Int64.max, 1, -1] {
            let result = quantizer.quantize(input, fraction: fraction)
            #expect(quantizer.format.contains(result))
            if fraction >= 64 {
              // All that is left is the rounding of something tiny (or exactly -1/2 at 64).
              #expect(
                result
                  == (rounding == .floor && input < 0
                    || rounding == .halfAway && fraction == 64
                      && input == .min
                    ? -1 : 0),
                "\(input) \(fraction) \(rounding)")
            }
          }
        }
      }
    }
  }
}
