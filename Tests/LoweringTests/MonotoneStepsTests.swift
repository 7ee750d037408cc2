import FixedPoint
import GraphIR
import SeededRandom
import Testing

@testable import Lowering

/// What hardware computes of `steps`.
private func result(_ steps: LinearSteps, _ v: Int64, _ bounds: ClosedRange<Int64>) -> Int64 {
  let quotient = (Int128(v) * Int128(steps.multiplier) + steps.offset) >> steps.shift
  var y = Int64(min(max(quotient, Int128(bounds.lowerBound)), Int128(bounds.upperBound)))
  for correction in steps.corrections {
    y += (v < correction.lost ? 1 : 0) - (v < correction.gained ? 1 : 0)
  }
  return y
}

@Suite struct MonotoneStepsTests {
  @Test func thresholdsAreWhereResultsChange() {
    let roots = MonotoneSteps(
      low: 0, high: 99, guess: { Double($0) * 3 }, { Int64(Double($0).squareRoot()) })
    #expect(roots.bottom == 0 && roots.top == 9)
    #expect(roots.thresholds == [1, 4, 9, 16, 25, 36, 49, 64, 81])
    let jump = MonotoneSteps(low: -5, high: 5, guess: { _ in .infinity }, { $0 < 2 ? -1 : 2 })
    #expect(jump.thresholds == [2, 2, 2])
  }

  @Test func everyArithmeticHasAnEqualMultiplication() throws {
    var random = SeededRandom(seed: 5)
    for round in 0..<40 {
      let scale = Float.random(in: 0.0005...0.5, using: &random)
      let format: FixedFormat =
        Bool.random(using: &random) ? .signed(8, fraction: 0) : .unsigned(5, fraction: 0)
      let op =
        switch round % 4 {
        case 0:
          Requantize(.exact, scales: [scale], zeroPoints: [-20], to: format, rounding: .halfUp)
        case 1: Requantize(.float32, scales: [scale], zeroPoints: [3], to: format)
        case 2: Requantize(.float32Divide, scales: [1 / scale], to: format, rounding: .halfAway)
        default:
          Requantize(multipliers: [Q31Multiplier(Double(scale))], zeroPoints: [9], to: format)
        }
      let function = op.function(of: 0)
      let low = Int128.random(in: -6000...0, using: &random)
      let interval = Interval(
        low: low, high: low + Int128.random(in: 1...7000, using: &random), fraction: 0)
      guard let steps = LinearSteps(function, on: interval) else { continue }
      for v in Int64(interval.low)...Int64(interval.high)
      where result(steps, v, op.bounds) != function(v, fraction: 0) {
        Issue.record(
          "\(op) of \(v): \(result(steps, v, op.bounds)) for \(function(v, fraction: 0))")
        break
      }
    }
  }

  /// Wide operands: equal at every threshold and in front of it, so equal everywhere.
  @Test(arguments: [Requantize.Arithmetic.exact, .float32, .float32Divide])
  func wideOperandsKeepEveryStep(arithmetic: Requantize.Arithmetic) throws {
    var random = SeededRandom(seed: 6)
    for _ in 0..<5 {
      let scale = Float.random(in: 0.00001...0.0001, using: &random)
      let op = Requantize(
        arithmetic, scales: [arithmetic == .float32Divide ? 1 / scale : scale],
        to: .signed(8, fraction: 0))
      let function = op.function(of: 0)
      let interval = Interval(low: -1 << 24, high: 1 << 24, fraction: 0)
      let steps = try #require(LinearSteps(function, on: interval))
      // Bisection finds where the function steps up, without the help of what is tested.
      for result in Int64(-127)...127 {
        var (below, above) = (Int64(interval.low) - 1, Int64(interval.high) + 1)
        while above - below > 1 {
          let middle = (above + below) / 2
          if function(middle, fraction: 0) >= result { above = middle } else { below = middle }
        }
        for v in [above - 1, above] where interval.contains(v, fraction: 0) {
          #expect(LoweringTests.result(steps, v, op.bounds) == function(v, fraction: 0))
        }
      }
    }
  }

  @Test func fewDigitsArePreferred() throws {
    // Few operands and steps leave room for a multiplier of one digit.
    let function = Requantize(.exact, scales: [0.1251], to: .signed(8, fraction: 0)).function(of: 0)
    let steps = try #require(
      LinearSteps(function, on: Interval(low: 0, high: 50, fraction: 0)))
    #expect(signedDigits(of: steps.multiplier).count == 1)
    #expect(steps.corrections.isEmpty)
  }
}
