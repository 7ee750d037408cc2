// Layers of several inputs: sums, products, extrema, concatenation.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

extension KerasImporter {
  mutating func merging(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    var kind = call.layer.className
    if kind == "Merge" {
      // Keras 1: one class, the operation is a setting.
      let modes = [
        "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average",
        "max": "Maximum",
      ]
      let mode = try call.config.member("mode").string()
      guard let name = modes[mode] else { throw call.refusal("its mode is '\(mode)'") }
      kind = name
    }
    guard call.inputs.count > 0, call.inputs.count <= 256 else {
      throw call.refusal("it is called with \(call.inputs.count) inputs")
    }
    if kind == "Concatenate" { return try concatenation(call) }
    var operands: [Node.ID] = []
    for input in call.inputs {
      switch input {
      case .tensor(let id): operands.append(id)
      case .number(let value): operands.append(try number(Float(value), call))
      }
    }
    return try combined(kind, operands, call)
  }

  /// `operands` combined from left to right.
  mutating func combined(
    _ kind: String, _ operands: [Node.ID], _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    let op: Op
    switch kind {
    case "Add", "Average": op = .add(Add())
    case "Multiply": op = .multiply(Multiply())
    case "Maximum": op = .maximum(Maximum())
    case "Minimum": op = .minimum(Minimum())
    default:
      guard operands.count == 2 else {
        throw call.refusal("it is called with \(operands.count) inputs; two are expected")
      }
      op = .subtract(Subtract())
    }
    var result = operands[0]
    for (index, operand) in operands.enumerated().dropFirst() {
      let isLast = index == operands.count - 1 && kind != "Average"
      let (a, b) = try aligned(result, operand, call)
      result = try append(op, [a, b], call, isLast ? "" : "sum\(index)")
    }
    guard kind == "Average", operands.count > 1 else { return result }
    return try append(
      .multiply(Multiply()), [result, try number(1 / Float(operands.count), call)], call)
  }

  /// `a` and `b` as an elementwise op takes them: extents of 1 are repeated, but for a vector of
  /// channels or a number behind the whole.
  private mutating func aligned(
    _ a: Node.ID, _ b: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> (Node.ID, Node.ID) {
    let (x, y) = (builder.shape(a).extents, builder.shape(b).extents)
    if x == y || builder.shape(b).count == 1 && y.count <= x.count { return (a, b) }
    let rank = max(x.count, y.count)
    func padded(_ extents: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - extents.count) + extents
    }
    guard zip(padded(x), padded(y)).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else {
      throw call.refusal("inputs of shapes \(x) and \(y) do not fit each other")
    }
    let target = zip(padded(x), padded(y)).map { max($0, $1) }
    return (
      try repeated(a, padded(x), to: target, call, "left"),
      padded(y).dropLast().allSatisfy { $0 == 1 } && y.last == target.last
        ? try reshaped(b, to: [target[rank - 1]], call, "right")
        : try repeated(b, padded(y), to: target, call, "right")
    )
  }

  private mutating func repeated(
    _ x: Node.ID, _ extents: [Int], to target: [Int], _ call: KerasCall, _ suffix: String
  ) throws(Diagnostic) -> Node.ID {
    var result = try reshaped(x, to: extents, call, suffix)
    for (axis, extent) in target.enumerated() where extents[axis] != extent {
      let indices = [Int](repeating: 0, count: extent)
      result = try append(
        .gather(Gather(axis: axis, indices: indices)), [result], call, "\(suffix)_axis\(axis)")
    }
    return result
  }

  private mutating func reshaped(
    _ x: Node.ID, to extents: [Int], _ call: KerasCall, _ suffix: String
  ) throws(Diagnostic) -> Node.ID {
    builder.shape(x).extents == extents
      ? x : try append(.reshape(Reshape(shape: Shape(extents))), [x], call, "\(suffix)_shape")
  }

  /// The first input plus `scale` times the second: what Inception-ResNet joins its branches with.
  mutating func scaledSum(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    guard call.inputs.count == 2, case .tensor(let trunk) = call.inputs[0],
      case .tensor(let branch) = call.inputs[1]
    else { throw call.refusal("it is called with \(call.inputs.count) inputs; two are expected") }
    let scale = try number(Float(try call.config.member("scale").double()), call)
    let scaled = try append(.multiply(Multiply()), [branch, scale], call, "scaled")
    return try append(.add(Add()), [trunk, scaled], call)
  }

  /// Along the last axis, or along another one that is moved there and back.
  private mutating func concatenation(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    var operands: [Node.ID] = []
    for input in call.inputs {
      guard case .tensor(let id) = input else { throw call.refusal("an input is a number") }
      operands.append(id)
    }
    let rank = builder.shape(operands[0]).rank
    let field = try call.setting("axis", "concat_axis")
    let given = try field?.integer() ?? -1
    let axis = given < 0 ? rank + given : given - 1
    guard (0..<rank).contains(axis) else {
      throw call.refusal("it joins along axis \(given)")
    }
    if axis == rank - 1 { return try append(.concat(Concat()), operands, call) }
    var order = Array(0..<rank)
    order.swapAt(axis, rank - 1)
    let swap: Op = .transpose(Transpose(permutation: order))
    var moved: [Node.ID] = []
    for (index, operand) in operands.enumerated() {
      guard builder.shape(operand).rank == rank else {
        throw call.refusal("its inputs have different numbers of axes")
      }
      moved.append(try append(swap, [operand], call, "operand\(index)"))
    }
    let joined = try append(.concat(Concat()), moved, call, "joined")
    return try append(swap, [joined], call)
  }
}
