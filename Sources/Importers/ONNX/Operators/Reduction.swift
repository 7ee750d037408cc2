// Reductions over axes, and softmax.

import Diagnostics
import GraphIR

enum ReductionOperators {
  static let table: [String: ONNXOperator] = [
    "ReduceMean": { (i, n) throws(Diagnostic) in try reduce(&i, n, .mean) },
    "ReduceSum": { (i, n) throws(Diagnostic) in try reduce(&i, n, .sum) },
    "ReduceMax": { (i, n) throws(Diagnostic) in try reduce(&i, n, .maximum) },
    "ReduceMin": { (i, n) throws(Diagnostic) in try reduce(&i, n, .minimum) },
    "ReduceProd": { (i, n) throws(Diagnostic) in try reduce(&i, n, .product) },
    "ReduceL1": { (i, n) throws(Diagnostic) in try norm(&i, n, before: nil, after: nil) },
    "ReduceL2": { (i, n) throws(Diagnostic) in try norm(&i, n, before: .power, after: .sqrt) },
    "ReduceSumSquare": { (i, n) throws(Diagnostic) in try norm(&i, n, before: .power, after: nil) },
    "ReduceLogSumExp": { (i, n) throws(Diagnostic) in try norm(&i, n, before: .exp, after: .log) },
    "ReduceLogSum": { (i, n) throws(Diagnostic) in
      var sum = try reduce(&i, n, .sum)
      if case .traced(let x) = sum[0] {
        sum[0] = .traced(
          try i.map(i.builder.materialized(x), .function(Function(.log)), suffix: "_log"))
      }
      return sum
    },
    "Softmax": { (i, n) throws(Diagnostic) in try softmax(&i, n, isLog: false) },
    "LogSoftmax": { (i, n) throws(Diagnostic) in try softmax(&i, n, isLog: true) },
  ]

  private static func reduce(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ function: Reduce.Function
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    var list = try node.integers(attribute: "axes")
    if list == nil, node.optional(1) != nil { list = try node.integers(1, "the axes") }
    let isNothing = try node.integer("noop_with_empty_axes", default: 0) != 0
    if (list ?? []).isEmpty, isNothing { return [.traced(x)] }
    let keepsAxes = try node.integer("keepdims", default: 1) != 0
    let all = (list ?? []).isEmpty
    let axes = all ? Array(x.axes.indices) : try node.axes(list ?? [], rank: x.axes.count)
    return [.traced(try importer.reduced(x, axes, function, keepsAxes: keepsAxes))]
  }

  /// A sum of magnitudes, squares (`power`) or exponentials, and a function of it.
  private static func norm(
    _ importer: inout ONNXImporter, _ node: NodeContext, before: Function.Name?,
    after: Function.Name?
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.builder.materialized(importer.traced(node, 0))
    switch before {
    case .power?:
      x.node = try importer.builder.append(
        .multiply(Multiply()), [x.node, x.node], suffix: "_square")
    case let name?: x = try importer.map(x, .function(Function(name)), suffix: "_\(name)")
    case nil:
      let negative = try importer.builder.combined(x.node, [-1], .multiply, "_negative")
      x.node = try importer.builder.append(
        .maximum(Maximum()), [x.node, negative], suffix: "_magnitude")
    }
    let inputs: [ONNXValue?] = [.traced(x)] + node.inputs.dropFirst()
    let inner = NodeContext(node: node.node, file: node.file, opset: node.opset, inputs: inputs)
    var sum = try reduce(&importer, inner, .sum)
    if let after, case .traced(let y) = sum[0] {
      sum[0] = .traced(
        try importer.map(
          importer.builder.materialized(y), .function(Function(after)), suffix: "_\(after)"))
    }
    return sum
  }

  /// Until opset 12 all axes from `axis` on are one; from 13 on `axis` alone is normalized.
  static func softmax(
    _ importer: inout ONNXImporter, _ node: NodeContext, isLog: Bool
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.builder.materialized(importer.traced(node, 0))
    let isOld = node.opset < 13
    let axis = try node.axis(node.integer("axis", default: isOld ? 1 : -1), rank: x.axes.count)
    let axes = isOld ? Array(axis..<x.axes.count) : [axis]
    guard !axes.contains(where: { $0 == x.batchAxis }) else {
      throw node.refusal("it normalizes over the samples of a batch of \(x.batch)")
    }
    let inner = axes.flatMap { x.axes[$0] }.sorted()
    let outer = x.atoms(except: inner)
    var y = try importer.builder.stored(x, outer.map { [$0] } + [inner])
    y.node = try importer.builder.append(.softmax(Softmax()), [y.node], suffix: isLog ? "_exp" : "")
    if isLog { y.node = try importer.builder.append(.function(Function(.log)), [y.node]) }
    return [.traced(y)]
  }
}

extension ONNXImporter {
  /// `x` reduced over `axes`, which become 1 or vanish.
  mutating func reduced(
    _ x: Traced, _ axes: [Int], _ function: Reduce.Function, keepsAxes: Bool
  ) throws(Diagnostic) -> Traced {
    guard !axes.contains(where: { $0 == x.batchAxis }) else {
      throw builder.context.refusal("it goes over the samples of a batch of \(x.batch)")
    }
    var result: Traced
    if function == .mean, isImage(x, axes) {
      result = try globalAverage(x)
    } else {
      result = try reducedNode(x, axes, function)
    }
    if !keepsAxes {
      let kept = result.axes.indices.filter { !axes.contains($0) }
      result.axes = kept.map { result.axes[$0] }
      result.batchAxis = result.batchAxis.flatMap { kept.firstIndex(of: $0) }
    }
    return result
  }

  /// Whether `axes` are all the spatial ones of [N, C, …].
  private func isImage(_ x: Traced, _ axes: [Int]) -> Bool {
    (x.axes.count == 3 || x.axes.count == 4) && axes == Array(2..<x.axes.count)
      && (x.batchAxis == 0 || x.axes[0].isEmpty)
  }

  private mutating func reducedNode(
    _ x: Traced, _ axes: [Int], _ function: Reduce.Function
  ) throws(Diagnostic) -> Traced {
    var x = x
    let count = axes.reduce(1) { $0 * x.shape[$1] }
    if count == 1 { return x }
    var function = function
    var factor = 1.0
    switch function {
    case .maximum, .minimum:
      if x.affine.isPerChannel || x.affine.scale[0] <= 0 { x = try builder.materialized(x) }
    case .sum, .mean:
      x = try builder.withoutZero(x)
      if x.affine.isPerChannel || x.affine.hasOffset { x = try builder.materialized(x) }
      if function == .mean, builder.isExact[x.node.index] {
        function = .sum
        factor = 1 / Double(count)
      }
    case .product: x = try builder.materialized(x)
    }
    let affine = x.affine
    let atoms = axes.flatMap { x.axes[$0] }.sorted()
    // One axis of the node per atom.
    var node = try builder.stored(x, x.atoms.indices.map { [$0] }).node
    var extent = builder.extents[node.index]
    if function == .sum { extent.magnitude *= Double(count) }
    node = try builder.append(.reduce(Reduce(function, axes: atoms)), [node], extent: extent)
    let kept = x.atoms(except: atoms)
    var result = x
    result.atoms = kept.map { x.atoms[$0] }
    result.axes = x.axes.map { $0.compactMap { kept.firstIndex(of: $0) } }
    result.node = node
    result.affine = affine
    result.affine.scale = affine.scale.map { $0 * factor }
    return result
  }
}
