// Draws random networks: small ones mostly, odd ones often.

import FixedPoint
import GraphIR
import SeededRandom

public struct NetworkGenerator {
  public var random: SeededRandom
  /// Lookup layers are drawn on their own: networks without them stay what they were.
  private var lookupRandom: SeededRandom
  /// So are convolutional stages.
  private var stageGenerator: StageGenerator
  /// The most products of weights and inputs in one layer, which bounds the hardware.
  public var maximumProducts: Int

  /// With `hasLargeImages` they are as large as streaming hardware wants them.
  public init(seed: UInt64, maximumProducts: Int = 400, hasLargeImages: Bool = false) {
    random = SeededRandom(seed: seed)
    lookupRandom = SeededRandom(seed: seed ^ 0x6c6f_6f6b_7570)
    stageGenerator = StageGenerator(
      random: SeededRandom(seed: seed ^ 0x636f_6e76), isLarge: hasLargeImages)
    self.maximumProducts = maximumProducts
  }

  /// A compilable network, every second one of an image.
  public mutating func network() -> RandomNetwork {
    let isConvolutional = stageGenerator.pick(2) == 0
    while true {
      let spec = isConvolutional ? convolutional() : candidate()
      if spec.isCompilable, RandomStages.largestProducts(spec.graph) <= maximumProducts {
        return spec
      }
    }
  }

  /// A network of an image: stages, and few layers or none.
  private mutating func convolutional() -> RandomNetwork {
    let stages = stageGenerator.stages()
    var network = RandomNetwork(
      input: stageGenerator.input(stages.image), inputCount: stages.image.count, stages: stages,
      layers: [], isClassifier: false)
    let depth = stageGenerator.pick(3)
    var width = (try? network.graph.inferShapes())?.last?.count ?? 1
    for index in 0..<depth {
      network.layers.append(layer(inputs: width, isLast: index == depth - 1))
      width = network.layers[index].outputs
    }
    network.isClassifier = width > 1 && stageGenerator.pick(4) == 0
    return network
  }

  /// Raw inputs for `spec`: values inside, at and beyond what the input format holds.
  public mutating func frame(for spec: RandomNetwork) -> [Double] {
    (0..<spec.inputCount).map { element in
      let format = spec.input.format.format(of: element)
      let step = Double(sign: .plus, exponent: -format.fraction, significand: 1)
      let low = Double(format.minimum) * step
      let high = Double(format.maximum) * step
      switch pick(8) {
      case 0: return low
      case 1: return high
      case 2: return 0
      case 3: return (low + (high - low) * unit()) * 2.5 - step
      default: return low + (high - low) * unit() + step * 0.3
      }
    }
  }

  private mutating func candidate() -> RandomNetwork {
    var width = oneIn(6) ? 1 + pick(64) : 1 + pick(10)
    let count = width
    let input = quantize(count: count, maximumWidth: oneIn(5) ? 16 : 8)
    var layers: [RandomNetwork.Layer] = []
    let depth = 1 + pick(oneIn(4) ? 6 : 3)
    for index in 0..<depth {
      var layer = layer(inputs: width, isLast: index == depth - 1)
      width = layer.outputs
      if width <= 12, Int.random(in: 0..<5, using: &lookupRandom) == 0 {
        layer.lookup = RandomLookup(count: width, using: &lookupRandom)
      }
      layers.append(layer)
    }
    return RandomNetwork(
      input: input, inputCount: count, stages: nil, layers: layers,
      isClassifier: width > 1 && oneIn(3))
  }

  private mutating func layer(inputs: Int, isLast: Bool) -> RandomNetwork.Layer {
    var outputs = oneIn(6) ? 1 + pick(64) : 1 + pick(10)
    outputs = max(1, min(outputs, maximumProducts / inputs))
    if oneIn(5), inputs * inputs <= maximumProducts { outputs = inputs }
    let count = inputs * outputs
    let weightFormat = tensorFormat(
      count: count, channels: outputs, maximumWidth: oneIn(6) ? 16 : 6)
    let biasFormat = tensorFormat(count: outputs, channels: outputs, maximumWidth: 12)
    var activation: Op?
    switch pick(8) {
    case 0: activation = .leakyRelu(LeakyRelu(alpha: [0.25, 0.5, 0.1, -0.5, 2][pick(5)]))
    case 1: activation = .sigmoid(Sigmoid())
    case 2: activation = .tanh(Tanh())
    case 3...5: activation = .relu(Relu())
    default: break
    }
    var quantize: Quantize?
    let isReal =
      switch activation {
      case .sigmoid?, .tanh?: true
      default: false
      }
    if isReal || !oneIn(isLast ? 2 : 6) {
      quantize = self.quantize(count: outputs, maximumWidth: oneIn(6) ? 16 : 8)
    }
    return RandomNetwork.Layer(
      outputs: outputs, weights: weights(weightFormat, inputs, outputs),
      weightFormat: weightFormat,
      bias: oneIn(3) ? nil : (0..<outputs).map { integer(in: biasFormat.format(of: $0)) },
      biasFormat: biasFormat, batchNorm: oneIn(8) ? batchNorm(outputs) : nil,
      activation: activation, quantize: quantize, hasSkip: oneIn(5))
  }

  private mutating func weights(_ format: TensorFormat, _ inputs: Int, _ outputs: Int) -> [Int64] {
    let style = pick(7)
    var weights = (0..<inputs * outputs).map { index -> Int64 in
      let own = format.format(of: index)
      switch style {
      case 0: return 0
      case 1: return oneIn(4) ? integer(in: own) : 0
      case 2: return oneIn(2) ? own.minimum : own.maximum
      default: return integer(in: own)
      }
    }
    if oneIn(4), outputs > 1, format.isUniform {
      // Duplicate columns: neurons that compute the same.
      let (from, to) = (pick(outputs), pick(outputs))
      for i in 0..<inputs { weights[i * outputs + to] = weights[i * outputs + from] }
    }
    if oneIn(4) {
      let row = pick(inputs)
      for j in 0..<outputs { weights[row * outputs + j] = 0 }
    }
    if oneIn(4) {
      let column = pick(outputs)
      for i in 0..<inputs { weights[i * outputs + column] = 0 }
    }
    return weights
  }

  private mutating func batchNorm(_ channels: Int) -> RandomNetwork.BatchNormSpec {
    func dyadic(_ random: inout SeededRandom) -> Float {
      Float(Int.random(in: -16...16, using: &random)) / 8
    }
    return RandomNetwork.BatchNormSpec(
      gamma: (0..<channels).map { _ in dyadic(&random) },
      beta: (0..<channels).map { _ in dyadic(&random) },
      mean: (0..<channels).map { _ in dyadic(&random) },
      variance: (0..<channels).map { _ in abs(dyadic(&random)) })
  }

  private mutating func quantize(count: Int, maximumWidth: Int) -> Quantize {
    Quantize(
      tensorFormat(count: count, channels: count, maximumWidth: maximumWidth),
      Rounding.allCases[pick(Rounding.allCases.count)],
      Overflow.allCases[pick(Overflow.allCases.count)])
  }

  private mutating func tensorFormat(count: Int, channels: Int, maximumWidth: Int)
    -> TensorFormat
  {
    let center = pick(9) - 1
    switch pick(6) {
    case 0:
      return TensorFormat(
        repeating: (0..<channels).map { _ in format(maximumWidth, around: center) })
    case 1:
      return TensorFormat(repeating: (0..<count).map { _ in format(maximumWidth, around: center) })
    default: return TensorFormat(format(maximumWidth, around: center))
    }
  }

  private mutating func format(_ maximumWidth: Int, around fraction: Int) -> FixedFormat {
    FixedFormat(
      signed: oneIn(2), width: oneIn(12) ? 0 : 1 + pick(maximumWidth),
      fraction: fraction + pick(4) - 1)
  }

  private mutating func integer(in format: FixedFormat) -> Int64 {
    Int64.random(in: format.minimum...format.maximum, using: &random)
  }

  private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
  private mutating func oneIn(_ count: Int) -> Bool { pick(count) == 0 }
  private mutating func unit() -> Double { Double.random(in: 0..<1, using: &random) }
}
