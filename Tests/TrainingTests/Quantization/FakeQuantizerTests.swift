// The quantizer of training is the quantizer of hardware.

import FixedPoint
import SeededRandom
import Testing

@testable import NeuralNet
@testable import Training

struct FakeQuantizerTests {
  /// Values where rounding and cutting are decided: grid points, ties, their neighbours, extremes.
  private func probes(_ format: FixedFormat, _ random: inout SeededRandom) -> [Float] {
    let step = Float(sign: .plus, exponent: -format.fraction, significand: 1)
    var values: [Float] = [0, -0.0, 1, -1, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]
    for _ in 0..<40 {
      let span = Int(format.maximum - format.minimum) * 2 + 8
      let half = Float(random.below(2 * span) - span) / 2 * step
      values += [half, half.nextUp, half.nextDown]
      values.append(Float(span) * step * (random.unit() - 0.5))
    }
    return values
  }

  @Test(arguments: Rounding.allCases, [Overflow.saturate, .saturateSymmetric])
  func equalsTheExactQuantizer(rounding: Rounding, overflow: Overflow) throws {
    var random = SeededRandom(seed: 11)
    for width in [1, 2, 3, 4, 6, 8, 16, 22] {
      for fraction in [-3, 0, 1, width - 1, width, width + 5, 40] {
        for isSigned in [true, false] {
          let format = FixedFormat(signed: isSigned, width: width, fraction: fraction)
          let quantizer = Quantizer(format, rounding, overflow)
          let fake = try #require(FakeQuantizer(quantizer))
          let step = Double(sign: .plus, exponent: -fraction, significand: 1)
          for value in probes(format, &random) {
            let exact = Double(quantizer.quantize(Double(value))) * step
            #expect(Double(fake(value)) == exact, "\(quantizer.spelling) of \(value)")
          }
        }
      }
    }
  }

  @Test func refusesWhatFloatsCannotHold() {
    #expect(FakeQuantizer(Quantizer(.signed(23, fraction: 0), .halfEven, .saturate)) == nil)
    #expect(FakeQuantizer(Quantizer(.signed(0, fraction: 0), .halfEven, .saturate)) == nil)
    #expect(FakeQuantizer(Quantizer(.signed(8, fraction: 99), .halfEven, .saturate)) == nil)
    #expect(FakeQuantizer(Quantizer(.signed(8, fraction: 0), .halfEven, .wrap)) == nil)
  }
}

struct QuantizerSpellingTests {
  @Test(arguments: [
    ("s6f5", "s6f5"), ("u4f4 floor", "u4f4 floor"), ("u4f4 half-even saturate", "u4f4"),
    ("s6f5 half-up saturate-symmetric", "s6f5 half-up saturate-symmetric"),
    ("s6f5 wrap", "s6f5 wrap"), ("quantized_bits(6,0,alpha=1)", "s6f5"),
    ("quantized_bits(6, 0, alpha=1)", "s6f5"), ("quantized_bits(16,6)", "s16f9"),
    ("quantized_bits(8,4)", "s8f3"), ("quantized_bits(4,0,symmetric=1)", "s4f3 saturate-symmetric"),
    ("quantized_bits(4,0,1)", "s4f3 saturate-symmetric"),
    ("quantized_bits(6,2,keep_negative=0)", "u6f4"), ("quantized_bits(bits=6,integer=-1)", "s6f6"),
    ("quantized_relu(6)", "u6f6"), ("quantized_relu(6,2)", "u6f4"),
  ])
  func readsAndPrints(text: String, canonical: String) throws {
    let quantizer = try #require(Quantizer(spelling: text))
    #expect(quantizer.spelling == canonical)
    #expect(Quantizer(spelling: canonical) == quantizer)
  }

  @Test(arguments: [
    "", "6", "s6", "s6f5 round", "quantized_bits", "quantized_bits()", "quantized_bits(1,0)",
    "quantized_bits(6,0,alpha=2)", "quantized_bits(6,0,bits=6)", "quantized_bits(6,x)",
    "quantized_bits(6,0", "quantized_relu(6,0,1)", "quantized_relu(0)", "binary(1)",
    "quantized_bits(6,9223372036854775807)",
  ])
  func refusesTheRest(text: String) {
    #expect(Quantizer(spelling: text) == nil)
  }

  @Test func hasTheGridsOfQKeras() throws {
    let bits = try #require(FakeQuantizer(Quantizer(spelling: "quantized_bits(6,0,alpha=1)")!))
    #expect(bits.lowest == -1 && bits.highest == 31 / 32)
    #expect(bits(1 / 64) == 0 && bits(3 / 64) == 1 / 16)
    let relu = try #require(FakeQuantizer(Quantizer(spelling: "quantized_relu(6)")!))
    #expect(relu.lowest == 0 && relu.highest == 63 / 64)
    #expect(relu(1 / 128) == 0 && relu(3 / 128) == 1 / 32)
  }
}
