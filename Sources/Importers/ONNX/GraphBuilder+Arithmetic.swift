// Arithmetic with constants: what the integers of a node mean, and where they are made to mean themselves.

import Diagnostics
import FixedPoint
import GraphIR

extension GraphBuilder {
  /// `value` in a node that holds its numbers, not integers that stand for them.
  mutating func materialized(_ value: Traced) throws(Diagnostic) -> Traced {
    let affine = value.affine
    if affine.isIdentity { return value }
    var result = value
    result.affine = .identity
    if affine.hasZero { result.node = try combined(result.node, affine.zero, .subtract, "_zero") }
    if affine.scale != [1] {
      result.node = try combined(result.node, affine.scale, .multiply, "_scale")
    }
    if affine.hasOffset { result.node = try combined(result.node, affine.offset, .add, "_offset") }
    return result
  }

  /// `value` without a zero point: integers that only lack their scale.
  mutating func withoutZero(_ value: Traced) throws(Diagnostic) -> Traced {
    if value.affine.hasOffset { return try materialized(value) }
    guard value.affine.hasZero else { return value }
    var result = value
    result.node = try combined(value.node, value.affine.zero, .subtract, "_zero")
    result.affine.zero = [0]
    return result
  }

  /// A node combined with one number or a number per channel; exactly, if it is exact and that is
  /// not too wide.
  mutating func combined(
    _ id: Node.ID, _ list: [Double], _ operation: Arithmetic, _ suffix: String
  ) throws(Diagnostic) -> Node.ID {
    // Numbers of files are float32; products of two of them are rounded here.
    var list = list.map { isShort($0) ? $0 : Double(Float($0)) }
    if list.allSatisfy({ $0 == list[0] }) { list = [list[0]] }
    var isExact = isExact[id.index]
    var extent = Extent(magnitude: 0, fraction: 0)
    if isExact, let grid = GraphBuilder.onGrid(list, bits: 48) {
      let largest = list.reduce(0) { max($0, abs($1)) }
      let own = extents[id.index]
      switch operation {
      case .multiply:
        extent = Extent(
          magnitude: own.magnitude * largest, fraction: own.fraction + grid.fraction)
      case .add, .subtract:
        extent = Extent(
          magnitude: own.magnitude + largest, fraction: max(own.fraction, grid.fraction))
      case .minimum, .maximum, .divide:
        extent = Extent(
          magnitude: max(own.magnitude, largest), fraction: max(own.fraction, grid.fraction))
      }
      isExact = extent.isNarrow && operation != .divide
    } else {
      isExact = false
    }
    let constant = try numbers(
      list, [list.count], exact: isExact, name: context.node.displayName + suffix + "_constant")
    return try append(operation.op, [id, constant], suffix: suffix, extent: extent)
  }

  // MARK: Constants of the model

  /// Where the elements of a constant of `shape` go when it is broadcast against `value`.
  struct Placement {
    /// `value`, stored so that the constant is one number, a vector over the last axis, or a tensor
    /// of the node's shape.
    var value: Traced
    var shape: Shape
    /// For each element of the operand, that of the constant.
    var sources: [Int]

    /// One number, or a number per channel.
    var isChannelwise: Bool { shape.rank <= 1 }
  }

  /// Places a constant of `shape` against `value`, which is repeated where the constant is larger.
  mutating func placement(
    of shape: [Int], against value: Traced
  ) throws(Diagnostic) -> Placement {
    guard let result = ONNXTensor.broadcastShape(value.shape, shape) else {
      throw context.refusal("shapes \(value.shape) and \(shape) cannot be broadcast")
    }
    var value = value
    if result != value.shape { value = try expanded(value, to: result) }
    let aligned = [Int](repeating: 1, count: result.count - shape.count) + shape
    if let batch = value.batchAxis, aligned[batch] != 1 {
      throw context.refusal(
        "a constant differs from sample to sample of a batch of \(value.batch)",
        "export the model for a batch of one, or with an open first axis")
    }
    let strides = ONNXTensor.strides(aligned)
    var step = [Int](repeating: 0, count: value.atoms.count)
    for (axis, atoms) in value.axes.enumerated() where aligned[axis] != 1 {
      var stride = strides[axis]
      for atom in atoms.reversed() {
        step[atom] = stride
        stride *= value.atoms[atom]
      }
    }
    guard let first = step.firstIndex(where: { $0 != 0 }) else {
      return Placement(value: value, shape: [1], sources: [0])
    }
    let tail = Array(first..<value.atoms.count)
    var sources = [0]
    try spend(tail.reduce(1) { $0 * value.atoms[$1] })
    for atom in tail {
      sources = sources.flatMap { start in
        (0..<value.atoms[atom]).map { start + $0 * step[atom] }
      }
    }
    if shapes[value.node.index].channels != sources.count {
      if first == 0 {
        return Placement(
          value: try materialized(value), shape: shapes[value.node.index], sources: sources)
      }
      value = try stored(value, (0..<first).map { [$0] } + [tail])
    }
    return Placement(value: value, shape: [sources.count], sources: sources)
  }
}

/// Whether `value` is an integer or a small one times a power of two.
private func isShort(_ value: Double) -> Bool {
  GraphBuilder.onGrid([value], bits: 40) != nil
}

/// The elementwise operations of two operands.
enum Arithmetic {
  case add, subtract, multiply, divide, minimum, maximum

  var op: Op {
    switch self {
    case .add: .add(Add())
    case .subtract: .subtract(Subtract())
    case .multiply: .multiply(Multiply())
    case .divide: .divide(Divide())
    case .minimum: .minimum(Minimum())
    case .maximum: .maximum(Maximum())
    }
  }

  func callAsFunction(_ a: Float, _ b: Float) -> Float {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    }
  }
}
