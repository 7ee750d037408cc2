import Diagnostics
import FixedPoint
import SeededRandom
import Testing

@testable import GraphIR

/// One element of a sum, and what it becomes.
private struct Case: Sendable {
  var arithmetic: Requantize.Arithmetic
  var scale: Float
  var x: Int64
  var y: Double
  var rounding = Rounding.halfEven
}

@Suite struct RequantizeTests {
  @Test(arguments: [
    // 2.5, 3.5, -2.5 at halves.
    Case(arithmetic: .exact, scale: 0.5, x: 5, y: 2),
    Case(arithmetic: .exact, scale: 0.5, x: 7, y: 4),
    Case(arithmetic: .exact, scale: 0.5, x: -5, y: -2),
    Case(arithmetic: .exact, scale: 0.5, x: -5, y: -3, rounding: .halfAway),
    Case(arithmetic: .exact, scale: 0.5, x: 5, y: 3, rounding: .halfUp),
    Case(arithmetic: .exact, scale: 0.5, x: -5, y: -3, rounding: .floor),
    // 0.1 as a float32 is a bit more than a tenth: 2.5000000373 exactly, 2.5 in float32.
    Case(arithmetic: .exact, scale: 0.1, x: 25, y: 3),
    Case(arithmetic: .float32, scale: 0.1, x: 25, y: 2),
    Case(arithmetic: .float32Divide, scale: 10, x: 25, y: 2),
    Case(arithmetic: .float32Divide, scale: 10, x: 25, y: 3, rounding: .halfAway),
    // 2^24 + 1 is no float32.
    Case(arithmetic: .exact, scale: 0x1p-22, x: 1 << 24 + 1 << 21 + 1, y: 5),
    Case(arithmetic: .float32, scale: 0x1p-22, x: 1 << 24 + 1 << 21 + 1, y: 4),
    // Saturation.
    Case(arithmetic: .float32, scale: 1e30, x: 7, y: 127),
    Case(arithmetic: .float32, scale: 1e30, x: -7, y: -128),
    Case(arithmetic: .exact, scale: 1e30, x: 7, y: 127),
    Case(arithmetic: .exact, scale: 1e30, x: -7, y: -128),
    Case(arithmetic: .float32, scale: 0, x: -7, y: 0),
  ])
  private func everyArithmeticRoundsInItsWay(example: Case) throws {
    let op = Requantize(
      example.arithmetic, scales: [example.scale], to: .signed(8, fraction: 0),
      rounding: example.rounding)
    #expect(refusal(op, [[1]]) == nil)
    #expect(numbers(op.evaluate([fixed([example.x], 0)])) == [example.y])
    #expect(numbers(op.evaluate([real([Double(example.x)])])) == [example.y])
    let range = try exact(op.range([.fixed(ranges([.signed(40, fraction: 0)]))]))
    #expect(range.intervals[0].contains(Int64(example.y), fraction: 0))
  }

  /// The words of TensorFlow's documentation, step by step, in 64 bits.
  private func tensorFlow(_ x: Int64, _ mantissa: Int64, _ exponent: Int) -> Int64 {
    let product = (x << Int64(max(exponent, 0))) * mantissa
    let nudge: Int64 = product >= 0 ? 1 << 30 : 1 - 1 << 30
    let high = (product + nudge) / (1 << 31)
    let shift = Int64(max(-exponent, 0))
    let mask: Int64 = (1 << shift) - 1
    let threshold = (mask >> 1) + (high < 0 ? 1 : 0)
    return (high >> shift) + (high & mask > threshold ? 1 : 0)
  }

  @Test func q31RoundsTwice() {
    var random = SeededRandom(seed: 31)
    for _ in 0..<2000 {
      let mantissa = Int32.random(in: 1 << 30...Int32.max, using: &random)
      let exponent = Int.random(in: -12...2, using: &random)
      let op = Requantize(
        multipliers: [Q31Multiplier(mantissa: mantissa, exponent: exponent)],
        to: .signed(20, fraction: 0))
      let x = Int64.random(in: -100_000...100_000, using: &random)
      let expected = Double(
        min(max(tensorFlow(x, Int64(mantissa), exponent), -(1 << 19)), 1 << 19 - 1))
      #expect(numbers(op.evaluate([fixed([x], 0)])) == [expected], "\(x) · \(op)")
      #expect(numbers(op.evaluate([real([Double(x)])])) == [expected])
    }
    let once = Requantize(
      multipliers: [Q31Multiplier(mantissa: .max, exponent: -1)], isRoundedOnce: true,
      to: .signed(8, fraction: 0))
    #expect(numbers(once.evaluate([fixed([1, -1, 3, -3], 0)])) == [0, 0, 1, -1])
    #expect(numbers(once.evaluate([real([1, -1, 3, -3])])) == [0, 0, 1, -1])
    // The first rounding makes half of 2^-1 · (1 - 2^-31), the second one away from zero.
    let almostOne = Q31Multiplier(mantissa: .max, exponent: -1)
    #expect([almostOne(1), almostOne(-1), almostOne(3), almostOne(-3)] == [1, -1, 2, -2])
  }

  private static let multipliers: [(Double, Int32, Int)] = [
    (0.0, 0, 0), (1, 1 << 30, 1), (0.5, 1 << 30, 0), (0.75, 3 << 29, 0), (3, 3 << 29, 2),
    (0x1p-33, 0, 0), (0x1p-32, 1 << 30, -31), (1 - 0x1p-40, 1 << 30, 1), (0.1, 1_717_986_918, -3),
  ]

  @Test(arguments: multipliers)
  func multipliersAreThoseOfTensorFlow(value: Double, mantissa: Int32, exponent: Int) {
    #expect(Q31Multiplier(value) == Q31Multiplier(mantissa: mantissa, exponent: exponent))
  }

  @Test func channelsHaveScalesAndZeroPoints() {
    let op = Requantize(
      .exact, scales: [1, 0.5], zeroPoints: [10, -10], to: .unsigned(8, fraction: 0))
    let x = fixed([4, 40, -100, 600], 0, shape: [2, 2])
    #expect(numbers(op.evaluate([x])) == [14, 10, 0, 255])
    #expect(op.keeping([1]).scales == [0.5] && op.keeping([1]).zeroPoints == [-10])
    #expect(!op.isUniform && op.keeping([1]).isUniform)
    let q31 = Requantize(
      multipliers: [Q31Multiplier(0.5), Q31Multiplier(0.25)], to: .signed(4, fraction: 0))
    #expect(numbers(q31.evaluate([x])) == [2, 7, -8, 7])
  }

  @Test func whatMakesNoSenseIsRefused() {
    let s8 = FixedFormat.signed(8, fraction: 0)
    let one = Q31Multiplier(1)
    let cases: [(Requantize, String)] = [
      (Requantize(.exact, scales: [1, 2], to: s8), "2 scales for 3 channels"),
      (Requantize(.exact, scales: [], to: s8), "0 scales for 3 channels"),
      (Requantize(multipliers: [one, one], to: s8), "2 scales for 3 channels"),
      (
        Requantize(.exact, scales: [1], zeroPoints: [1, 2], to: s8), "2 zero points for 3 channels"
      ),
      (Requantize(.exact, scales: [-1], to: s8), "a scale is -1.0"),
      (Requantize(.exact, scales: [.infinity], to: s8), "a scale is inf"),
      (Requantize(.float32Divide, scales: [0], to: s8), "a scale is 0"),
      (
        Requantize(.exact, scales: [1], zeroPoints: [1 << 50], to: s8),
        "a zero point is \(1 << 50)"
      ),
      (
        Requantize(multipliers: [Q31Multiplier(mantissa: -1, exponent: 0)], to: s8),
        "a multiplier has mantissa -1 and exponent 0"
      ),
      (
        Requantize(.exact, scales: [1], to: s8, bounds: 0...128),
        "the bounds are not two integers of s8f0 in ascending order"
      ),
      (
        Requantize(.exact, scales: [1], to: .signed(8, fraction: 1)),
        "the format is s8f1; one format of integers is expected"
      ),
    ]
    for (op, reason) in cases { #expect(refusal(op, [[2, 3]]) == reason) }
  }

  @Test func q31TakesIntegersOnly() throws {
    let graph = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [1]}
          q = quantize(x) {format: s8f1, rounding: floor, overflow: saturate}
          y = requantize(q) {format: s8f0, arithmetic: q31, mantissas: [1073741824], exponents: [0]}
          return y
        }

        """)
    #expect(throws: Diagnostic.self) { try graph.inferRanges() }
    do { _ = try graph.inferRanges() } catch {
      #expect(error.id == "graph.bad-requantize")
      #expect(error.location.path == "y")
    }
  }

  @Test func attributesAreReadAsTheyAreWritten() throws {
    let ops = [
      Requantize(.exact, scales: [0.1], to: .signed(8, fraction: 0)),
      Requantize(
        .float32, scales: [0.1, 2], zeroPoints: [-3], to: .unsigned(8, fraction: 0),
        rounding: .halfAway),
      Requantize(
        multipliers: [Q31Multiplier(0.3), Q31Multiplier(3)], zeroPoints: [1, 2],
        to: .signed(16, fraction: 0), bounds: -3...70),
    ]
    for op in ops {
      let again = try Op(
        mnemonic: Requantize.mnemonic, attributes: op.attributes, at: Location(path: "y"))
      #expect(again == .requantize(op))
    }
    // Too large a mantissa leaves no multiplier.
    var attributes = ops[2].attributes
    attributes[2] = Attribute("mantissas", .integers([1 << 40, 0]))
    let bad = try Op(
      mnemonic: Requantize.mnemonic, attributes: attributes, at: Location(path: "y"))
    #expect(refusal(bad.definition, [[2]]) == "0 scales for 2 channels")
  }
}
