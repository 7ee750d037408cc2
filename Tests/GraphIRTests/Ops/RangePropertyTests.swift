// The property every op must have: its range holds whatever it computes of operands in range.

import FixedPoint
import SeededRandom
import Testing

@testable import GraphIR

/// An op with ranges of operands it takes.
private struct Case {
  var op: any OpDefinition
  var operands: [ElementRanges]

  static func random(_ mnemonic: String, using random: inout SeededRandom) -> Case? {
    func formats(_ count: Int, _ random: inout SeededRandom) -> [FixedFormat] {
      (0..<count).map { _ in FixedFormat.random(maximumWidth: 9, using: &random) }
    }
    let count = Int.random(in: 1...5, using: &random)
    let x = ranges(formats(count, &random))
    switch mnemonic {
    case Dense.mnemonic:
      let outputs = Int.random(in: 1...3, using: &random)
      let weights = ranges(formats(count * outputs, &random), shape: [count, outputs])
      let bias = ranges(formats(outputs, &random))
      let operands = Bool.random(using: &random) ? [x, weights] : [x, weights, bias]
      return Case(op: Dense(), operands: operands)
    case Conv.mnemonic:
      let example = RandomConv(using: &random)
      func some(_ shape: Shape) -> ElementRanges {
        ranges(formats(shape.channels, &random), shape: shape)
      }
      return Case(
        op: example.op,
        operands: [some(example.input), some(example.kernel), some([example.kernel.channels])])
    case MaxPool.mnemonic, SumPool.mnemonic, AveragePool.mnemonic:
      let plane = ranges(formats(36, &random), shape: [3, 4, 3])
      // One, two or four elements under each window.
      let window = PoolWindow(size: [2, 2], strides: [1, 2], padding: [1, 1, 0, 0])
      let ops: [any OpDefinition] = [MaxPool(window), SumPool(window), AveragePool(window)]
      let op = ops.first { type(of: $0).mnemonic == mnemonic }!
      return Case(op: op, operands: [plane])
    case GlobalMaxPool.mnemonic:
      return Case(op: GlobalMaxPool(), operands: [ranges(formats(6, &random), shape: [3, 2])])
    case GlobalAveragePool.mnemonic:
      return Case(
        op: GlobalAveragePool(), operands: [ranges(formats(8, &random), shape: [2, 2, 2])])
    case Multiply.mnemonic:
      let other = Bool.random(using: &random) ? count : 1
      return Case(op: Multiply(), operands: [x, ranges(formats(other, &random))])
    case Concat.mnemonic:
      return Case(op: Concat(), operands: [x, ranges(formats(2, &random)), x])
    case Clip.mnemonic:
      let low = Float(Int.random(in: -20...20, using: &random)) / 4
      return Case(op: Clip(low: low, high: low + 2.5), operands: [x])
    case Add.mnemonic, Subtract.mnemonic, Minimum.mnemonic, Maximum.mnemonic:
      let ops: [any OpDefinition] = [Add(), Subtract(), Minimum(), Maximum()]
      let op = ops.first { type(of: $0).mnemonic == mnemonic }!
      let other = Bool.random(using: &random) ? count : 1
      return Case(op: op, operands: [x, ranges(formats(other, &random))])
    case Pad.mnemonic, Crop.mnemonic, Upsample.mnemonic, Slice.mnemonic, Transpose.mnemonic:
      let ops: [any OpDefinition] = [
        Pad(padding: [1, 0, 0, 2]), Crop(cropping: [0, 1, 1, 0]), Upsample(factors: [2, 3]),
        Slice(begin: 1, count: 2), Transpose(permutation: [1, 2, 0]),
      ]
      let op = ops.first { type(of: $0).mnemonic == mnemonic }!
      return Case(op: op, operands: [ranges(formats(24, &random), shape: [2, 4, 3])])
    case PRelu.mnemonic:
      let alpha = (0..<count).map { _ in Float(Int.random(in: -12...12, using: &random)) / 4 }
      return Case(op: PRelu(alpha: alpha), operands: [x])
    case Relu.mnemonic: return Case(op: Relu(), operands: [x])
    case LeakyRelu.mnemonic:
      let alpha = Float(Int.random(in: -12...12, using: &random)) / 4
      return Case(op: LeakyRelu(alpha: alpha), operands: [x])
    case Quantize.mnemonic:
      let op = Quantize(
        TensorFormat(repeating: formats(count, &random)),
        Rounding.allCases.randomElement(using: &random)!,
        Overflow.allCases.randomElement(using: &random)!)
      return Case(op: op, operands: [x])
    case Requantize.mnemonic:
      return Case(op: requantize(using: &random), operands: [integers(count, using: &random)])
    case Table.mnemonic:
      let values = (0..<1024).map { _ in Int64.random(in: -9...9, using: &random) }
      let op = Table(first: -512, values: values, format: .signed(5, fraction: 2))
      return Case(op: op, operands: [integers(count, using: &random)])
    case Flatten.mnemonic: return Case(op: Flatten(), operands: [x])
    case Reshape.mnemonic: return Case(op: Reshape(shape: [count, 1]), operands: [x])
    case Argmax.mnemonic: return Case(op: Argmax(), operands: [x])
    default: return nil
    }
  }

  /// Integers of at most nine bits.
  private static func integers(_ count: Int, using random: inout SeededRandom) -> ElementRanges {
    ranges(
      (0..<count).map { _ in
        let width = Int.random(in: 0...6, using: &random)
        return FixedFormat(
          signed: Bool.random(using: &random), width: width,
          fraction: Int.random(in: -3...0, using: &random))
      })
  }

  private static func requantize(using random: inout SeededRandom) -> Requantize {
    // Few bits, so that the exact product is one in floating point, too.
    let scale = Float(Int.random(in: 1...4095, using: &random)) / 4096
    let arithmetic = Requantize.Arithmetic.allCases.randomElement(using: &random)!
    let point = Int64.random(in: -9...9, using: &random)
    if arithmetic.hasMantissas {
      return Requantize(
        multipliers: [Q31Multiplier(Double(scale))], isRoundedOnce: arithmetic == .q31Once,
        zeroPoints: [point],
        to: .signed(6, fraction: 0))
    }
    return Requantize(
      arithmetic, scales: [scale], zeroPoints: [point], to: .unsigned(6, fraction: 0),
      rounding: Rounding.allCases.randomElement(using: &random)!)
  }
}

@Suite struct RangePropertyTests {
  private static let exactOps = [
    Dense.mnemonic, Add.mnemonic, Relu.mnemonic, LeakyRelu.mnemonic, Quantize.mnemonic,
    Flatten.mnemonic, Reshape.mnemonic, Argmax.mnemonic, Conv.mnemonic, MaxPool.mnemonic,
    SumPool.mnemonic, AveragePool.mnemonic, GlobalMaxPool.mnemonic, GlobalAveragePool.mnemonic,
    Multiply.mnemonic, Concat.mnemonic, Clip.mnemonic, Subtract.mnemonic, Minimum.mnemonic,
    Maximum.mnemonic, Pad.mnemonic, Crop.mnemonic, Upsample.mnemonic, Slice.mnemonic,
    Transpose.mnemonic, PRelu.mnemonic, Requantize.mnemonic, Table.mnemonic,
  ]

  @Test(arguments: exactOps)
  func theRangeHoldsEveryResult(mnemonic: String) throws {
    var random = SeededRandom(seed: 11)
    for _ in 0..<150 {
      let example = Case.random(mnemonic, using: &random)!
      let range = try exact(example.op.range(example.operands.map { .fixed($0) }))
      for _ in 0..<8 {
        let operands = example.operands.map { $0.random(using: &random) }
        let value = example.op.evaluate(operands)
        #expect(range.contains(value), "\(example.op) of \(operands): \(value) outside \(range)")
        // Small numbers are exact in floating point, too.
        let real = example.op.evaluate(operands.map { .real($0.asReal) })
        #expect(numbers(real) == numbers(value), "\(example.op) of \(operands)")
      }
    }
  }

  @Test func theRangeOfABatchNormHoldsEveryResult() throws {
    var random = SeededRandom(seed: 12)
    for _ in 0..<100 {
      let channels = Int.random(in: 1...3, using: &random)
      let x = ranges((0..<channels).map { _ in .random(maximumWidth: 8, using: &random) })
      let parameters = (0..<4).map { position in
        real(
          (0..<channels).map { _ in
            let number = Double(Int.random(in: -8...8, using: &random)) / 4
            return position == 3 ? abs(number) : number
          })
      }
      let bounds = parameters.map { value in
        ValueRange.real(shape: value.shape, bounds: numbers(value).map { $0...$0 })
      }
      let norm = BatchNorm(epsilon: 0.0625)
      let range = try exact(norm.range([.fixed(x)] + bounds))
      for _ in 0..<8 {
        let operand = x.random(using: &random)
        #expect(range.contains(norm.evaluate([operand] + parameters)))
      }
    }
  }

  @Test func boundsAreAttainedWhereOperandsAreIndependent() throws {
    // Dense and add reach their bounds at the corners: no accumulator is a bit too wide.
    var random = SeededRandom(seed: 13)
    for _ in 0..<100 {
      let formats = (0..<3).map { _ in FixedFormat.random(maximumWidth: 5, using: &random) }
      let x = ranges(formats)
      let weights = (0..<3).map { _ in Int64.random(in: -8...7, using: &random) }
      let matrix = Constant(
        shape: [3, 1], fixed: weights, format: TensorFormat(.signed(4, fraction: 2)))
      let range = try exact(Dense().range([.fixed(x), matrix.range([])]))
      func corner(_ isHigh: Bool) -> Value {
        let values = x.intervals.indices.map { index -> Int64 in
          let interval = x.intervals[index]
          if interval.isZero { return 0 }
          let bound = isHigh == (weights[index] > 0) ? interval.high : interval.low
          return Int64(bound) << Int64(x.fraction - interval.fraction)
        }
        return Dense().evaluate([fixed(values, x.fraction), matrix.value])
      }
      func value(_ bound: Int128) -> Double {
        Double(bound) * Double(sign: .plus, exponent: -range.intervals[0].fraction, significand: 1)
      }
      #expect(numbers(corner(true)) == [value(range.intervals[0].high)])
      #expect(numbers(corner(false)) == [value(range.intervals[0].low)])
    }
  }
}
