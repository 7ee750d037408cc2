// Ops that put elements elsewhere, and those that work along an axis.

import Diagnostics
import GraphIR

extension ONNXExporter {
  /// All of these are written with channels last.
  mutating func rearrange(_ id: Node.ID, _ node: Node) throws(Diagnostic) {
    var operands: [String] = []
    for input in node.inputs { operands.append(try last(input)) }
    let x = operands[0]
    let shape = shapes[node.inputs[0].index]
    let result = shapes[id.index]
    let name = node.name
    let output: String
    switch node.op {
    case .concat: output = builder.node("Concat", operands, as: name, [("axis", .integer(-1))])
    case .softmax: output = builder.node("Softmax", [x], as: name, [("axis", .integer(-1))])
    case .argmax:
      let index = builder.node(
        "ArgMax", [x], as: name + "_index", [("axis", .integer(-1)), ("keepdims", .integer(1))])
      output = builder.node("Cast", [index], as: name, [("to", .integer(ONNXType.float.rawValue))])
    case .flatten, .reshape:
      // An extent of 0 stands for the operand's: the batch axis.
      let extents = list([0] + result.extents, name + "_shape")
      output = builder.node("Reshape", [x, extents], as: name)
    case .pad(let op):
      let begins = stride(from: 0, to: op.padding.count, by: 2).map { op.padding[$0] }
      let ends = stride(from: 1, to: op.padding.count, by: 2).map { op.padding[$0] }
      let pads = list([0] + begins + [0, 0] + ends + [0], name + "_pads")
      output = builder.node("Pad", [x, pads], as: name)
    case .crop(let op):
      let axes = Array(1..<shape.rank)
      output = sliced(
        x, begins: axes.map { op.cropping[2 * ($0 - 1)] },
        ends: axes.map { shape.extents[$0 - 1] - op.cropping[2 * ($0 - 1) + 1] }, axes: axes, name)
    case .slice(let op):
      output = sliced(
        x, begins: [op.begin], ends: [op.begin + op.count], axes: [shape.rank], name)
    case .upsample(let op):
      // Repeated indices: the same in every runtime, unlike the many modes of Resize.
      var current = x
      for (axis, factor) in op.factors.enumerated() where factor > 1 {
        let indices = (0..<shape.extents[axis] * factor).map { $0 / factor }
        current = builder.node(
          "Gather", [current, list(indices, name + "_indices")], as: name,
          [("axis", .integer(axis + 1))])
      }
      output = current
    case .gather(let op):
      output = builder.node(
        "Gather", [x, list(op.indices, name + "_indices")], as: name,
        [("axis", .integer(op.axis + 1))])
    case .transpose(let op):
      output = builder.node(
        "Transpose", [x], as: name, [("perm", .integers([0] + op.permutation.map { $0 + 1 }))])
    case .reduce(let op): output = reduced(x, op, name)
    default: throw .notInONNX(node, "\(node.op.mnemonic) has no operator")
    }
    set(id, .last, output)
  }

  private mutating func list(_ values: [Int], _ name: String) -> String {
    builder.integers(values.map { Int64($0) }, [values.count], .int64, as: name)
  }

  private mutating func sliced(
    _ x: String, begins: [Int], ends: [Int], axes: [Int], _ name: String
  ) -> String {
    builder.node(
      "Slice",
      [x, list(begins, name + "_begins"), list(ends, name + "_ends"), list(axes, name + "_axes")],
      as: name)
  }

  private mutating func reduced(_ x: String, _ op: Reduce, _ name: String) -> String {
    let axes = op.axes.map { $0 + 1 }
    let keep: (String, ONNXAttribute) = ("keepdims", .integer(0))
    switch op.function {
    case .sum:
      // The only one whose axes are an operand at this version.
      return builder.node("ReduceSum", [x, list(axes, name + "_axes")], as: name, [keep])
    case .mean: return builder.node("ReduceMean", [x], as: name, [("axes", .integers(axes)), keep])
    case .product:
      return builder.node("ReduceProd", [x], as: name, [("axes", .integers(axes)), keep])
    case .maximum:
      return builder.node("ReduceMax", [x], as: name, [("axes", .integers(axes)), keep])
    case .minimum:
      return builder.node("ReduceMin", [x], as: name, [("axes", .integers(axes)), keep])
    }
  }
}
