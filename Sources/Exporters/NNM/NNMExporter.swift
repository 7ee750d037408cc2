// GraphIR to `.nnm`. The format is described in docs/nnm.md.

import FileFormats
import FixedPoint
import GraphIR

/// The `.nnm` file of `graph`, which must verify. The same graph gives the same bytes.
public func exportNNM(_ graph: Graph) -> [UInt8] {
  var tensors: [(name: String, array: NumberArray)] = []
  let nodes = graph.nodes.map { node -> JSONValue in
    var json: JSONObject = ["name": .string(node.name), "op": .string(node.op.mnemonic)]
    if case .constant(let constant) = node.op {
      // The container reserves one name.
      let name = node.name == "__metadata__" ? node.name + "'" : node.name
      json["tensor"] = .string(name)
      tensors.append((name, array(of: constant)))
      if case .fixed(_, let format) = constant.elements {
        json["attributes"] = ["format": .string(format.description)]
      }
    } else {
      json["attributes"] = attributes(of: node.op)
    }
    if !node.inputs.isEmpty { json["inputs"] = JSONValue(node.inputs.map { graph[$0].name }) }
    if !node.epilogue.isEmpty {
      json["epilogue"] = .array(
        node.epilogue.map { step in
          var json: JSONObject = ["op": .string(step.mnemonic)]
          json["attributes"] = attributes(of: step)
          return .object(json)
        })
    }
    if let format = node.format { json["format"] = .string(format.description) }
    return .object(json)
  }
  var json: JSONObject = [
    "name": .string(graph.name), "nodes": .array(nodes),
    "outputs": JSONValue(graph.outputs.map { graph[$0].name }),
  ]
  if !graph.classNames.isEmpty { json["classes"] = JSONValue(graph.classNames) }
  if !graph.provenance.isEmpty {
    json["provenance"] = .array(graph.provenance.map { JSONValue([$0.key, $0.value]) })
  }
  return Safetensors.write(
    metadata: [
      ("format", "nnm"), ("nnm.version", "1"), ("nnm.graph", JSONValue.object(json).compact),
    ],
    tensors: tensors)
}

/// The attributes as an object; nil when there are none.
private func attributes(of op: Op) -> JSONValue? {
  let list = op.definition.attributes
  if list.isEmpty { return nil }
  return .object(JSONObject(list.map { .init($0.key, json($0.value)) }))
}

private func json(_ value: AttributeValue) -> JSONValue {
  switch value {
  case .integer(let value): JSONValue(value)
  case .real(let value): .double(value)
  case .integers(let values): .array(values.map { .integer($0) })
  case .reals(let values): .array(values.map { .double(double($0)) })
  case .word(let word): .string(word)
  case .format(let format): .string(format.description)
  }
}

/// A double that rounds to `value`, the one that prints shortest: 0.1 rather than
/// 0.10000000149011612.
private func double(_ value: Float) -> Double {
  guard let short = Double("\(value)"), Float(short) == value else { return Double(value) }
  return short
}

/// The tensor of a constant: float32, or the smallest integers that hold its formats.
private func array(of constant: Constant) -> NumberArray {
  let shape = constant.shape.extents
  switch constant.elements {
  case .real(let values): return NumberArray(values, shape: shape)
  case .fixed(let values, let format):
    let lowest = format.formats.map(\.minimum).min() ?? 0
    let highest = format.formats.map(\.maximum).max() ?? 0
    return NumberArray(values, as: .holding(lowest...highest), shape: shape)
  }
}
