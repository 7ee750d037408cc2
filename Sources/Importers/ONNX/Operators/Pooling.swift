// Pooling over windows and over whole images.

import Diagnostics
import GraphIR

enum PoolingOperators {
  static let table: [String: ONNXOperator] = [
    "MaxPool": maxPool, "AveragePool": averagePool, "GlobalMaxPool": globalMaxPool,
    "GlobalAveragePool": globalAveragePool,
  ]

  private static func maxPool(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    try node.require("storage_order", 0)
    var x = try importer.traced(node, 0)
    let window = try WindowAttributes(node, x.shape, kernel: [])
    if window.dilations.contains(where: { $0 != 1 }) {
      return [.traced(try importer.dilatedMaximum(x, window, node))]
    }
    if !x.affine.scale.allSatisfy({ $0 > 0 }) { x = try importer.builder.materialized(x) }
    x = try importer.builder.channelsLast(x)
    let affine = x.affine
    let id = try importer.builder.append(.maxPool(MaxPool(window.pool(window.padding))), [x.node])
    return [.traced(importer.builder.image(id, like: x).with(affine: affine))]
  }

  private static func averagePool(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let window = try WindowAttributes(node, x.shape, kernel: [])
    guard window.dilations.allSatisfy({ $0 == 1 }) else {
      throw node.refusal("dilations \(window.dilations) are not supported")
    }
    let includesPadding = try node.integer("count_include_pad", default: 0) != 0
    return [.traced(try importer.averaged(x, window, includesPadding: includesPadding))]
  }

  private static func globalMaxPool(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    if !x.affine.scale.allSatisfy({ $0 > 0 }) { x = try importer.builder.materialized(x) }
    x = try importer.builder.channelsLast(x)
    let affine = x.affine
    let id = try importer.builder.append(.globalMaxPool(GlobalMaxPool()), [x.node])
    return [.traced(importer.builder.value(id, storedAxes: [1], like: x).with(affine: affine))]
  }

  private static func globalAveragePool(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    [.traced(try importer.globalAverage(importer.traced(node, 0)))]
  }
}

extension WindowAttributes {
  /// The window with this padding, and what `ceil_mode` adds.
  func pool(_ padding: [Int]) -> PoolWindow {
    var padding = padding
    for axis in overhang.indices { padding[2 * axis + 1] += overhang[axis] }
    return PoolWindow(
      size: size, strides: strides, padding: padding.allSatisfy { $0 == 0 } ? [] : padding)
  }
}

extension PoolWindow {
  /// How many elements each window holds on an input of this shape.
  func counts(on input: Shape) throws(ShapeError) -> [Int] {
    let geometry = try geometry(on: input)
    return (0..<geometry.rows.output).flatMap { row in
      (0..<geometry.columns.output).map { column in
        geometry.rows.taps(row).count * geometry.columns.taps(column).count
      }
    }
  }
}

extension GraphBuilder {
  /// The greatest common divisor of two positive numbers.
  static func divisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  /// A value [N, C, …] as [L, C] or [H, W, C].
  mutating func channelsLast(_ x: Traced) throws(Diagnostic) -> Traced {
    guard x.axes.count == 3 || x.axes.count == 4 else {
      throw context.refusal(
        "\(max(x.axes.count - 2, 0)) spatial axes are not supported; 1 and 2 are")
    }
    return try stored(x, x.axes.dropFirst(2) + [x.axes[1]])
  }

  /// A node [L, C] or [H, W, C] as [N, C, …].
  func image(_ id: Node.ID, like x: Traced) -> Traced {
    value(id, storedAxes: Array(2..<x.axes.count) + [1], like: x)
  }
}

extension ONNXImporter {
  /// The mean under each window. On integers it is a sum, whose scale lacks the number of elements.
  mutating func averaged(
    _ x: Traced, _ window: WindowAttributes, includesPadding: Bool
  ) throws(Diagnostic) -> Traced {
    var x = x
    // Zeros around integers must be the zero point; else it may stay until the mean is rounded.
    if includesPadding { x = try builder.withoutZero(x) }
    if x.affine.hasOffset { x = try builder.materialized(x) }
    x = try builder.channelsLast(x)
    var affine = x.affine
    var padding = window.padding
    if includesPadding, padding.contains(where: { $0 != 0 }) {
      x.node = try builder.append(.pad(Pad(padding: padding)), [x.node], suffix: "_pad")
      padding = padding.map { _ in 0 }
    }
    let pool = window.pool(padding)
    guard builder.isExact[x.node.index] else {
      let id = try builder.append(.averagePool(AveragePool(pool)), [x.node])
      return builder.image(id, like: x)
    }
    let counts: [Int]
    do { counts = try pool.counts(on: builder.shapes[x.node.index]) } catch {
      throw builder.context.refusal(error.reason)
    }
    if counts.allSatisfy({ $0 & ($0 - 1) == 0 }) {
      let own = builder.extents[x.node.index]
      let bits = (counts.max() ?? 1).trailingZeroBitCount
      let id = try builder.append(
        .averagePool(AveragePool(pool)), [x.node],
        extent: GraphBuilder.Extent(magnitude: own.magnitude, fraction: own.fraction + bits))
      return builder.image(id, like: x).with(affine: affine)
    }
    var extent = builder.extents[x.node.index]
    extent.magnitude *= Double(counts.max() ?? 1)
    let id = try builder.append(.sumPool(SumPool(pool)), [x.node], suffix: "_sum", extent: extent)
    var result = builder.image(id, like: x)
    if Set(counts).count == 1 {
      affine.scale = affine.scale.map { $0 / Double(counts[0]) }
      affine.zero = affine.zero.map { $0 * Double(counts[0]) }
      result.affine = affine
      return result
    }
    // Windows at the border hold fewer elements: all sums become multiples of one fraction.
    let whole = counts.reduce(1) { (common: Int, count: Int) in
      common > 1 << 16 ? common : common / GraphBuilder.divisor(common, count) * count
    }
    guard whole <= 1 << 16 else {
      throw builder.context.refusal("windows of \(Set(counts).count) sizes are too many")
    }
    let shape = builder.shapes[id.index]
    let factors = counts.flatMap { [Int64](repeating: Int64(whole / $0), count: shape.channels) }
    let constant = try builder.exactConstant(
      factors, fraction: 0, shape, name: builder.context.node.displayName + "_counts")
    extent.magnitude *= Double(whole)
    result.node = try builder.append(.multiply(Multiply()), [id, constant], extent: extent)
    affine.scale = affine.scale.map { $0 / Double(whole) }
    affine.zero = affine.zero.map { $0 * Double(whole) }
    result.affine = affine
    return result
  }

  /// The largest element under each window with gaps: the largest of the taps, each of which is a
  /// sparser image.
  mutating func dilatedMaximum(
    _ x: Traced, _ window: WindowAttributes, _ node: NodeContext
  ) throws(Diagnostic) -> Traced {
    let taps = window.size.reduce(1, *)
    guard window.padding.allSatisfy({ $0 == 0 }), window.overhang.allSatisfy({ $0 == 0 }),
      taps <= 64
    else { throw node.refusal("dilations \(window.dilations) with padding are not supported") }
    let x = try builder.materialized(x)
    var result: Traced?
    for tap in 0..<taps {
      var part = x
      var rest = tap
      for axis in window.size.indices.reversed() {
        let offset = rest % window.size[axis] * window.dilations[axis]
        rest /= window.size[axis]
        let reach = (window.size[axis] - 1) * window.dilations[axis]
        let last = x.shape[axis + 2] - reach
        guard last > 0 else { throw node.refusal("its window does not fit \(x.shape)") }
        part = try picked(
          part, axis + 2,
          stride(from: 0, to: last, by: window.strides[axis]).map { $0 + offset })
      }
      result =
        try result.map { (sum: Traced) throws(Diagnostic) in
          try combined(.traced(sum), .traced(part), .maximum, node)
        } ?? part
    }
    return result ?? x
  }

  /// The mean of each channel over everything else.
  mutating func globalAverage(_ x: Traced) throws(Diagnostic) -> Traced {
    var x = try builder.withoutZero(x)
    if x.affine.hasOffset { x = try builder.materialized(x) }
    x = try builder.channelsLast(x)
    var affine = x.affine
    let shape = builder.shapes[x.node.index]
    let count = shape.count / shape.channels
    if !builder.isExact[x.node.index] || count & (count - 1) == 0 {
      var extent = builder.extents[x.node.index]
      extent.fraction += count.trailingZeroBitCount
      let id = try builder.append(
        .globalAveragePool(GlobalAveragePool()), [x.node], extent: extent)
      return builder.value(id, storedAxes: [1], like: x).with(affine: affine)
    }
    var extent = builder.extents[x.node.index]
    extent.magnitude *= Double(count)
    let id = try builder.append(
      .sumPool(SumPool(PoolWindow(size: Array(shape.extents.dropLast())))), [x.node],
      suffix: "_sum", extent: extent)
    affine.scale = affine.scale.map { $0 / Double(count) }
    return builder.image(id, like: x).with(affine: affine)
  }
}
