// Operators of two operands, element by element, with broadcasting.

import Diagnostics
import GraphIR

enum ArithmeticOperators {
  static let table: [String: ONNXOperator] = [
    "Add": { (i, n) throws(Diagnostic) in try two(&i, n, .add) },
    "Sub": { (i, n) throws(Diagnostic) in try two(&i, n, .subtract) },
    "Mul": { (i, n) throws(Diagnostic) in try two(&i, n, .multiply) },
    "Div": { (i, n) throws(Diagnostic) in try two(&i, n, .divide) },
    "Min": { (i, n) throws(Diagnostic) in try many(&i, n, .minimum) },
    "Max": { (i, n) throws(Diagnostic) in try many(&i, n, .maximum) },
    "Sum": { (i, n) throws(Diagnostic) in try many(&i, n, .add) },
    "Mean": mean, "Pow": power, "Neg": negate, "Abs": absolute,
    "BatchNormalization": batchNormalization,
  ]

  private static func two(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ operation: Arithmetic
  ) throws(Diagnostic) -> [ONNXValue] {
    if node.opset < 7, try node.integer("broadcast", default: 0) != 0 {
      throw node.refusal(
        "the broadcasting of opset \(node.opset) is not supported",
        "convert the model with onnx.version_converter to opset 13")
    }
    let (a, b) = (try node.value(0), try node.value(1))
    return [.traced(try importer.combined(a, b, operation, node))]
  }

  private static func many(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ operation: Arithmetic
  ) throws(Diagnostic) -> [ONNXValue] {
    guard node.inputs.count > 1 else { return [try node.value(0)] }
    var result = try node.value(0)
    for index in 1..<node.inputs.count {
      result = .traced(try importer.combined(result, try node.value(index), operation, node))
    }
    return [result]
  }

  private static func mean(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    guard case .traced(let sum)? = try many(&importer, node, .add).first else {
      return [try node.value(0)]
    }
    return [.traced(try importer.scaled(sum, by: 1 / Double(node.inputs.count)))]
  }

  private static func negate(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    [.traced(try importer.scaled(importer.traced(node, 0), by: -1))]
  }

  private static func absolute(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.builder.materialized(importer.traced(node, 0))
    let negative = try importer.builder.combined(x.node, [-1], .multiply, "_negative")
    x.node = try importer.builder.append(.maximum(Maximum()), [x.node, negative])
    return [.traced(x)]
  }

  /// Powers with a constant exponent.
  private static func power(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let exponents = try node.constant(1, "the exponent").reals
    guard let exponent = exponents.first, exponents.allSatisfy({ $0 == exponent }),
      exponent.isFinite
    else { throw node.refusal("exponents differ from element to element") }
    var x = try importer.builder.materialized(importer.traced(node, 0))
    switch exponent {
    case 1: break
    case 2: x.node = try importer.builder.append(.multiply(Multiply()), [x.node, x.node])
    case 0.5: x.node = try importer.builder.append(.function(Function(.sqrt)), [x.node])
    default:
      x.node = try importer.builder.append(.function(Function(.power, alpha: exponent)), [x.node])
    }
    return [.traced(x)]
  }

  // MARK: Batch normalization

  private static func batchNormalization(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    try node.require("training_mode", 0, "export the model for inference")
    if node.opset < 9 { try node.require("spatial", 1) }
    let x = try importer.traced(node, 0)
    guard x.axes.count >= 2 else { throw node.refusal("its input has no channels") }
    var parameters: [[Float]] = []
    for (index, name) in ["scale", "bias", "mean", "variance"].enumerated() {
      parameters.append(try node.constant(index + 1, "the \(name)").reals)
    }
    let epsilon = try node.real("epsilon", default: 1e-5)
    return [
      .traced(
        try importer.normalized(x, channelAxis: 1, parameters, epsilon: Double(epsilon), node))
    ]
  }
}

extension ONNXImporter {
  /// `x` times a number.
  mutating func scaled(_ x: Traced, by factor: Double) throws(Diagnostic) -> Traced {
    var y = x
    if builder.isExact[x.node.index] {
      y.affine.scale = y.affine.scale.map { $0 * factor }
      y.affine.offset = y.affine.offset.map { $0 * factor }
    } else {
      y.node = try builder.combined(x.node, [factor], .multiply, "")
    }
    return y
  }

  /// Batch normalization; parameters are scale, bias, mean and variance.
  mutating func normalized(
    _ x: Traced, channelAxis: Int, _ parameters: [[Float]], epsilon: Double, _ node: NodeContext
  ) throws(Diagnostic) -> Traced {
    let channels = x.shape[channelAxis]
    guard parameters.allSatisfy({ $0.count == channels }) else {
      throw node.refusal("its parameters do not fit \(channels) channels")
    }
    if builder.isExact[x.node.index] {
      let scale = (0..<channels).map {
        Double(parameters[0][$0]) / (Double(parameters[3][$0]) + epsilon).squareRoot()
      }
      let offset = (0..<channels).map {
        Double(parameters[1][$0]) - Double(parameters[2][$0]) * scale[$0]
      }
      var shape = x.shape.map { _ in 1 }
      shape[channelAxis] = channels
      return try affine(x, scale: scale, offset: offset, shape: shape)
    }
    let y = try builder.innermost(x, channelAxis)
    let order = y.sources(of: channelAxis)
    var operands = [y.node]
    for (index, values) in parameters.enumerated() {
      operands.append(
        try builder.realConstant(
          order.map { values[$0] }, [channels], name: constantName(node, index + 1)))
    }
    var result = y
    result.node = try builder.append(.batchNorm(BatchNorm(epsilon: epsilon)), operands)
    return result
  }

  /// `x` · scale + offset, where both lists belong to a constant of `shape`; left to what reads it.
  mutating func affine(
    _ x: Traced, scale: [Double], offset: [Double], shape: [Int]
  ) throws(Diagnostic) -> Traced {
    var place = try builder.placement(of: shape, against: x)
    if !place.isChannelwise
      || builder.shapes[place.value.node.index].channels != place.sources.count,
      place.sources.count > 1
    {
      // One channel per element: the node becomes a vector.
      place.value = try builder.stored(place.value, [Array(place.value.atoms.indices)])
    }
    var y = place.value
    let s = place.sources.map { scale[scale.count == 1 ? 0 : $0] }
    let o = place.sources.map { offset[offset.count == 1 ? 0 : $0] }
    y.affine.scale = Affine.combine(y.affine.scale, s, *)
    y.affine.offset = Affine.combine(Affine.combine(y.affine.offset, s, *), o, +)
    y.affine.simplify()
    return y
  }

  /// `a ∘ b` with broadcasting.
  mutating func combined(
    _ a: ONNXValue, _ b: ONNXValue, _ operation: Arithmetic, _ node: NodeContext
  ) throws(Diagnostic) -> Traced {
    switch (a, b) {
    case (.traced(let x), .constant(let c)):
      return try combined(x, c, operation, node, constantName(node, 1))
    case (.constant(let c), .traced(let x)):
      let name = constantName(node, 0)
      switch operation {
      case .add, .multiply, .minimum, .maximum: return try combined(x, c, operation, node, name)
      case .subtract: return try combined(scaled(x, by: -1), c, .add, node, name)
      case .divide:
        let y = try builder.materialized(x)
        return try combined(
          map(y, .function(Function(.reciprocal)), suffix: "_reciprocal"), c, .multiply, node, name)
      }
    case (.constant, .constant), (.traced, .traced):
      return try combined(
        traced(a, name: constantName(node, 0)), traced(b, name: constantName(node, 1)), operation,
        node)
    }
  }

  private mutating func combined(
    _ x: Traced, _ constant: ONNXTensor, _ operation: Arithmetic, _ node: NodeContext,
    _ name: String
  ) throws(Diagnostic) -> Traced {
    var values = constant.reals
    guard values.allSatisfy({ $0.isFinite }) else {
      throw node.refusal("a constant is not a finite number")
    }
    if operation == .divide {
      guard !values.contains(0) else { throw node.refusal("a constant divisor is zero") }
      guard x.type.isReal else { throw node.refusal("integers are divided") }
    }
    if builder.isExact[x.node.index] {
      let numbers = values.map { Double($0) }
      switch operation {
      case .add: return try affine(x, scale: [1], offset: numbers, shape: constant.shape)
      case .subtract:
        return try affine(x, scale: [1], offset: numbers.map { -$0 }, shape: constant.shape)
      case .multiply: return try affine(x, scale: numbers, offset: [0], shape: constant.shape)
      case .divide:
        return try affine(x, scale: numbers.map { 1 / $0 }, offset: [0], shape: constant.shape)
      case .minimum, .maximum: break
      }
    }
    var operation = operation
    if operation == .divide {
      values = values.map { Float(1 / Double($0)) }
      operation = .multiply
    }
    let place = try builder.placement(of: constant.shape, against: builder.materialized(x))
    var y = place.value
    let placed = place.sources.map { values[$0] }
    if try addBias(placed, place, operation, node, name) { return y }
    let operand = try builder.numbers(
      placed.map { Double($0) }, place.shape, exact: builder.isExact[y.node.index], name: name)
    y.node = try builder.append(operation.op, [y.node, operand])
    return y
  }

  /// Makes an addition the bias of the layer in front of it; false where that is not possible.
  private mutating func addBias(
    _ values: [Float], _ place: GraphBuilder.Placement, _ operation: Arithmetic,
    _ node: NodeContext, _ name: String
  ) throws(Diagnostic) -> Bool {
    guard operation == .add || operation == .subtract, place.isChannelwise,
      node.node.inputs.contains(where: { uses[$0] == 1 && isLayer($0, place.value.node) })
    else { return false }
    let channels = builder.shapes[place.value.node.index].channels
    var bias = values.count == channels ? values : [Float](repeating: values[0], count: channels)
    if operation == .subtract { bias = bias.map { -$0 } }
    let operand = try builder.realConstant(bias, [channels], name: name)
    builder.addOperand(operand, to: place.value.node)
    return true
  }

  /// Whether `name` is a dense or convolutional layer, held in this very node, without a bias.
  private func isLayer(_ name: String, _ id: Node.ID) -> Bool {
    guard case .traced(let value)? = values[name], value.node == id else { return false }
    let isOpen = builder.graph[id].inputs.count == 2 && !builder.isExact[id.index]
    if case .dense = builder.graph[id].op { return isOpen }
    if case .conv = builder.graph[id].op { return isOpen }
    return false
  }

  // MARK: Two computed operands

  private mutating func combined(
    _ a: Traced, _ b: Traced, _ operation: Arithmetic, _ node: NodeContext
  ) throws(Diagnostic) -> Traced {
    guard let shape = ONNXTensor.broadcastShape(a.shape, b.shape) else {
      throw node.refusal("shapes \(a.shape) and \(b.shape) cannot be broadcast")
    }
    if operation == .divide, !a.type.isReal { throw node.refusal("integers are divided") }
    var (x, y) = (a, b)
    var affine = Affine.identity
    if canShareScale(a, b, operation) {
      affine = a.affine
    } else if operation == .multiply, canMultiply(a), canMultiply(b) {
      // Products of integers; their scales wait for what reads them.
      (x, y) = (try builder.withoutZero(a), try builder.withoutZero(b))
      affine.scale = [x.affine.scale[0] * y.affine.scale[0]]
    } else {
      (x, y) = (try builder.materialized(a), try builder.materialized(b))
    }
    x = try builder.expanded(x, to: shape)
    if y.count == 1, x.count > 1 {
      y.node = try builder.reshapedNode(y.node, [1])
    } else {
      y = try builder.expanded(y, to: shape)
      (x, y) = try builder.aligned(x, y)
    }
    let (p, q) = (builder.extents[x.node.index], builder.extents[y.node.index])
    let extent =
      switch operation {
      case .add, .subtract:
        GraphBuilder.Extent(
          magnitude: p.magnitude + q.magnitude, fraction: max(p.fraction, q.fraction))
      case .multiply:
        GraphBuilder.Extent(
          magnitude: p.magnitude * q.magnitude, fraction: p.fraction + q.fraction)
      case .divide, .minimum, .maximum:
        GraphBuilder.Extent(
          magnitude: max(p.magnitude, q.magnitude), fraction: max(p.fraction, q.fraction))
      }
    var result = x
    result.node = try builder.append(operation.op, [x.node, y.node], extent: extent)
    result.affine = affine
    return result
  }

  /// Whether `x` is made of integers with one scale.
  private func canMultiply(_ x: Traced) -> Bool {
    builder.isExact[x.node.index] && !x.affine.isPerChannel && !x.affine.hasOffset
  }

  /// Whether both operands are integers of one scale, which the result then has too.
  private func canShareScale(_ a: Traced, _ b: Traced, _ operation: Arithmetic) -> Bool {
    guard a.affine == b.affine, !a.affine.isPerChannel, !a.affine.hasZero, !a.affine.hasOffset
    else { return false }
    switch operation {
    case .add, .subtract: return true
    case .minimum, .maximum: return a.affine.isPositiveScale
    case .multiply, .divide: return a.affine.isIdentity
    }
  }
}

extension Traced {
  /// For each element of the node's last axis, which holds `axis` alone, its index on that axis.
  func sources(of axis: Int) -> [Int] {
    let order = axes[axis]
    let strides = ONNXTensor.strides(order.map { atoms[$0] })
    var sources = [0]
    for atom in order.sorted() {
      let stride = strides[order.firstIndex(of: atom) ?? 0]
      sources = sources.flatMap { start in (0..<atoms[atom]).map { start + $0 * stride } }
    }
    return sources
  }
}

extension Affine {
  /// Lists of equal numbers become one.
  mutating func simplify() {
    func short(_ list: [Double]) -> [Double] {
      list.allSatisfy { $0 == list[0] } ? [list[0]] : list
    }
    (zero, scale, offset) = (short(zero), short(scale), short(offset))
  }
}
