// Operators that take some elements, put tensors side by side, or surround them.

import Diagnostics
import GraphIR

enum SelectionOperators {
  static let table: [String: ONNXOperator] = [
    "Slice": slice, "Split": split, "Gather": gather, "Concat": concat, "Pad": pad,
    "ArgMax": { (i, n) throws(Diagnostic) in try extremeIndex(&i, n, isLargest: true) },
    "ArgMin": { (i, n) throws(Diagnostic) in try extremeIndex(&i, n, isLargest: false) },
    "TopK": topK,
  ]

  private static func slice(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    for cut in try ShapeRules.cuts(x.shape, node) {
      x = try importer.picked(x, cut.axis, cut.indices)
    }
    return [.traced(x)]
  }

  private static func split(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let axis = try node.axis(node.integer("axis", default: 0), rank: x.axes.count)
    let extent = x.shape[axis]
    var sizes = try node.integers(attribute: "split")
    if sizes == nil, node.optional(1) != nil { sizes = try node.integers(1, "the sizes") }
    if sizes == nil {
      let count = try node.integer("num_outputs", default: node.node.outputs.count)
      guard count >= 1, count <= extent else { throw node.refusal("\(count) parts of \(extent)") }
      let size = (extent + count - 1) / count
      sizes = (0..<count).map { min(size, extent - $0 * size) }
    }
    let parts = sizes ?? []
    guard parts.allSatisfy({ $0 >= 1 && $0 <= extent }), parts.reduce(0, +) == extent else {
      throw node.refusal("parts \(parts) of \(extent) elements are not possible")
    }
    var begin = 0
    var results: [ONNXValue] = []
    for size in parts {
      results.append(.traced(try importer.picked(x, axis, Array(begin..<begin + size))))
      begin += size
    }
    return results
  }

  private static func gather(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let indices = try node.constant(1, "the indices")
    let axis = try node.axis(node.integer("axis", default: 0), rank: x.axes.count)
    let extent = x.shape[axis]
    var list: [Int] = []
    for index in try node.integers(1, "the indices") {
      list.append(try node.axis(index, rank: extent))
    }
    let y = try importer.picked(x, axis, list)
    // The axis is replaced by those of the indices.
    var shape = y.shape
    shape.replaceSubrange(axis...axis, with: indices.shape)
    return [.traced(try importer.builder.reshaped(y, to: shape))]
  }

  // MARK: Side by side

  static func concat(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var operands: [Traced] = []
    for index in node.inputs.indices {
      if case .constant(let tensor)? = node.inputs[index], tensor.count == 0 { continue }
      operands.append(try importer.traced(node, index))
    }
    guard let first = operands.first(where: { importer.isComputed($0) }) ?? operands.first else {
      throw node.refusal("it has no operands")
    }
    if operands.count == 1 { return [.traced(first)] }
    let rank = first.axes.count
    let axis = try node.axis(node.integer("axis", default: 0), rank: rank)
    guard axis != first.batchAxis else {
      throw node.refusal("it joins samples of a batch of \(first.batch)")
    }
    let isShared = operands.allSatisfy { $0.affine == first.affine && !$0.affine.isPerChannel }
    // The other axes in the order in which the first operand stores them.
    let others = (0..<rank).filter { $0 != axis }.sorted {
      (first.axes[$0].first ?? -1) < (first.axes[$1].first ?? -1)
    }
    var nodes: [Node.ID] = []
    var shape = first.shape
    shape[axis] = 0
    for operand in operands {
      guard operand.axes.count == rank, others.allSatisfy({ operand.shape[$0] == shape[$0] }) else {
        throw node.refusal("shapes \(first.shape) and \(operand.shape) do not fit side by side")
      }
      shape[axis] += operand.shape[axis]
      let value = isShared ? operand : try importer.builder.materialized(operand)
      let groups = others.map { value.axes[$0] }.filter { !$0.isEmpty } + [value.axes[axis]]
      nodes.append(try importer.builder.stored(value, groups).node)
    }
    guard nodes.count <= Concat.arity.upperBound else {
      throw node.refusal("\(nodes.count) operands are too many")
    }
    let id = try importer.builder.append(.concat(Concat()), nodes)
    let stored = others.filter { shape[$0] != 1 && $0 != first.batchAxis } + [axis]
    let result = importer.builder.value(id, storedAxes: stored, like: first)
    return [.traced(result.with(affine: isShared ? first.affine : .identity))]
  }

  // MARK: Padding

  private static func pad(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    let rank = x.axes.count
    let isAttribute = node.has("pads")
    let pads =
      isAttribute ? try node.integers(attribute: "pads") ?? [] : try node.integers(1, "the pads")
    var value: Float = try node.real("value", default: 0)
    if !isAttribute, let constant = try node.optionalConstant(2, "the value") {
      value = constant.reals.first ?? 0
    }
    var axes = Array(0..<rank)
    if !isAttribute, node.optional(3) != nil {
      axes = []
      for axis in try node.integers(3, "the axes") { axes.append(try node.axis(axis, rank: rank)) }
    }
    guard pads.count == 2 * axes.count, pads.allSatisfy({ $0.magnitude <= 1 << 20 }) else {
      throw node.refusal("pads \(pads) do not fit \(x.shape)")
    }
    var before = [Int](repeating: 0, count: rank)
    var behind = before
    for (index, axis) in axes.enumerated() {
      before[axis] = pads[index]
      behind[axis] = pads[index + axes.count]
    }
    for axis in 0..<rank where before[axis] < 0 || behind[axis] < 0 {
      let (first, end) = (max(-before[axis], 0), x.shape[axis] - max(-behind[axis], 0))
      guard first < end else { throw node.refusal("nothing is left of axis \(axis)") }
      x = try importer.picked(x, axis, Array(first..<end))
      (before[axis], behind[axis]) = (max(before[axis], 0), max(behind[axis], 0))
    }
    switch try node.text("mode", default: "constant") {
    case "constant": return [.traced(try importer.padded(x, before, behind, value))]
    case "edge":
      return [.traced(try importer.repeated(x, before, behind) { min(max($0, 0), $1 - 1) })]
    case "reflect":
      return [
        .traced(
          try importer.repeated(x, before, behind) { index, extent in
            let period = max(2 * (extent - 1), 1)
            let wrapped = ((index % period) + period) % period
            return wrapped < extent ? wrapped : period - wrapped
          })
      ]
    case "wrap":
      return [.traced(try importer.repeated(x, before, behind) { (($0 % $1) + $1) % $1 })]
    case let other: throw node.refusal("the mode '\(other)' is unknown")
    }
  }

  // MARK: The largest element

  private static func extremeIndex(
    _ importer: inout ONNXImporter, _ node: NodeContext, isLargest: Bool
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let axis = try node.axis(node.integer("axis", default: 0), rank: x.axes.count)
    let takesLast = try node.integer("select_last_index", default: 0) != 0
    let keepsAxis = try node.integer("keepdims", default: 1) != 0
    var y = try importer.indexOfLargest(x, axis, isLargest: isLargest, takesLast: takesLast)
    if !keepsAxis {
      y.axes.remove(at: axis)
      if let batch = y.batchAxis, batch > axis { y.batchAxis = batch - 1 }
    }
    return [.traced(y)]
  }

  /// The largest element alone: its value and its index.
  private static func topK(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let axis = try node.axis(node.integer("axis", default: -1), rank: x.axes.count)
    var k = try node.integer("k", default: 1)
    if !node.has("k") { k = try node.integers(1, "k").first ?? 0 }
    guard k == 1 else {
      throw node.refusal(
        "the \(k) largest elements are not supported; the largest one is",
        "end the exported model in front of it")
    }
    let isLargest = try node.integer("largest", default: 1) != 0
    let index = try importer.indexOfLargest(x, axis, isLargest: isLargest, takesLast: false)
    let value = try importer.reduced(x, [axis], isLargest ? .maximum : .minimum, keepsAxes: true)
    return [.traced(value), .traced(index)]
  }
}

extension ONNXImporter {
  /// Whether `x` depends on the model's input.
  func isComputed(_ x: Traced) -> Bool {
    if case .constant = builder.graph[x.node].op { false } else { true }
  }

  /// The elements `indices` of an axis of `x`.
  mutating func picked(
    _ x: Traced, _ axis: Int, _ indices: [Int]
  ) throws(Diagnostic) -> Traced {
    let extent = x.shape[axis]
    try builder.spend(indices.count)
    if indices.count == extent, zip(indices, 0..<extent).allSatisfy({ $0 == $1 }) { return x }
    guard axis != x.batchAxis else {
      throw builder.context.refusal("it takes some samples of a batch of \(x.batch)")
    }
    guard !indices.isEmpty else { throw builder.context.refusal("nothing is left of axis \(axis)") }
    var x = x
    if x.affine.isPerChannel { x = try builder.materialized(x) }
    // One axis of the node for this axis, where it stands.
    let own = x.axes[axis]
    let isTogether = own.isEmpty || own == Array(own[0]..<own[0] + own.count)
    var groups = x.atoms.indices.filter { !own.contains($0) }.map { [$0] }
    let position =
      isTogether && !own.isEmpty ? groups.filter { $0[0] < own[0] }.count : groups.count
    groups.insert(own, at: position)
    let y = try builder.stored(x, groups)
    let isRange = indices == Array(indices[0]..<indices[0] + indices.count)
    let id =
      isRange && position == groups.count - 1
      ? try builder.append(.slice(Slice(begin: indices[0], count: indices.count)), [y.node])
      : try builder.append(.gather(Gather(axis: position, indices: indices)), [y.node])
    // One atom is left of the axis.
    var result = y
    result.node = id
    result.atoms = groups.enumerated().map { $0 == position ? indices.count : x.atoms[$1[0]] }
    var newIndex = [Int](repeating: 0, count: x.atoms.count)
    for (new, group) in groups.enumerated() { for atom in group { newIndex[atom] = new } }
    result.axes = x.axes.enumerated().map { other, atoms in
      other == axis ? [position] : atoms.map { newIndex[$0] }
    }
    if indices.count == 1 { result.dropAtom(position) }
    return result
  }

  /// `x` with zeros (or another number) around some of its axes.
  mutating func padded(
    _ x: Traced, _ before: [Int], _ behind: [Int], _ value: Float
  ) throws(Diagnostic) -> Traced {
    var x = x
    let padded = x.axes.indices.filter { before[$0] != 0 || behind[$0] != 0 }
    if padded.isEmpty { return x }
    guard !padded.contains(where: { $0 == x.batchAxis }), value.isFinite else {
      throw builder.context.refusal("padding of samples, or by \(value), is not supported")
    }
    x = value == 0 ? try builder.withoutZero(x) : try builder.materialized(x)
    if x.affine.isPerChannel || x.affine.hasOffset { x = try builder.materialized(x) }
    if value != 0 { x.node = try builder.combined(x.node, [Double(value)], .subtract, "_shift") }
    // Two axes at a time, with all the others as channels.
    for start in stride(from: 0, to: padded.count, by: 2) {
      let axes = Array(padded[start..<min(start + 2, padded.count)])
      let y = try builder.spatial(x, axes: axes)
      let id = try builder.append(
        .pad(Pad(padding: axes.flatMap { [before[$0], behind[$0]] })), [y.node])
      let shape = builder.shapes[id.index]
      // The channels keep their atoms.
      let used = axes.flatMap { y.axes[$0] }
      let rest = y.atoms(except: used)
      var result = y
      result.node = id
      result.atoms = Array(shape.extents[..<axes.count]) + rest.map { y.atoms[$0] }
      result.axes = y.axes.enumerated().map { axis, atoms in
        if let own = axes.firstIndex(of: axis) { return [own] }
        return atoms.map { axes.count + (rest.firstIndex(of: $0) ?? 0) }
      }
      x = result
    }
    if value != 0 { x.node = try builder.combined(x.node, [Double(value)], .add, "") }
    return x
  }

  /// `x` with copies of its own elements around it.
  mutating func repeated(
    _ x: Traced, _ before: [Int], _ behind: [Int], _ source: (Int, Int) -> Int
  ) throws(Diagnostic) -> Traced {
    var x = x
    for axis in x.axes.indices where before[axis] != 0 || behind[axis] != 0 {
      let extent = x.shape[axis]
      x = try picked(x, axis, (-before[axis]..<extent + behind[axis]).map { source($0, extent) })
    }
    return x
  }

  /// The index of the largest (or smallest) element of an axis, which becomes 1.
  mutating func indexOfLargest(
    _ x: Traced, _ axis: Int, isLargest: Bool, takesLast: Bool
  ) throws(Diagnostic) -> Traced {
    guard axis != x.batchAxis else {
      throw builder.context.refusal("it compares the samples of a batch of \(x.batch)")
    }
    let extent = x.shape[axis]
    // A scale that all elements share changes no order.
    var y = x
    if x.affine.isPerChannel || x.affine.scale[0] <= 0 { y = try builder.materialized(x) }
    if !isLargest { y.node = try builder.combined(y.node, [-1], .multiply, "_negative") }
    if takesLast { y = try picked(y, axis, Array((0..<extent).reversed())) }
    // Ties are settled by the model's order of elements.
    let outer = y.atoms(except: y.axes[axis])
    y = try builder.stored(y, outer.map { [$0] } + [y.axes[axis]])
    let extents = GraphBuilder.Extent(magnitude: Double(extent), fraction: 0)
    y.node = try builder.append(.argmax(Argmax()), [y.node], extent: extents)
    y.affine = .identity
    if takesLast {
      y.affine.scale = [-1]
      y.affine.offset = [Double(extent - 1)]
    }
    y.type = .int64
    y.axes[axis] = []
    let kept = outer.count
    y.atoms = Array(y.atoms[..<kept])
    return y
  }
}

extension Traced {
  /// Removes an atom of one element.
  mutating func dropAtom(_ index: Int) {
    atoms.remove(at: index)
    axes = axes.map { $0.compactMap { $0 == index ? nil : $0 > index ? $0 - 1 : $0 } }
  }
}
