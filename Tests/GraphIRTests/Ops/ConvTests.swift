import FixedPoint
import SeededRandom
import TestSupport
import Testing

@testable import GraphIR

/// A convolution of one or two axes with everything that is odd about one.
struct RandomConv: CustomStringConvertible {
  var op: Conv
  var input: Shape
  var kernel: Shape

  var description: String { "\(op.attributes) on \(input), kernel \(kernel)" }

  init(using random: inout SeededRandom) {
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let rank = pick(1...2)
    let groups = pick(1...3)
    let channels = groups * pick(1...2)
    let size = (0..<rank).map { _ in pick(1...3) }
    let dilations = (0..<rank).map { _ in pick(1...2) }
    op = Conv(
      strides: (0..<rank).map { _ in pick(1...3) },
      padding: (0..<2 * rank).map { _ in pick(0...3) },
      dilations: dilations, groups: groups)
    input = Shape(
      (0..<rank).map { (size[$0] - 1) * dilations[$0] + pick(1...3) } + [channels])
    kernel = Shape(size + [channels / groups, groups * pick(1...2)])
  }

  /// The definition, one sum after the other.
  func naive(_ x: [Double], _ weights: [Double], _ bias: [Double]) -> [Double] {
    let rank = input.rank - 1
    let extents = rank == 2 ? Array(input.extents[..<2]) : [1, input.extents[0]]
    let size = rank == 2 ? Array(kernel.extents[..<2]) : [1, kernel.extents[0]]
    let strides = rank == 2 ? op.strides : [1] + op.strides
    let dilations = rank == 2 ? op.dilations : [1] + op.dilations
    let padding = rank == 2 ? op.padding : [0, 0] + op.padding
    let (channels, outputs) = (input.channels, kernel.channels)
    let perGroup = channels / op.groups
    let count = (0..<2).map { axis -> Int in
      let reach = (size[axis] - 1) * dilations[axis] + 1
      let total = extents[axis] + padding[2 * axis] + padding[2 * axis + 1]
      return (total - reach) / strides[axis] + 1
    }
    var result: [Double] = []
    for row in 0..<count[0] {
      for column in 0..<count[1] {
        for j in 0..<outputs {
          var sum = bias[j]
          for y in 0..<size[0] {
            for x0 in 0..<size[1] {
              let iy = row * strides[0] - padding[0] + y * dilations[0]
              let ix = column * strides[1] - padding[2] + x0 * dilations[1]
              if iy < 0 || iy >= extents[0] || ix < 0 || ix >= extents[1] { continue }
              for c in 0..<perGroup {
                let channel = j / (outputs / op.groups) * perGroup + c
                sum +=
                  x[(iy * extents[1] + ix) * channels + channel]
                  * weights[((y * size[1] + x0) * perGroup + c) * outputs + j]
              }
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }
}

private func integers(_ count: Int, _ range: ClosedRange<Int64>, _ random: inout SeededRandom)
  -> [Int64]
{
  (0..<count).map { _ in Int64.random(in: range, using: &random) }
}

@Suite struct ConvTests {
  @Test func everyConvolutionIsItsDefinition() throws {
    var random = SeededRandom(seed: 21)
    for _ in 0..<300 {
      let example = RandomConv(using: &random)
      let x = fixed(integers(example.input.count, -8...7, &random), 1, shape: example.input)
      let weights = fixed(integers(example.kernel.count, -8...7, &random), 2, shape: example.kernel)
      let bias = fixed(integers(example.kernel.channels, -9...9, &random), 4)
      let expected = example.naive(numbers(x), numbers(weights), numbers(bias))
      let shape = try example.op.resultShape([x.shape, weights.shape, bias.shape])
      for operands in [
        [x, weights, bias], [x, weights, bias].map { real(numbers($0), shape: $0.shape) },
      ] {
        let result = example.op.evaluate(operands)
        #expect(result.shape == shape, "\(example)")
        #expect(numbers(result) == expected, "\(example)")
        let shapes = operands.map(\.shape)
        let prepared = example.op.prepared([nil, operands[1], operands[2]], shapes)
        #expect(prepared(operands) == result, "\(example)")
        #expect(example.op.prepared([nil, operands[1], nil], shapes)(operands) == result)
        #expect(example.op.prepared([nil, nil, operands[2]], shapes)(operands) == result)
      }
    }
  }

  /// Beyond 2^53 a double would round.
  @Test func longIntegersStayExact() {
    let weights = fixed([(1 << 40) + 1, 1 << 20], 0, shape: [2, 1, 1])
    let x = fixed([(1 << 20) + 1, 3, -(1 << 20)], 0, shape: [3, 1])
    let result = Conv().evaluate([x, weights])
    let a = (Int64(1) << 40 + 1) * (1 << 20 + 1) + 3 << 20
    let b = (Int64(1) << 40 + 1) * 3 - 1 << 40
    #expect(result == fixed([a, b], 0, shape: [2, 1]))
    let bias = fixed([(1 << 60) + 1], 0)
    #expect(
      Conv().evaluate([fixed([1], 0, shape: [1, 1]), fixed([1], 0, shape: [1, 1, 1]), bias])
        == fixed([(1 << 60) + 2], 0, shape: [1, 1]))
  }

  /// Every channel's interval holds what is computed, and both bounds occur at some position.
  @Test func boundsArePerChannelAndAttained() throws {
    var random = SeededRandom(seed: 22)
    for _ in 0..<150 {
      let example = RandomConv(using: &random)
      let formats = (0..<example.input.channels).map { _ in
        FixedFormat.random(maximumWidth: 5, using: &random)
      }
      let x = ranges(formats, shape: example.input)
      let weights = integers(example.kernel.count, -8...7, &random)
      let outputs = example.kernel.channels
      let kernel = Constant(
        shape: example.kernel, fixed: weights, format: TensorFormat(.signed(4, fraction: 2)))
      let bias = Constant(
        shape: [outputs], fixed: integers(outputs, -8...7, &random),
        format: TensorFormat(.signed(4, fraction: 1)))
      let range = try exact(
        example.op.range([.fixed(x), kernel.range([]), bias.range([])]))
      #expect(range.format != nil && range.intervals.count == range.shape.count)
      var reached = [[Interval]](repeating: [], count: outputs)
      for isHigh in [false, true] {
        for position in 0..<range.shape.count {
          // The input that drives this element to its bound: its derivative tells the signs.
          let unit = (0..<example.input.count).map { element in
            var probe = [Double](repeating: 0, count: example.input.count)
            probe[element] = 1
            return example.naive(
              probe, weights.map { Double($0) }, [Double](repeating: 0, count: outputs))[position]
          }
          let values = x.intervals.indices.map { index -> Int64 in
            let interval = x.intervals[index]
            if interval.isZero { return 0 }
            return Int64((unit[index] > 0) == isHigh ? interval.high : interval.low)
              << Int64(x.fraction - interval.fraction)
          }
          let result = example.op.evaluate([
            fixed(values, x.fraction, shape: example.input), kernel.value, bias.value,
          ])
          #expect(range.contains(result), "\(example)")
          guard case .fixed(let tensor) = result else { continue }
          reached[position % outputs].append(
            Interval(constant: Int128(tensor.values[position]), fraction: tensor.fraction))
        }
      }
      for channel in 0..<outputs {
        let hull = reached[channel].reduce(reached[channel][0]) { $0.union($1) }
        let interval = range.intervals[channel]
        let fraction = max(hull.fraction, interval.fraction)
        let (a, b) = (hull.atFraction(fraction), interval.atFraction(fraction))
        #expect((a.low, a.high) == (b.low, b.high), "\(example) channel \(channel)")
      }
    }
  }

  @Test(
    arguments: [
      (
        Conv(), [[4, 1], [3, 2]],
        "a kernel of shape [k, C, out] or [k, k, C, out] is expected; got [3, 2]"
      ),
      (Conv(), [[4, 2], [3, 1, 2]], "the kernel [3, 1, 2] reads 1 channels, the input has 2"),
      (
        Conv(groups: 2), [[4, 4], [3, 4, 2]],
        "the kernel [3, 4, 2] reads 4 channels, the input has 4 in 2 groups"
      ),
      (Conv(groups: 2), [[4, 3], [3, 1, 2]], "2 groups do not divide 3 channels and 2 outputs"),
      (Conv(groups: 0), [[4, 3], [3, 1, 2]], "0 groups do not divide 3 channels and 2 outputs"),
      (Conv(), [[4, 1], [3, 1, 2], [3]], "bias [3] does not fit 2 outputs"),
      (Conv(), [[4, 1], [5, 1, 2]], "a window of 5 does not fit 4 elements"),
    ] as [(Conv, [Shape], String)])
  func shapesThatDoNotFitAreRefused(op: Conv, shapes: [Shape], reason: String) {
    #expect(refusal(op, shapes) == reason)
  }

  @Test func productsAreCountedWithoutPadding() {
    // 3 positions of 3 taps, one of which is padding at either end.
    #expect(Conv(padding: [1, 1]).products(input: [3, 2], kernel: [3, 2, 5]) == 7 * 10)
    #expect(
      Conv().products(input: [28, 28, 1], kernel: [5, 5, 1, 32]) == 24 * 24 * 25 * 32)
  }

  @Test func weightsOfAnySizeHaveTheSameSums() {
    // The quick sums and those of intervals, on the same operands.
    var random = SeededRandom(seed: 23)
    for _ in 0..<100 {
      let x = (0..<4).map { _ in FixedFormat.random(maximumWidth: 9, using: &random).interval }
      let integers = integers(2 * 2 * 6, -9...9, &random)
      let constants = ElementRanges(
        shape: [2, 2, 6], fraction: 3,
        intervals: integers.map { Interval(constant: Int128($0), fraction: 3) })
      let quick = intervalSums(x, constants, taps: 2, groups: 2)
      // 40 bits more do not fit the quick way.
      let long = x.map { Interval(low: $0.low << 40, high: $0.high << 40, fraction: $0.fraction) }
      let slow = intervalSums(long, constants, taps: 2, groups: 2)
      for (a, b) in zip(quick, slow) {
        if a.isZero && b.isZero { continue }
        let longer = Interval(low: a.low << 40, high: a.high << 40, fraction: a.fraction)
        #expect(longer == b)
      }
    }
  }
}
