// Draws random convolutional stages.

import FixedPoint
import GraphIR
import SeededRandom

struct StageGenerator {
  var random: SeededRandom
  /// Whether images are as large as streaming hardware wants them, with as many channels.
  var isLarge = false

  /// One to four stages on a small image of one or two axes.
  mutating func stages() -> RandomStages {
    let rank = 1 + pick(2)
    let image =
      isLarge
      ? Shape((0..<rank).map { _ in rank == 1 ? 4 + pick(12) : 3 + pick(5) } + [1 + pick(6)])
      : Shape((0..<rank).map { _ in (rank == 1 ? 4 : 2) + pick(3) } + [1 + pick(3)])
    let stages = (0..<1 + pick(4)).map { _ in stage(rank) }
    let ends: [RandomStages.End] = [.flatten, .flatten, .globalMaxPool, .globalAveragePool]
    var result = RandomStages(image: image, stages: stages, end: ends[pick(ends.count)])
    if isLarge { result.largestCount = 512 }
    return result
  }

  /// The image's quantizer.
  mutating func input(_ image: Shape) -> Quantize {
    quantize().op(channels: oneIn(3) ? image.count : image.channels)
  }

  private mutating func stage(_ rank: Int) -> RandomStages.Stage {
    var kind: RandomStages.Kind
    switch pick(8) {
    case 0, 1: kind = .pool(pool(rank))
    case 2: kind = .rearrangement(rearrangement(rank))
    default: kind = .conv(convolution(rank))
    }
    var join: RandomStages.Join?
    if oneIn(2) {
      let ops: [Op] = [
        .add(Add()), .subtract(Subtract()), .minimum(Minimum()), .maximum(Maximum()),
        .concat(Concat()),
      ]
      join = RandomStages.Join(op: ops[pick(ops.count)], back: pick(2))
    }
    var activation: Op?
    switch pick(6) {
    case 0, 1: activation = .relu(Relu())
    case 2: activation = .prelu(PRelu(alpha: [[0.25, -0.5, 0.1, 2][pick(4)]]))
    case 3: activation = .clip(Clip(low: -1, high: Float(pick(5))))
    default: break
    }
    return RandomStages.Stage(
      kind: kind, activation: activation, quantize: oneIn(3) ? nil : quantize(), join: join)
  }

  private mutating func convolution(_ rank: Int) -> RandomConvolution {
    let format = FixedFormat.signed(1 + pick(5), fraction: pick(4))
    let size = (0..<rank).map { _ in 1 + pick(3) }
    // Half of them leave the extents as they are, so that their results can be joined.
    let isSame = oneIn(2)
    return RandomConvolution(
      size: size, strides: isSame ? [] : (0..<rank).map { _ in 1 + pick(2) },
      padding: isSame
        ? size.flatMap { [($0 - 1) / 2, $0 / 2] } : (0..<2 * rank).map { _ in pick(3) },
      dilations: isSame || oneIn(2) ? [] : (0..<rank).map { _ in 1 + pick(2) },
      outputs: 1 + pick(isLarge ? 6 : 2), isDepthwise: oneIn(3),
      integers: (0..<23).map { _ in
        oneIn(4) ? 0 : Int64.random(in: format.minimum...format.maximum, using: &random)
      }, format: format, hasBias: oneIn(2))
  }

  private mutating func pool(_ rank: Int) -> Op {
    let size = (0..<rank).map { _ in 1 + pick(2) }
    let strides = oneIn(2) ? size : size.map { _ in 1 + pick(2) }
    switch pick(3) {
    case 0: return .averagePool(AveragePool(PoolWindow(size: size, strides: strides)))
    case 1:
      let padding = size.flatMap { [pick($0), pick($0)] }
      return .sumPool(SumPool(PoolWindow(size: size, strides: strides, padding: padding)))
    default:
      let padding = size.flatMap { [pick($0), pick($0)] }
      return .maxPool(MaxPool(PoolWindow(size: size, strides: strides, padding: padding)))
    }
  }

  private mutating func rearrangement(_ rank: Int) -> Op {
    switch pick(5) {
    case 0: return .pad(Pad(padding: (0..<2 * rank).map { _ in pick(2) }))
    case 1: return .crop(Crop(cropping: (0..<2 * rank).map { _ in pick(2) }))
    case 2: return .upsample(Upsample(factors: (0..<rank).map { _ in 1 + pick(2) }))
    case 3: return .slice(Slice(begin: pick(2), count: 1 + pick(2)))
    default:
      return .transpose(
        Transpose(permutation: Array(0...rank).shuffled(using: &random)))
    }
  }

  private mutating func quantize() -> RandomQuantize {
    let center = pick(5) - 1
    return RandomQuantize(
      formats: (0..<(oneIn(2) ? 1 : 3)).map { _ in
        FixedFormat(
          signed: oneIn(2), width: oneIn(16) ? 0 : 1 + pick(6), fraction: center + pick(3))
      }, rounding: Rounding.allCases[pick(Rounding.allCases.count)],
      overflow: Overflow.allCases[pick(Overflow.allCases.count)])
  }

  mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
  private mutating func oneIn(_ count: Int) -> Bool { pick(count) == 0 }
}
