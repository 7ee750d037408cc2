// In which order of axes an input is best stored: that of the first layer that reads it.

/// Looks ahead from a model's inputs. An image that meets a convolution is stored channels last, so
/// that the host permutes it and no hardware does.
struct InputOrder {
  private let nodes: [ONNXNode]

  init(nodes: [ONNXNode]) { self.nodes = nodes }

  private static let elementwise: Set<String> = [
    "Add", "Sub", "Mul", "Div", "Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "Identity", "Cast",
    "Dropout", "Quant", "IntQuant", "BipolarQuant", "QuantizeLinear", "DequantizeLinear", "Pow",
    "Neg", "Abs", "Sqrt", "Exp", "Pad",
  ]
  private static let channelsSecond: Set<String> = [
    "Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool",
    "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization", "Resize", "Upsample",
    "DepthToSpace", "SpaceToDepth", "PRelu", "MultiThreshold",
  ]

  /// The axes of input `name` behind the first one in the order in which its first layer wants them;
  /// nil when that is the model's own order.
  func axes(of name: String, rank: Int) -> [Int]? {
    guard rank >= 3 else { return nil }
    var name = name
    /// For each axis of the value, that of the input.
    var axes = Array(0..<rank)
    for node in nodes where node.inputs.contains(name) {
      if node.type == "Transpose" {
        var permutation = Array((0..<rank).reversed())
        if case .integers(let list)? = node.attributes.first(where: { $0.name == "perm" })?.value {
          permutation = list.map { Int($0) }
        }
        guard permutation.sorted() == Array(0..<rank) else { return nil }
        axes = permutation.map { axes[$0] }
      } else if InputOrder.channelsSecond.contains(node.type), !node.domain.hasSuffix("_last"),
        node.inputs.first == name
      {
        guard axes[0] == 0 else { return nil }
        return Array(axes[2...]) + [axes[1]]
      } else if !InputOrder.elementwise.contains(node.type) {
        return nil
      }
      guard let output = node.outputs.first else { return nil }
      name = output
    }
    return nil
  }
}
