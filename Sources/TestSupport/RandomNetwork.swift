// A random network as data: what the generator draws, what the shrinker simplifies.

import FixedPoint
import GraphIR

/// A multilayer perceptron with every numeric oddity the compiler must survive, with or without
/// convolutions in front.
public struct RandomNetwork: Hashable, Sendable {
  public var input: Quantize
  public var inputCount: Int
  /// What is in front of the layers where the input is an image.
  public var stages: RandomStages?
  public var layers: [Layer]
  /// Whether the network ends in a softmax, which the compiler turns into an argmax.
  public var isClassifier: Bool

  public struct Layer: Hashable, Sendable {
    public var outputs: Int
    /// [in, out], row-major, each an integer of its format.
    public var weights: [Int64]
    public var weightFormat: TensorFormat
    public var bias: [Int64]?
    public var biasFormat: TensorFormat
    public var batchNorm: BatchNormSpec?
    public var activation: Op?
    public var quantize: Quantize?
    /// Adds the layer's input to its result, where both have the same size.
    public var hasSkip: Bool
    /// Tables behind everything else.
    public var lookup: RandomLookup?

    /// The weights for so many inputs: they repeat where simpler stages in front made them more.
    func weights(_ inputs: Int) -> Constant {
      let count = inputs * outputs
      if count == weights.count {
        return Constant(shape: [inputs, outputs], fixed: weights, format: weightFormat)
      }
      return Constant(
        shape: [inputs, outputs], fixed: (0..<count).map { weights[$0 % weights.count] },
        format: TensorFormat(
          repeating: (0..<count).map { weightFormat.format(of: $0 % weights.count) }))
    }
  }

  public struct BatchNormSpec: Hashable, Sendable {
    public var gamma: [Float]
    public var beta: [Float]
    public var mean: [Float]
    public var variance: [Float]
  }

  /// The graph that the spec stands for.
  public var graph: Graph {
    var graph = Graph(name: "random")
    let x = graph.append("x", .input(Input(shape: stages?.image ?? [inputCount])))
    var last = graph.append("x_q", .quantize(input), [x])
    var width = inputCount
    if let stages { (last, width) = stages.append(to: &graph, behind: last) }
    for (index, layer) in layers.enumerated() {
      let name = "fc\(index + 1)"
      let entry = last
      var operands = [last, graph.append(name + "_w", .constant(layer.weights(width)))]
      if let bias = layer.bias {
        let constant = Constant(shape: [layer.outputs], fixed: bias, format: layer.biasFormat)
        operands.append(graph.append(name + "_b", .constant(constant)))
      }
      last = graph.append(name, .dense(Dense()), operands)
      if let norm = layer.batchNorm {
        let parameters = [norm.gamma, norm.beta, norm.mean, norm.variance]
        let nodes = zip(["gamma", "beta", "mean", "variance"], parameters).map { suffix, values in
          graph.append(
            "\(name)_\(suffix)", .constant(Constant(shape: [layer.outputs], real: values)))
        }
        last = graph.append(name + "_bn", .batchNorm(BatchNorm()), [last] + nodes)
      }
      if layer.hasSkip, width == layer.outputs {
        last = graph.append(name + "_skip", .add(Add()), [last, entry])
      }
      if let activation = layer.activation {
        last = graph.append(name + "_act", activation, [last])
      }
      if let quantize = layer.quantize {
        last = graph.append(name + "_q", .quantize(quantize), [last])
      }
      width = layer.outputs
      if let lookup = layer.lookup {
        last = lookup.append(to: &graph, behind: last, count: width, name: name + "_lookup")
      }
    }
    if isClassifier { last = graph.append("scores", .softmax(Softmax()), [last]) }
    graph.outputs = [last]
    return graph
  }

  /// Whether the network can be compiled: it verifies and no accumulator is too wide.
  public var isCompilable: Bool {
    let graph = graph
    guard graph.verify().isEmpty, let ranges = try? graph.inferRanges() else { return false }
    // Tables have at most 12 index bits.
    for id in graph.ids {
      switch graph[id].op {
      case .sigmoid, .tanh:
        guard case .fixed(let range) = ranges[graph[id].inputs[0].index],
          range.intervals.allSatisfy({ (FixedFormat(holding: $0)?.width ?? 99) <= 12 })
        else { return false }
      default: break
      }
    }
    return true
  }
}
