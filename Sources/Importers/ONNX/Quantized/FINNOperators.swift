// The operators that FINN's compiler makes of a quantized network.

import Diagnostics
import FixedPoint
import GraphIR

/// The types of FINN's annotations: `UINT8`, `INT4`, `BIPOLAR` …
struct FINNType {
  var format: FixedFormat?

  /// Nil for a name that is no type at all.
  init?(_ name: String) {
    switch name {
    case "BINARY": format = .unsigned(1, fraction: 0)
    case "BIPOLAR": format = .signed(2, fraction: 0)
    case "TERNARY": format = .signed(2, fraction: 0)
    case _ where name.hasPrefix("UINT"):
      guard let bits = Int(name.dropFirst(4)), (1...32).contains(bits) else { return nil }
      format = .unsigned(bits, fraction: 0)
    case _ where name.hasPrefix("INT"):
      guard let bits = Int(name.dropFirst(3)), (1...32).contains(bits) else { return nil }
      format = .signed(bits, fraction: 0)
    default: format = nil
    }
  }
}

enum FINNOperators {
  static let table: [String: ONNXOperator] = [
    "MultiThreshold": multiThreshold, "XnorPopcountMatMul": xnorPopcount,
  ]

  /// How many thresholds of its channel each element reaches, times a scale, plus a bias.
  ///
  /// The comparison with a threshold is a floor cut to one bit, -1 below it and 0 from it on; they
  /// are added up.
  private static func multiThreshold(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let thresholds = try node.constant(1, "the thresholds")
    let scale = Double(try node.real("out_scale", default: 1))
    let bias = Double(try node.real("out_bias", default: 0))
    var x = try importer.traced(node, 0)
    if x.affine.scale.contains(where: { $0 <= 0 }) { x = try importer.builder.materialized(x) }
    let axis = try channelAxis(node, rank: x.axes.count)
    let channels = x.shape[axis]
    guard thresholds.shape.count == 2, thresholds.shape[1] >= 1,
      thresholds.shape[0] == 1 || thresholds.shape[0] == channels
    else {
      throw node.refusal("thresholds of shape \(thresholds.shape) do not fit \(channels) channels")
    }
    let count = thresholds.shape[1]
    guard count <= 1 << 16, scale.isFinite, bias.isFinite else {
      throw node.refusal("\(count) thresholds are too many")
    }
    x = try importer.builder.innermost(x, axis)
    let order = x.sources(of: axis)
    let result = try importer.reached(x, thresholds, order: order, count: count)
    var y = x
    y.node = result
    y.affine = Affine(zero: [0], scale: [scale], offset: [bias])
    if scale != 0, (bias / scale * 2).rounded() == bias / scale * 2 {
      y.affine = Affine(zero: [-bias / scale], scale: [scale])
    }
    return [.traced(y)]
  }

  private static func channelAxis(_ node: NodeContext, rank: Int) throws(Diagnostic) -> Int {
    let layout = try node.text("data_layout", default: "")
    var axis = min(1, rank - 1)
    if !layout.isEmpty, layout.utf8.count == rank,
      let index = layout.firstIndex(of: "C")
    {
      axis = layout.distance(from: layout.startIndex, to: index)
    }
    guard axis >= 0 else { throw node.refusal("its input has no channels") }
    return axis
  }

  /// How many bits of two vectors of bits agree: a product of signs, moved and halved.
  private static func xnorPopcount(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let bits = try node.constant(1, "the second factor")
    let values = bits.reals
    guard bits.shape.count == 2, values.allSatisfy({ $0 == 0 || $0 == 1 }) else {
      throw node.refusal("its weights are no matrix of bits")
    }
    // With bits x and w: agreement is 1 - w + x (2 w - 1).
    let signs = ONNXTensor(.float, bits.shape, reals: values.map { 2 * $0 - 1 })
    let outputs = bits.shape[1]
    var zeros = [Float](repeating: 0, count: outputs)
    for (index, value) in values.enumerated() { zeros[index % outputs] += 1 - value }
    let bias = Bias(
      ONNXTensor(.float, [outputs], reals: zeros), name: node.node.displayName + "_zeros")
    return [
      .traced(
        try importer.product(
          x, signs, isLeft: false, node, importer.constantName(node, 1), bias: bias))
    ]
  }
}

extension ONNXImporter {
  /// How many of `count` thresholds each element of `x` reaches; channels are the node's last axis.
  mutating func reached(
    _ x: Traced, _ thresholds: ONNXTensor, order: [Int], count: Int
  ) throws(Diagnostic) -> Node.ID {
    let values = thresholds.reals.map { Double($0) }
    let rows = thresholds.shape[0]
    let channels = order.count
    try builder.spend(channels * count)
    var list: [Double] = []
    for channel in 0..<channels {
      let row = rows == 1 ? 0 : order[channel]
      list += values[row * count..<(row + 1) * count]
    }
    guard list.allSatisfy({ $0.isFinite }) else {
      throw builder.context.refusal("a threshold is not finite")
    }
    var node = x.node
    let shape = builder.shapes[node.index]
    if builder.isExact[node.index] {
      // Thresholds of the integers, not of what they mean.
      let (zero, scale, offset) = (x.affine.zero, x.affine.scale, x.affine.offset)
      for index in list.indices {
        let channel = index / count
        list[index] =
          (list[index] - offset[channel % offset.count]) / scale[channel % scale.count]
          + zero[channel % zero.count]
      }
      // Between two neighbours of a grid any threshold is the upper one.
      let step = exp2(builder.extents[node.index].fraction)
      list = list.map { ($0 * step).rounded(.up) / step }
    }
    if count > 1 {
      let repeated = (0..<channels).flatMap { [Int](repeating: $0, count: count) }
      node = try builder.append(
        .gather(Gather(axis: max(shape.rank - 1, 0), indices: repeated)), [node],
        suffix: "_repeat", extent: builder.extents[node.index])
    }
    node = try builder.combined(node, list, .subtract, "_difference")
    let bit = GraphBuilder.Extent(magnitude: 1, fraction: 0)
    node = try builder.append(
      .quantize(Quantize(FixedFormat.signed(1, fraction: 0), .floor, .saturate)), [node],
      suffix: "_below", extent: bit)
    if count > 1 {
      node = try builder.reshapedNode(node, Shape(shape.extents.dropLast() + [channels, count]))
      node = try builder.append(
        .reduce(Reduce(.sum, axes: [max(shape.rank, 1)])), [node], suffix: "_sum",
        extent: GraphBuilder.Extent(magnitude: Double(count), fraction: 0))
    }
    return try builder.combined(node, [Double(count)], .add, "")
  }
}

/// Operators of QONNX whose tensors have their channels last.
enum ChannelsLastOperators {
  static let table: [String: ONNXOperator] = [
    "Conv": { (i, n) throws(Diagnostic) in try wrapped(&i, n, "Conv", kernel: true) },
    "MaxPool": { (i, n) throws(Diagnostic) in try wrapped(&i, n, "MaxPool", kernel: false) },
    "BatchNormalization": { (i, n) throws(Diagnostic) in
      try wrapped(&i, n, "BatchNormalization", kernel: false)
    },
  ]

  /// The operator of the standard on axes in the standard's order: no data moves.
  private static func wrapped(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ name: String, kernel: Bool
  ) throws(Diagnostic) -> [ONNXValue] {
    guard let operation = ONNXOperators.find("", name) else { return [] }
    let x = try importer.traced(node, 0)
    let rank = x.axes.count
    guard rank >= 2 else { throw node.refusal("its input has no channels") }
    let first = [0, rank - 1] + Array(1..<rank - 1)
    var inputs = node.inputs
    inputs[0] = .traced(importer.builder.transposed(x, first))
    if kernel {
      let weights = try node.constant(1, "the kernel")
      guard weights.shape.count == rank else {
        throw node.refusal("a kernel of shape \(weights.shape) does not fit \(x.shape)")
      }
      inputs[1] = .constant(weights.transposed(first))
    }
    let context = NodeContext(
      node: node.node, file: node.file, opset: importer.model.opset, inputs: inputs)
    var results = try operation(&importer, context)
    if case .traced(let y)? = results.first {
      results[0] = .traced(importer.builder.transposed(y, [0] + Array(2..<rank) + [1]))
    }
    return results
  }
}
