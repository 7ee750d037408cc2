// Random networks as streaming hardware likes them.

import FixedPoint
import GraphIR
import SeededRandom

extension RandomNetwork {
  /// The same network where all elements of a tensor have one format, so that they can share hardware.
  public var withUniformFormats: RandomNetwork {
    var copy = self
    copy.input = copy.input.uniform
    for index in copy.layers.indices {
      copy.layers[index].quantize = copy.layers[index].quantize?.uniform
    }
    for index in copy.stages?.stages.indices ?? 0..<0 {
      guard let formats = copy.stages?.stages[index].quantize?.formats else { continue }
      copy.stages?.stages[index].quantize?.formats = Array(formats.prefix(1))
    }
    return copy
  }

  /// The same network where most weights are zero.
  public func pruned(using random: inout SeededRandom) -> RandomNetwork {
    var copy = self
    func prune(_ weight: Int64) -> Int64 {
      Int.random(in: 0..<10, using: &random) < 7 ? 0 : weight
    }
    for index in copy.layers.indices {
      copy.layers[index].weights = copy.layers[index].weights.map(prune)
    }
    for index in copy.stages?.stages.indices ?? 0..<0 {
      guard case .conv(var conv) = copy.stages?.stages[index].kind else { continue }
      conv.integers = conv.integers.map(prune)
      copy.stages?.stages[index].kind = .conv(conv)
    }
    return copy
  }
}

extension Quantize {
  fileprivate var uniform: Quantize {
    // Constant zero in every element would leave no network.
    let widest = format.formats.max { $0.width < $1.width }
    return Quantize(TensorFormat(widest ?? .signed(4, fraction: 0)), rounding, overflow)
  }
}
