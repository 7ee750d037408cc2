import FixedPoint
import SeededRandom
import Testing

@testable import GraphIR

/// `value` in `format`, as the words of the documentation say it, in floating point: exact for
/// small numbers.
private func reference(
  _ value: Double, _ format: FixedFormat, _ rounding: Rounding, _ overflow: Overflow
) -> Double {
  if format.width == 0 { return 0 }
  let step = Double(sign: .plus, exponent: -format.fraction, significand: 1)
  let scaled = value / step
  let rounded =
    switch rounding {
    case .floor: scaled.rounded(.down)
    case .halfUp: (scaled + 0.5).rounded(.down)
    case .halfEven: scaled.rounded(.toNearestOrEven)
    case .halfAway: scaled.rounded(.toNearestOrAwayFromZero)
    case .towardZero: scaled.rounded(.towardZero)
    }
  let count = Double(sign: .plus, exponent: format.width, significand: 1)
  let low = format.isSigned ? -count / 2 : 0
  let high = low + count - 1
  let kept =
    switch overflow {
    case .wrap: rounded - count * ((rounded - low) / count).rounded(.down)
    case .saturate: min(max(rounded, low), high)
    case .saturateSymmetric: min(max(rounded, format.isSigned ? -high : low), high)
    }
  return kept * step
}

@Suite struct QuantizeTests {
  @Test func everyModeRoundsAndBoundsAsDocumented() {
    var random = SeededRandom(seed: 3)
    for rounding in Rounding.allCases {
      for overflow in Overflow.allCases {
        for _ in 0..<40 {
          let formats = (0..<4).map { _ in FixedFormat.random(maximumWidth: 6, using: &random) }
          let fraction = Int.random(in: -3...9, using: &random)
          let integers = (0..<4).map { _ in Int64.random(in: -300...300, using: &random) }
          let op = Quantize(TensorFormat(repeating: formats), rounding, overflow)
          let x = fixed(integers, fraction)
          let expected = zip(numbers(x), formats).map {
            reference($0, $1, rounding, overflow)
          }
          #expect(numbers(op.evaluate([x])) == expected, "\(op) of \(x)")
          #expect(numbers(op.evaluate([.real(x.asReal)])) == expected, "\(op) of real \(x)")
        }
      }
    }
  }

  @Test func formatsArePerTensorChannelOrElement() throws {
    func op(_ count: Int) -> Quantize {
      Quantize(
        TensorFormat(repeating: (0..<count).map { .unsigned($0 + 1, fraction: 0) }), .floor,
        .saturate)
    }
    for count in [1, 3, 6] { #expect(try op(count).resultShape([[2, 3]]) == [2, 3]) }
    #expect(refusal(op(2), [[2, 3]]) == "2 formats for shape [2, 3]")
    let x = fixed([9, 9, 9, 9, 9, 9], 0, shape: [2, 3])
    #expect(numbers(op(3).evaluate([x])) == [1, 3, 7, 1, 3, 7])
    #expect(numbers(op(6).evaluate([x])) == [1, 3, 7, 9, 9, 9])
  }

  @Test func boundedRealNumbersGiveBoundedIntegers() throws {
    let bounds = ValueRange.real(shape: [1], bounds: [0.2...0.8])
    let cases: [(Overflow, Interval)] = [
      (.saturate, Interval(low: 2, high: 6, fraction: 3)),
      // A wrapped real number can be anything.
      (.wrap, Interval(low: -8, high: 7, fraction: 3)),
    ]
    for (overflow, interval) in cases {
      let op = Quantize(.signed(4, fraction: 3), .halfUp, overflow)
      let range = try exact(op.range([bounds]))
      #expect(range.intervals == [interval])
    }
    let op = Quantize(.signed(4, fraction: 3), .floor, .saturate)
    let range = try exact(op.range([.real(shape: [1], bounds: nil)]))
    #expect(range.intervals == [FixedFormat.signed(4, fraction: 3).interval])
  }
}
