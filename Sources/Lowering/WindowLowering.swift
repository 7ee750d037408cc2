// conv and the pools, unrolled: every output position has arithmetic of its own.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  mutating func conv(_ node: Node, _ op: Conv) throws(Diagnostic) -> [ScalarValue.ID] {
    let parameters = productParameters(node, groups: op.groups)
    let windows = try windows(of: node) { shape throws(ShapeError) in
      try op.window(parameters.weights.shape).geometry(on: shape)
    }
    var result: [ScalarValue.ID] = []
    for taps in windows {
      result += try builder.windowProduct(
        taps: taps, parameters, node: node.name, numberedFrom: result.count)
    }
    return result
  }

  mutating func maxPool(_ node: Node, _ window: PoolWindow) throws(Diagnostic)
    -> [ScalarValue.ID]
  {
    try pooled(node, window).map { builder.maximum(of: $0) }
  }

  mutating func sumPool(_ node: Node, _ window: PoolWindow) throws(Diagnostic)
    -> [ScalarValue.ID]
  {
    var result: [ScalarValue.ID] = []
    for values in try pooled(node, window) {
      result.append(
        try builder.sum(of: values, name: "sum_\(result.count)", node: node.name))
    }
    return result
  }

  mutating func averagePool(_ node: Node, _ window: PoolWindow) throws(Diagnostic)
    -> [ScalarValue.ID]
  {
    var result: [ScalarValue.ID] = []
    for values in try pooled(node, window) {
      result.append(
        try builder.mean(of: values, name: "mean_\(result.count)", node: node.name))
    }
    return result
  }

  mutating func reduced(_ node: Node, _ op: Reduce) throws(Diagnostic) -> [ScalarValue.ID] {
    let x = try elements(of: node.inputs[0])
    var result: [ScalarValue.ID] = []
    for group in op.groups(context.shapes[node.inputs[0].index]) {
      let values = group.map { x[$0] }
      switch op.function {
      case .sum:
        result.append(
          try builder.sum(of: values, name: "sum_\(result.count)", node: node.name))
      case .maximum: result.append(builder.maximum(of: values))
      case .minimum:
        result.append(values.dropFirst().reduce(values[0]) { builder.minimum($0, $1) })
      case .mean, .product: preconditionFailure("refused before")
      }
    }
    return result
  }

  /// The window over everything that the node reads.
  func globalWindow(_ node: Node) -> PoolWindow {
    .global(context.shapes[node.inputs[0].index])
  }

  /// What each window holds of each channel, without the padding.
  private mutating func pooled(_ node: Node, _ window: PoolWindow) throws(Diagnostic)
    -> [[ScalarValue.ID]]
  {
    let windows = try windows(of: node) { shape throws(ShapeError) in
      try window.geometry(on: shape)
    }
    let channels = context.shapes[node.inputs[0].index].channels
    return windows.flatMap { taps in
      (0..<channels).map { channel in taps.compactMap { $0?[channel] } }
    }
  }

  /// For every window over the node's first operand and every tap, the values of all channels; nil
  /// in the padding.
  private mutating func windows(
    of node: Node, _ geometry: (Shape) throws(ShapeError) -> WindowGeometry
  ) throws(Diagnostic) -> [[[ScalarValue.ID]?]] {
    let x = try elements(of: node.inputs[0])
    guard let geometry = try? geometry(context.shapes[node.inputs[0].index]) else {
      preconditionFailure("the graph is not verified")
    }
    return (0..<geometry.positions).map { position in
      geometry.sources(position).map { element in
        element.map { Array(x[$0 * geometry.channels..<($0 + 1) * geometry.channels]) }
      }
    }
  }
}
