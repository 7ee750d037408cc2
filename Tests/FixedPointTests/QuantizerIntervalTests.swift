import FixedPoint
import Testing

@Suite struct QuantizerIntervalTests {
  /// Every interval of a few integers, every small format and mode: no result escapes, and the
  /// bounds are reached unless the values wrap around.
  @Test(arguments: [-3, 0, 2, 5])
  func theIntervalHoldsAllResultsAndIsTight(_ fraction: Int) {
    var wrong: [String] = []
    let bounds = [-70, -33, -32, -9, -5, -1, 0, 1, 4, 8, 31, 32, 64, 70]
    for format in smallFormats {
      for (rounding, overflow) in modes {
        let quantizer = Quantizer(format, rounding, overflow)
        let results = (-70...70).map { quantizer.quantize(Int64($0), fraction: fraction) }
        for low in bounds {
          for high in bounds where low <= high {
            let input = Interval(low: Int128(low), high: Int128(high), fraction: fraction)
            let output = quantizer.interval(of: input)
            let range = results[low + 70...high + 70]
            var isSound = true
            var previous: Int64?
            for result in range where result != previous {
              isSound = isSound && output.contains(result, fraction: format.fraction)
              previous = result
            }
            // Compared as values, because the output may have a coarser step.
            let lowest = value(Int(output.low), fraction: output.fraction)
            let highest = value(Int(output.high), fraction: output.fraction)
            let isTight =
              lowest == value(Int(range.min()!), fraction: format.fraction)
              && highest == value(Int(range.max()!), fraction: format.fraction)
            let fits = format.interval.contains(output)
            if !isSound || !fits || !(isTight || overflow == .wrap) {
              wrong.append("\(input) \(quantizer): \(output)")
            }
          }
        }
      }
    }
    #expect(wrong.count == 0, "\(wrong.prefix(5))")
  }

  @Test func aValueThatFitsKeepsItsStep() {
    let quantizer = Quantizer(.signed(8, fraction: 4), .floor, .wrap)
    let input = Interval(low: -3, high: 3, fraction: 1)
    #expect(quantizer.interval(of: input) == input)
  }

  @Test func hugeIntervalsDoNotOverflow() {
    let bounds: [Int128] = [-(1 << 124), -(1 << 63), -1, 0, 1, 1 << 63, 1 << 124]
    for format in [FixedFormat.signed(62, fraction: 1023), .unsigned(3, fraction: -1023)] {
      for (rounding, overflow) in modes {
        for fraction in [-1023, -62, 0, 62, 1023] {
          for low in bounds {
            for high in bounds where low <= high {
              let output = Quantizer(format, rounding, overflow)
                .interval(of: Interval(low: low, high: high, fraction: fraction))
              #expect(format.interval.contains(output))
            }
          }
        }
      }
    }
  }
}
