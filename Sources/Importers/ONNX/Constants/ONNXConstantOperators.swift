// Operators on numbers that are known at import: arithmetic of shapes, and weights on their way to a layer.

import Diagnostics
import GraphIR

enum ONNXConstantOperators {
  static let table: [String: ONNXFolding] = [
    ElementwiseFolding.table, ShapeFolding.table, SelectionFolding.table, QuantizationFolding.table,
  ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

  static func find(_ node: ONNXNode) -> ONNXFolding? {
    switch node.domain {
    case "": table[node.type]
    case "com.microsoft": QuantizationFolding.table[node.type]
    case "onnx.brevitas", "qonnx.custom_op.general", "finn.custom_op.general":
      QuantizationFolding.qonnx[node.type]
    default: nil
    }
  }
}

extension NodeContext {
  /// Input `index`, which the folding knows to be constant.
  func tensor(_ index: Int) throws(Diagnostic) -> ONNXTensor {
    try constant(index, "input \(index)")
  }
}

/// Constant, Shape, Range and what else makes tensors or renames their axes.
enum ShapeFolding {
  static let table: [String: ONNXFolding] = [
    "Constant": constant, "ConstantOfShape": constantOfShape, "Range": range,
    "Reshape": { (i, n) throws(Diagnostic) in
      let x = try n.tensor(0)
      if x.count == 0 { return [try empty(x, &i, n)] }
      return [x.reshaped(try ShapeRules.reshaped(x.shape, n))]
    },
    "Flatten": { (_, n) throws(Diagnostic) in
      let x = try n.tensor(0)
      return [x.reshaped(try ShapeRules.flattened(x.shape, n))]
    },
    "Squeeze": { (_, n) throws(Diagnostic) in
      let x = try n.tensor(0)
      let axes = try ShapeRules.squeezed(x.shape, n)
      return [x.reshaped(x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] })]
    },
    "Unsqueeze": { (_, n) throws(Diagnostic) in
      let x = try n.tensor(0)
      var shape = x.shape
      for axis in try ShapeRules.unsqueezed(x.shape, n) { shape.insert(1, at: axis) }
      return [x.reshaped(shape)]
    },
    "Transpose": { (_, n) throws(Diagnostic) in
      let x = try n.tensor(0)
      return [x.transposed(try ShapeRules.permutation(x.shape.count, n))]
    },
    "Identity": { (_, n) throws(Diagnostic) in [try n.tensor(0)] },
    "Expand": expand, "Tile": tile,
  ]

  /// A reshaping of nothing to nothing.
  private static func empty(
    _ x: ONNXTensor, _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> ONNXTensor {
    var result = x
    result.shape = try node.integers(1, "the shape").map { max($0, 0) }
    _ = try folded(result.shape, &importer, node)
    guard result.shape.contains(0) else { throw node.refusal("nothing cannot become something") }
    return result
  }

  private static func constant(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    if let proto = try node.tensor(attribute: "value") {
      return [try importer.tensors.tensor(proto, node.node.displayName)]
    }
    if node.has("value_float") {
      return [ONNXTensor(.float, [], reals: [try node.real("value_float", default: 0)])]
    }
    if node.has("value_int") {
      return [
        ONNXTensor(.int64, [], integers: [Int64(try node.integer("value_int", default: 0))])
      ]
    }
    if let values = try node.reals(attribute: "value_floats") {
      return [ONNXTensor(.float, [values.count], reals: values)]
    }
    if let values = try node.integers(attribute: "value_ints") {
      return [ONNXTensor(shape: values)]
    }
    throw node.refusal("its value is a text or a sparse tensor")
  }

  private static func constantOfShape(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let shape = try node.integers(0, "the shape")
    var element = ONNXTensor(.float, [1], reals: [0])
    if let proto = try node.tensor(attribute: "value") {
      element = try importer.tensors.tensor(proto, node.node.displayName)
    }
    guard element.count == 1 else { throw node.refusal("its value is no single number") }
    return [try filled(shape, element, &importer, node)]
  }

  private static func filled(
    _ shape: [Int], _ element: ONNXTensor, _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> ONNXTensor {
    let count = try folded(shape, &importer, node)
    return element.gathered([Int](repeating: 0, count: count), shape: shape)
  }

  /// How many elements `shape` has, taken off the budget.
  static func folded(
    _ shape: [Int], _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> Int {
    guard shape.allSatisfy({ $0 >= 0 }), Shape(shape.map { max($0, 1) }).isReasonable else {
      throw node.refusal("a constant of shape \(shape) is too large")
    }
    let count = shape.reduce(1, *)
    try importer.builder.spend(count)
    return count
  }

  private static func range(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let bounds = [try node.tensor(0), try node.tensor(1), try node.tensor(2)]
    guard bounds.allSatisfy({ $0.count == 1 }) else { throw node.refusal("a bound is no number") }
    let (start, limit, delta) = (bounds[0].reals[0], bounds[1].reals[0], bounds[2].reals[0])
    let count = Double(((limit - start) / delta).rounded(.up))
    guard delta != 0, count.isFinite, count < 1e7 else {
      throw node.refusal("the range from \(start) to \(limit) by \(delta) is too long")
    }
    let elements = max(Int(count), 0)
    try importer.builder.spend(elements)
    if case .integers(let first) = bounds[0].numbers, case .integers(let step) = bounds[2].numbers {
      return [
        ONNXTensor(
          bounds[0].type, [elements],
          integers: (0..<elements).map { first[0] &+ Int64($0) &* step[0] })
      ]
    }
    return [
      ONNXTensor(
        bounds[0].type, [elements], reals: (0..<elements).map { start + Float($0) * delta })
    ]
  }

  private static func expand(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    let target = try node.integers(1, "the shape")
    guard let shape = ONNXTensor.broadcastShape(x.shape, target) else {
      throw node.refusal("shape \(x.shape) cannot be broadcast to \(target)")
    }
    _ = try folded(shape, &importer, node)
    return [x.gathered(ONNXTensor.broadcast(x.shape, to: shape), shape: shape)]
  }

  private static func tile(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    let repeats = try node.integers(1, "the repeats")
    guard repeats.count == x.shape.count, repeats.allSatisfy({ $0 >= 0 && $0 <= 1 << 24 }) else {
      throw node.refusal("repeats \(repeats) do not fit \(x.shape)")
    }
    let shape = zip(x.shape, repeats).map { $0 * $1 }
    _ = try folded(shape, &importer, node)
    let strides = ONNXTensor.strides(x.shape)
    var sources = [0]
    for (axis, extent) in shape.enumerated() {
      sources = sources.flatMap { start in
        (0..<extent).map { start + $0 % x.shape[axis] * strides[axis] }
      }
    }
    return [x.gathered(sources, shape: shape)]
  }
}

/// Gather, Concat, Slice, Split and reductions of constants.
enum SelectionFolding {
  static let table: [String: ONNXFolding] = [
    "Gather": gather, "Concat": concat, "Slice": slice,
    "ReduceProd": { (_, n) throws(Diagnostic) in
      try reduce(n) {
        $0.reduce(1, *)
      } integers: {
        $0.reduce(1, &*)
      }
    },
    "ReduceSum": { (_, n) throws(Diagnostic) in
      try reduce(n) {
        $0.reduce(0, +)
      } integers: {
        $0.reduce(0, &+)
      }
    },
    "ReduceMax": { (_, n) throws(Diagnostic) in
      try reduce(n) {
        $0.max() ?? 0
      } integers: {
        $0.max() ?? 0
      }
    },
    "ReduceMin": { (_, n) throws(Diagnostic) in
      try reduce(n) {
        $0.min() ?? 0
      } integers: {
        $0.min() ?? 0
      }
    },
    "ReduceMean": { (_, n) throws(Diagnostic) in
      try reduce(n) {
        $0.reduce(0, +) / Float(max($0.count, 1))
      } integers: {
        $0.reduce(0, &+) / Int64(max($0.count, 1))
      }
    },
  ]

  /// The elements of `x` at `indices` of one axis.
  private static func picked(_ x: ONNXTensor, _ axis: Int, _ indices: [Int]) -> ONNXTensor {
    var shape = x.shape
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    var sources: [Int] = []
    for block in 0..<outer {
      for index in indices {
        let start = (block * shape[axis] + index) * inner
        sources += start..<start + inner
      }
    }
    shape[axis] = indices.count
    return x.gathered(sources, shape: shape)
  }

  private static func gather(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    let axis = try node.axis(node.integer("axis", default: 0), rank: x.shape.count)
    var indices: [Int] = []
    for index in try node.integers(1, "the indices") {
      indices.append(try node.axis(index, rank: x.shape[axis]))
    }
    var shape = x.shape
    shape.replaceSubrange(axis...axis, with: try node.tensor(1).shape)
    _ = try ShapeFolding.folded(shape, &importer, node)
    return [picked(x, axis, indices).reshaped(shape)]
  }

  private static func slice(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    var x = try node.tensor(0)
    for cut in try ShapeRules.cuts(x.shape, node) { x = picked(x, cut.axis, cut.indices) }
    return [x]
  }

  private static func concat(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    var parts: [ONNXTensor] = []
    for index in node.inputs.indices { parts.append(try node.tensor(index)) }
    guard let first = parts.first else { throw node.refusal("it has no operands") }
    let axis = try node.axis(node.integer("axis", default: 0), rank: first.shape.count)
    var shape = first.shape
    shape[axis] = 0
    for part in parts {
      var other = part.shape
      guard other.count == shape.count else { throw node.refusal("its operands do not fit") }
      let extent = other[axis]
      other[axis] = shape[axis]
      guard other == shape else { throw node.refusal("its operands do not fit") }
      shape[axis] += extent
    }
    _ = try ShapeFolding.folded(shape, &importer, node)
    let outer = shape[..<axis].reduce(1, *)
    func joined<Element>(_ lists: [[Element]]) -> [Element] {
      var result: [Element] = []
      for block in 0..<outer {
        for list in lists {
          let size = list.count / outer
          result += list[block * size..<(block + 1) * size]
        }
      }
      return result
    }
    if first.type.isReal {
      return [ONNXTensor(first.type, shape, reals: outer == 0 ? [] : joined(parts.map(\.reals)))]
    }
    return [
      ONNXTensor(
        first.type, shape, integers: outer == 0 ? [] : joined(parts.map { $0.integers ?? [] }))
    ]
  }

  private static func reduce(
    _ node: NodeContext, reals: ([Float]) -> Float, integers: ([Int64]) -> Int64
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    var list = try node.integers(attribute: "axes")
    if list == nil, node.optional(1) != nil { list = try node.integers(1, "the axes") }
    let isNothing = try node.integer("noop_with_empty_axes", default: 0) != 0
    if (list ?? []).isEmpty, isNothing { return [x] }
    let axes =
      (list ?? []).isEmpty
      ? Array(x.shape.indices) : try node.axes(list ?? [], rank: x.shape.count)
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let keepsAxes = try node.integer("keepdims", default: 1) != 0
    let moved = x.transposed(kept + axes)
    let length = axes.reduce(1) { $0 * x.shape[$1] }
    let count = kept.reduce(1) { $0 * x.shape[$1] }
    let shape =
      keepsAxes
      ? x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] } : kept.map { x.shape[$0] }
    switch moved.numbers {
    case .reals(let values):
      return [
        ONNXTensor(
          x.type, shape,
          reals: (0..<count).map { reals(Array(values[$0 * length..<($0 + 1) * length])) })
      ]
    case .integers(let values):
      return [
        ONNXTensor(
          x.type, shape,
          integers: (0..<count).map { integers(Array(values[$0 * length..<($0 + 1) * length])) })
      ]
    }
  }
}
