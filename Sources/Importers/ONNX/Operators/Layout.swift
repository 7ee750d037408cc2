// Operators that only rename axes: the nodes of the graph stay as they are.

import Diagnostics
import GraphIR

enum LayoutOperators {
  static let table: [String: ONNXOperator] = [
    "Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
    "Transpose": transpose, "Expand": expand, "Tile": tile, "DepthToSpace": depthToSpace,
    "SpaceToDepth": spaceToDepth,
  ]

  private static func reshape(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let shape = try ShapeRules.reshaped(x.shape, node)
    return [.traced(try importer.builder.reshaped(x, to: shape))]
  }

  private static func flatten(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let shape = try ShapeRules.flattened(x.shape, node)
    return [.traced(try importer.builder.reshaped(x, to: shape))]
  }

  private static func squeeze(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    let axes = try ShapeRules.squeezed(x.shape, node)
    let kept = x.axes.indices.filter { !axes.contains($0) }
    x.axes = kept.map { x.axes[$0] }
    x.batchAxis = x.batchAxis.flatMap { kept.firstIndex(of: $0) }
    return [.traced(x)]
  }

  private static func unsqueeze(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    for axis in try ShapeRules.unsqueezed(x.shape, node) {
      x.axes.insert([], at: axis)
      if let batch = x.batchAxis, batch >= axis { x.batchAxis = batch + 1 }
    }
    return [.traced(x)]
  }

  private static func transpose(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let permutation = try ShapeRules.permutation(x.shape.count, node)
    return [.traced(importer.builder.transposed(x, permutation))]
  }

  private static func expand(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let target = try node.integers(1, "the shape")
    guard let shape = ONNXTensor.broadcastShape(x.shape, target), Shape(shape).isReasonable else {
      throw node.refusal("shape \(x.shape) cannot be broadcast to \(target)")
    }
    return [.traced(try importer.builder.expanded(x, to: shape))]
  }

  private static func tile(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    let repeats = try node.integers(1, "the repeats")
    guard repeats.count == x.axes.count, repeats.allSatisfy({ $0 >= 1 }) else {
      throw node.refusal("repeats \(repeats) do not fit \(x.shape)")
    }
    for (axis, count) in repeats.enumerated() where count > 1 {
      let extent = x.shape[axis]
      guard count <= Shape.maximumCount / extent else { throw node.refusal("it is too large") }
      try importer.builder.spend(count * extent)
      x = try importer.picked(x, axis, (0..<count * extent).map { $0 % extent })
    }
    return [.traced(x)]
  }

  /// Blocks of the channels become blocks of the image: two reshapes and a transposition of axes.
  private static func depthToSpace(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let (n, c, h, w, b) = try blocks(x, node)
    guard c % (b * b) == 0 else { throw node.refusal("\(c) channels are no blocks of \(b) x \(b)") }
    let mode = try node.text("mode", default: "DCR")
    let depth = c / (b * b)
    let isDepthFirst = mode != "CRD"
    let split = try importer.builder.reshaped(
      x, to: isDepthFirst ? [n, b, b, depth, h, w] : [n, depth, b, b, h, w])
    let moved = importer.builder.transposed(
      split, isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3])
    return [.traced(try importer.builder.reshaped(moved, to: [n, depth, h * b, w * b]))]
  }

  private static func spaceToDepth(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let (n, c, h, w, b) = try blocks(x, node)
    guard h % b == 0, w % b == 0 else { throw node.refusal("\(h) x \(w) are no blocks of \(b)") }
    let split = try importer.builder.reshaped(x, to: [n, c, h / b, b, w / b, b])
    let moved = importer.builder.transposed(split, [0, 3, 5, 1, 2, 4])
    return [.traced(try importer.builder.reshaped(moved, to: [n, c * b * b, h / b, w / b]))]
  }

  private static func blocks(
    _ x: Traced, _ node: NodeContext
  ) throws(Diagnostic) -> (n: Int, c: Int, h: Int, w: Int, b: Int) {
    let size = try node.integer("blocksize", default: 0)
    let shape = x.shape
    guard shape.count == 4, size >= 1, size <= 1 << 12 else {
      throw node.refusal("blocks of \(size) in a tensor \(shape) are not possible")
    }
    return (shape[0], shape[1], shape[2], shape[3], size)
  }
}
