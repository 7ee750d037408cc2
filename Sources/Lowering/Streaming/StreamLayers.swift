// A graph as layers of a streaming design: an op with the elementwise ops behind it.

import FixedPoint
import GraphIR

/// A node with what follows it in the same kernel.
public struct StreamLayer: Hashable, Sendable {
  /// The node whose operands the layer reads.
  public var core: Node.ID
  /// The node whose result it gives.
  public var last: Node.ID
  /// What is applied to the core op's result, first to last.
  public var steps: [Op]
}

extension Graph {
  /// The layers of the part of the graph that is hardware, in evaluation order; `borders` are its
  /// inputs. Flatten and reshape are none: they rename elements, and an elementwise op behind them that sees
  /// the same channels belongs to the layer in front.
  public func streamLayers(borders: Set<Node.ID>, shapes: [Shape]) -> [StreamLayer] {
    let users = users
    var isInside = [Bool](repeating: false, count: nodes.count)
    for border in borders { isInside[border.index] = true }
    var layerOf = [Int?](repeating: nil, count: nodes.count)
    var layers: [StreamLayer] = []
    for id in ids where !borders.contains(id) {
      let node = self[id]
      let operands = node.inputs.filter { isInside[$0.index] }
      guard !operands.isEmpty else { continue }
      isInside[id.index] = true
      let operand = node.inputs[0]
      if node.op.isReshaping(shapes[operand.index]) {
        let keepsChannels = shapes[operand.index].channels == shapes[id.index].channels
        if keepsChannels, users[operand.index].count == 1, !outputs.contains(operand) {
          layerOf[id.index] = layerOf[operand.index]
        }
        continue
      }
      if node.op.isElementwise, let layer = layerOf[node.inputs[0].index],
        users[node.inputs[0].index].count == 1, !outputs.contains(node.inputs[0])
      {
        layers[layer].steps += node.steps
        layers[layer].last = id
        layerOf[id.index] = layer
      } else {
        layerOf[id.index] = layers.count
        layers.append(StreamLayer(core: id, last: id, steps: node.epilogue))
      }
    }
    return layers
  }
}

extension Op {
  /// Whether the op only names the elements of `operand` anew, in the same order: a transpose does
  /// where it moves no axis but those of extent 1.
  func isReshaping(_ operand: Shape) -> Bool {
    switch self {
    case .flatten, .reshape: true
    case .transpose(let op):
      op.permutation.filter { operand.extents[$0] != 1 }.isAscending
    case .input, .constant, .dense, .conv, .add, .subtract, .multiply, .divide, .minimum, .maximum,
      .concat,
      .lookup, .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool,
      .reduce,
      .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function, .softmax,
      .integerSoftmax, .dynamicQuantize,
      .argmax,
      .quantize, .requantize, .table, .pad, .crop, .upsample, .slice, .gather, .dilate:
      false
    }
  }

  /// Whether the elementwise op treats all channels alike.
  var treatsChannelsAlike: Bool {
    if case .quantize(let op) = self { return op.format.isUniform }
    if case .requantize(let op) = self { return op.isUniform }
    if case .prelu = self { return false }
    return isElementwise
  }

  /// The same op on one position of `channels` elements; nil when positions differ.
  func atOnePosition(channels: Int) -> Op? {
    guard case .quantize(var op) = self, !op.format.isUniform else { return self }
    let formats = op.format.formats
    guard formats.count >= channels,
      formats.indices.allSatisfy({ formats[$0] == formats[$0 % channels] })
    else { return nil }
    op.format = TensorFormat(repeating: Array(formats.prefix(channels)))
    return .quantize(op)
  }
}

extension [Int] {
  fileprivate var isAscending: Bool { self == sorted() }
}
