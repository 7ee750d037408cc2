// How values are brought into the order of axes that an op of the graph needs.

import Diagnostics
import GraphIR

extension GraphBuilder {
  /// `value` in a node with one axis per group of atoms, in this order. Costs nothing but a reshape
  /// where the atoms already stand in the order of the groups.
  mutating func stored(_ value: Traced, _ groups: [[Int]]) throws(Diagnostic) -> Traced {
    var value = value
    let order = groups.flatMap { $0 }
    let isInPlace = order == Array(value.atoms.indices)
    let shape = Shape(groups.map { $0.reduce(1) { $0 * value.atoms[$1] } })
    let current = shapes[value.node.index]
    if isInPlace, current == shape { return value }
    if value.affine.isPerChannel, !isInPlace || shape.channels != current.channels {
      value = try materialized(value)
    }
    if !isInPlace {
      let split = try reshapedNode(value.node, Shape(value.atoms))
      value.node = try append(
        .transpose(Transpose(permutation: order)), [split], suffix: "_transpose",
        extent: extents[value.node.index])
      var position = [Int](repeating: 0, count: order.count)
      for (new, old) in order.enumerated() { position[old] = new }
      value.atoms = order.map { value.atoms[$0] }
      value.axes = value.axes.map { $0.map { position[$0] } }
    }
    value.node = try reshapedNode(value.node, shape)
    return value
  }

  /// The node's elements in another shape.
  mutating func reshapedNode(_ id: Node.ID, _ shape: Shape) throws(Diagnostic) -> Node.ID {
    if shapes[id.index] == shape { return id }
    return try append(
      .reshape(Reshape(shape: shape)), [id], suffix: "_reshape", extent: extents[id.index])
  }

  /// `value` with the elements of one axis innermost, in whatever order they are stored; all others
  /// in front of them, as they are.
  mutating func innermost(_ value: Traced, _ axis: Int) throws(Diagnostic) -> Traced {
    let inner = value.axes[axis].sorted()
    let outer = value.atoms(except: inner)
    return try stored(value, outer.map { [$0] } + [inner])
  }

  /// `value` as [L, C] or [H, W, C]: the axes `spatial`, then all the others.
  mutating func spatial(
    _ value: Traced, axes spatial: [Int]
  ) throws(Diagnostic) -> Traced {
    let used = spatial.flatMap { value.axes[$0] }
    let rest = value.atoms(except: used)
    return try stored(value, spatial.map { value.axes[$0] } + [rest])
  }

  /// `value` in the order of the model's axes, one vector.
  mutating func natural(_ value: Traced) throws(Diagnostic) -> Traced {
    try stored(value, [value.axes.flatMap { $0 }])
  }

  /// A value whose node was just made: one atom per axis in `storedAxes`, which names the model's axes
  /// in the order of the node's. Axes of extent 1 have none.
  func value(
    _ node: Node.ID, storedAxes: [Int], like value: Traced, rank: Int? = nil
  ) -> Traced {
    var result = value
    result.node = node
    result.affine = .identity
    result.atoms = []
    result.axes = [[Int]](repeating: [], count: rank ?? value.axes.count)
    for (position, axis) in storedAxes.enumerated() {
      let extent = shapes[node.index].extents[position]
      guard extent > 1 else { continue }
      result.axes[axis] = [result.atoms.count]
      result.atoms.append(extent)
    }
    return result
  }

  // MARK: Reshaping and transposing: of the model, not of the node

  /// The model's axes in another order; the node stays.
  func transposed(_ value: Traced, _ permutation: [Int]) -> Traced {
    var result = value
    result.axes = permutation.map { value.axes[$0] }
    result.batchAxis = value.batchAxis.flatMap { permutation.firstIndex(of: $0) }
    return result
  }

  /// The model's tensor in another shape, of the same count. The node stays wherever its atoms can
  /// be dealt to the new axes.
  mutating func reshaped(_ value: Traced, to shape: [Int]) throws(Diagnostic) -> Traced {
    var target = shape
    var result = value
    if let axis = value.batchAxis {
      guard axis == 0, shape.first == value.batch else {
        throw context.refusal(
          "shape \(shape) mixes the samples of a batch of \(value.batch)",
          "export the model for a batch of one, or with an open first axis")
      }
      target[0] = 1
    }
    if !deal(&result, to: target) {
      result = try natural(value)
      result.atoms = result.count == 1 ? [] : [result.count]
      result.axes = [result.count == 1 ? [] : [0]]
      guard deal(&result, to: target) else {
        throw context.refusal("\(value.shape) cannot become \(shape)")
      }
    }
    result.batchAxis = value.batchAxis
    return result
  }

  /// Deals the atoms, in the model's order, to axes of these extents; false when they do not fit.
  private func deal(_ value: inout Traced, to shape: [Int]) -> Bool {
    // One axis of everything, split as far as needed.
    value.axes = [value.axes.flatMap { $0 }]
    value.batchAxis = nil
    guard value.refine(axis: 0, to: shape) else { return false }
    var rest = value.axes[0][...]
    var axes: [[Int]] = []
    for extent in shape {
      var axis: [Int] = []
      var product = 1
      while product < extent, let atom = rest.popFirst() {
        axis.append(atom)
        product *= value.atoms[atom]
      }
      axes.append(axis)
    }
    value.axes = axes
    return true
  }

  // MARK: Broadcasting

  /// `value` with axes of extent 1 in front, up to `rank`.
  func padded(_ value: Traced, rank: Int) -> Traced {
    var result = value
    let missing = rank - value.axes.count
    guard missing > 0 else { return value }
    result.axes = [[Int]](repeating: [], count: missing) + value.axes
    result.batchAxis = value.batchAxis.map { $0 + missing }
    return result
  }

  /// `value` repeated along its axes of extent 1, to `shape`.
  mutating func expanded(_ value: Traced, to shape: [Int]) throws(Diagnostic) -> Traced {
    var result = padded(value, rank: shape.count)
    for (axis, extent) in shape.enumerated() where result.shape[axis] != extent {
      guard result.axes[axis].isEmpty, axis != result.batchAxis else {
        throw context.refusal("shape \(value.shape) cannot be broadcast to \(shape)")
      }
      try spend(extent)
      if result.affine.isPerChannel { result = try materialized(result) }
      let split = try reshapedNode(result.node, Shape(result.atoms + [1]))
      result.node = try append(
        .gather(Gather(axis: result.atoms.count, indices: [Int](repeating: 0, count: extent))),
        [split], suffix: "_expand", extent: extents[split.index])
      result.axes[axis] = [result.atoms.count]
      result.atoms.append(extent)
    }
    return result
  }

  /// Both values with equal nodes' shapes, atom for atom; their shapes are equal.
  mutating func aligned(_ a: Traced, _ b: Traced) throws(Diagnostic) -> (Traced, Traced) {
    var (x, y) = (a, b)
    if !GraphBuilder.refineTogether(&x, &y) {
      x = try merged(a)
      y = try merged(b)
    }
    // The atoms of y in the order in which x stores its own.
    var counterpart = [Int](repeating: 0, count: x.atoms.count)
    for (p, q) in zip(x.axes.joined(), y.axes.joined()) { counterpart[p] = q }
    let shape = shapes[x.node.index]
    if x.affine.isPerChannel || y.affine.isPerChannel {
      (x, y) = (try materialized(x), try materialized(y))
    }
    y = try stored(y, counterpart.map { [$0] })
    y.node = try reshapedNode(y.node, shape)
    return (x, y)
  }

  /// One atom per axis, in the model's order.
  private mutating func merged(_ value: Traced) throws(Diagnostic) -> Traced {
    let result = try stored(value, value.axes)
    return self.value(result.node, storedAxes: Array(value.axes.indices), like: value)
      .with(affine: result.affine)
  }

  /// Splits the atoms of both until each axis has the same ones; false when that is not possible.
  private static func refineTogether(_ a: inout Traced, _ b: inout Traced) -> Bool {
    guard a.axes.count == b.axes.count else { return false }
    for axis in a.axes.indices {
      let (p, q) = (a, b)
      guard a.refine(axis: axis, to: q.axes[axis].map { q.atoms[$0] }),
        b.refine(axis: axis, to: p.axes[axis].map { p.atoms[$0] }),
        a.axes[axis].map({ a.atoms[$0] }) == b.axes[axis].map({ b.atoms[$0] })
      else { return false }
    }
    return true
  }
}

extension Traced {
  func with(affine: Affine) -> Traced {
    var copy = self
    copy.affine = affine
    return copy
  }
}
