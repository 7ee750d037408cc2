// A random network as data: what the generator draws, what the shrinker simplifies.

import FixedPoint
import GraphIR

/// A multilayer perceptron with every numeric oddity the compiler must survive.
public struct RandomNetwork: Hashable, Sendable {
  public var input: Quantize
  public var inputCount: Int
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
    let x = graph.append("x", .input(Input(shape: [inputCount])))
    var last = graph.append("x_q", .quantize(input), [x])
    var width = inputCount
    for (index, layer) in layers.enumerated() {
      let name = "fc\(index + 1)"
      let entry = last
      let weights = Constant(
        shape: [width, layer.outputs], fixed: layer.weights, format: layer.weightFormat)
      var operands = [last, graph.append(name + "_w", .constant(weights))]
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
