// Random convolutional stages: what stands between an image and the dense layers of a random network.

import FixedPoint
import GraphIR

/// Convolutions, pools and rearrangements of an image, joined with what came before.
public struct RandomStages: Hashable, Sendable {
  /// [L, C] or [H, W, C].
  public var image: Shape
  public var stages: [Stage]
  public var end: End
  /// Elements that no pool or rearrangement may exceed.
  var largestCount = 64

  /// What makes a vector of the last stage.
  public enum End: Hashable, Sendable {
    case flatten
    case globalMaxPool
    /// `flatten` where the mean is not exact.
    case globalAveragePool
  }

  public struct Stage: Hashable, Sendable {
    public var kind: Kind
    public var activation: Op?
    public var quantize: RandomQuantize?
    public var join: Join?
  }

  public enum Kind: Hashable, Sendable {
    case conv(RandomConvolution)
    case pool(Op)
    case rearrangement(Op)
  }

  /// The result together with an earlier value that fits, the `back`-th before the last one.
  public struct Join: Hashable, Sendable {
    public var op: Op
    public var back: Int
  }
}

/// A convolution that adapts to its input: kernel and bias repeat a list of integers.
public struct RandomConvolution: Hashable, Sendable {
  public var size: [Int]
  public var strides: [Int]
  public var padding: [Int]
  public var dilations: [Int]
  /// Outputs of each group.
  public var outputs: Int
  /// One group for each channel.
  public var isDepthwise: Bool
  public var integers: [Int64]
  public var format: FixedFormat
  public var hasBias: Bool

  func op(_ input: Shape) -> Conv {
    Conv(
      strides: strides, padding: padding, dilations: dilations,
      groups: isDepthwise ? input.channels : 1)
  }

  func kernel(_ input: Shape) -> Shape {
    Shape(
      size
        + (isDepthwise ? [1, input.channels * outputs] : [input.channels, outputs]))
  }

  /// As many of the integers as `shape` has elements.
  func parameter(_ shape: Shape) -> Constant {
    Constant(
      shape: shape, fixed: (0..<shape.count).map { integers[$0 % integers.count] },
      format: TensorFormat(format))
  }
}

/// A quantizer for any number of channels: its formats repeat.
public struct RandomQuantize: Hashable, Sendable {
  public var formats: [FixedFormat]
  public var rounding: Rounding
  public var overflow: Overflow

  func op(channels: Int) -> Quantize {
    let list = (0..<channels).map { formats[$0 % formats.count] }
    return Quantize(
      TensorFormat(repeating: formats.count == 1 ? formats : list), rounding, overflow)
  }
}

extension RandomStages {
  /// Appends the stages behind `image`; what does not fit its operand is left out, so that any part
  /// of the description can be changed alone. Returns a vector.
  func append(to graph: inout Graph, behind image: Node.ID) -> (id: Node.ID, count: Int) {
    var values = [(id: image, shape: self.image)]
    for (index, stage) in stages.enumerated() {
      let name = "s\(index + 1)"
      guard var value = append(stage.kind, name, to: &graph, values.last!) else { continue }
      if let join = stage.join {
        let fitting = values.reversed().compactMap { other in
          (try? join.op.definition.resultShape([value.shape, other.shape])).map { (other.id, $0) }
        }
        if !fitting.isEmpty {
          let (other, shape) = fitting[join.back % fitting.count]
          value = (graph.append(name + "_join", join.op, [value.id, other]), shape)
        }
      }
      if let activation = stage.activation {
        value.id = graph.append(name + "_act", activation, [value.id])
      }
      if let quantize = stage.quantize {
        let op = Op.quantize(quantize.op(channels: value.shape.channels))
        value.id = graph.append(name + "_q", op, [value.id])
      }
      values.append(value)
    }
    let last = values.last!
    switch end {
    case .globalMaxPool:
      let id = graph.append("features", .globalMaxPool(GlobalMaxPool()), [last.id])
      return (id, last.shape.channels)
    case .globalAveragePool where (last.shape.count / last.shape.channels).nonzeroBitCount == 1:
      let id = graph.append("features", .globalAveragePool(GlobalAveragePool()), [last.id])
      return (id, last.shape.channels)
    case .flatten, .globalAveragePool:
      return (graph.append("features", .flatten(Flatten()), [last.id]), last.shape.count)
    }
  }

  private func append(
    _ kind: Kind, _ name: String, to graph: inout Graph, _ x: (id: Node.ID, shape: Shape)
  ) -> (id: Node.ID, shape: Shape)? {
    switch kind {
    case .pool(let op), .rearrangement(let op):
      guard let shape = try? op.definition.resultShape([x.shape]), shape.count <= largestCount
      else {
        return nil
      }
      return (graph.append(name, op, [x.id]), shape)
    case .conv(let conv):
      let (op, kernel) = (conv.op(x.shape), conv.kernel(x.shape))
      guard let shape = try? op.resultShape([x.shape, kernel]) else { return nil }
      var operands = [x.id, graph.append(name + "_k", .constant(conv.parameter(kernel)))]
      if conv.hasBias {
        let bias = conv.parameter([kernel.channels])
        operands.append(graph.append(name + "_b", .constant(bias)))
      }
      return (graph.append(name, .conv(op), operands), shape)
    }
  }

  /// The most products of weights and inputs in one convolution of `graph`.
  static func largestProducts(_ graph: Graph) -> Int {
    guard let shapes = try? graph.inferShapes() else { return 0 }
    return graph.nodes.reduce(0) { largest, node in
      guard case .conv(let op) = node.op else { return largest }
      let products = op.products(
        input: shapes[node.inputs[0].index], kernel: shapes[node.inputs[1].index])
      return max(largest, products)
    }
  }

  /// Stages that are a little simpler, the boldest cuts first.
  var simpler: [RandomStages] {
    var list: [RandomStages] = []
    func add(_ change: (inout RandomStages) -> Void) {
      var copy = self
      change(&copy)
      if copy != self { list.append(copy) }
    }
    for index in stages.indices { add { $0.stages.remove(at: index) } }
    add { $0.end = .flatten }
    for index in stages.indices {
      add { $0.stages[index].join = nil }
      add { $0.stages[index].activation = nil }
      add { $0.stages[index].quantize = nil }
      let formats = stages[index].quantize?.formats ?? []
      add { $0.stages[index].quantize?.formats = Array(formats.prefix(1)) }
      add { $0.stages[index].quantize?.rounding = .floor }
      add { $0.stages[index].quantize?.overflow = .wrap }
      guard case .conv(let conv) = stages[index].kind else { continue }
      func addConv(_ change: (inout RandomConvolution) -> Void) {
        var copy = conv
        change(&copy)
        add { $0.stages[index].kind = .conv(copy) }
      }
      addConv { $0.hasBias = false }
      addConv { $0.strides = [] }
      addConv { $0.dilations = [] }
      addConv { $0.padding = [] }
      addConv { $0.outputs = 1 }
      addConv { $0.integers = [1] }
      addConv { $0.size = $0.size.map { _ in 1 } }
    }
    return list
  }
}
