// How one node of `nnm.graph` is read: op, attributes, operands, tensor.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// Reads nodes and keeps count of what they used.
struct NNMNodeReader {
  var tensors: [String: Safetensors.Tensor] = [:]
  private var usedTensors: Set<String> = []
  /// How many more formats the lists with run lengths may make: `[s1f0*100000000]` is short to
  /// write and long to store.
  private var formatBudget = 1 << 24

  /// The first tensor, in the order of the file, that no node used.
  var firstUnusedTensor: Safetensors.Tensor? {
    tensors.values.filter { !usedTensors.contains($0.name) }.min {
      ($0.byte, $0.name) < ($1.byte, $1.name)
    }
  }

  mutating func node(_ json: JSONField, ids: [String: Node.ID]) throws(Diagnostic) -> Node {
    try json.allowOnly("name", "op", "inputs", "attributes", "tensor", "epilogue", "format")
    let name = try json.member("name").string()
    var node = Node(name: name, op: try op(json, node: name))
    for input in try json.optionalMember("inputs")?.elements() ?? [] {
      node.inputs.append(try reference(input, ids: ids))
    }
    for step in try json.optionalMember("epilogue")?.elements() ?? [] {
      try step.allowOnly("op", "attributes")
      node.epilogue.append(try op(step, node: name))
    }
    if let text = try json.optionalMember("format") { node.format = try format(text) }
    return node
  }

  func reference(_ json: JSONField, ids: [String: Node.ID]) throws(Diagnostic) -> Node.ID {
    let name = try json.string()
    guard let id = ids[name] else { throw .nnmUnknownName(json.location, name: name) }
    return id
  }

  private mutating func op(_ json: JSONField, node: String) throws(Diagnostic) -> Op {
    let mnemonic = try json.member("op").string()
    if mnemonic == Constant.mnemonic { return .constant(try constant(json)) }
    if let tensor = try json.optionalMember("tensor") {
      throw .nnmUnexpectedTensor(tensor.location, op: mnemonic)
    }
    var attributes: [Attribute] = []
    for (key, _, value) in try json.optionalMember("attributes")?.members() ?? [] {
      attributes.append(Attribute(key, try attributeValue(value)))
    }
    do {
      return try Op(mnemonic: mnemonic, attributes: attributes, at: Location(path: node))
    } catch {
      // Only errors pay for finding the place.
      var problem = error
      problem.location = json.location
      problem.location.path = node
      throw problem
    }
  }

  private mutating func attributeValue(_ json: JSONField) throws(Diagnostic) -> AttributeValue {
    switch json.value {
    case .integer(let value): return .integer(Int(value))
    case .double(let value): return .real(value)
    case .string(let text):
      return text.hasPrefix("[") || FixedFormat(text) != nil
        ? .format(try format(json)) : .word(text)
    case .array(let elements):
      let integers = elements.compactMap { if case .integer(let value) = $0 { value } else { nil } }
      if integers.count == elements.count { return .integers(integers) }
      var reals: [Float] = []
      for element in try json.elements() { reals.append(Float(try element.double())) }
      return .reals(reals)
    case .null, .bool, .object: throw json.mismatch("a number, a string or a list of numbers")
    }
  }

  private mutating func format(_ json: JSONField) throws(Diagnostic) -> TensorFormat {
    let text = try json.string()
    // Count before anything is allocated.
    for item in text.split(separator: ",") {
      let count = item.split(separator: "*").dropFirst().first
        .flatMap { Int($0.prefix { $0 != "]" }) }
      formatBudget -= min(max(count ?? 1, 1), 1 << 32)
      guard formatBudget >= 0 else { throw .nnmTooManyFormats(json.location) }
    }
    guard let format = TensorFormat(text) else { throw .nnmBadFormat(json.location, text: text) }
    return format
  }

  // MARK: Constants

  private mutating func constant(_ json: JSONField) throws(Diagnostic) -> Constant {
    let field = try json.member("tensor")
    let name = try field.string()
    guard let tensor = tensors[name] else { throw .nnmUnknownTensor(field.location, name: name) }
    usedTensors.insert(name)
    let shape = Shape(tensor.array.shape)
    let attributes = try json.optionalMember("attributes")
    try attributes?.allowOnly("format")
    guard let text = try attributes?.optionalMember("format") else {
      return Constant(shape: shape, real: try reals(tensor, of: field))
    }
    let format = try format(text)
    guard let values = tensor.array.integers else {
      throw .nnmDtype(field.location, tensor: name, type: tensor.array.type, expected: "integers")
    }
    guard format.fits(shape) else {
      throw .nnmFormatCount(text.location, count: format.formats.count, shape: tensor.array.shape)
    }
    for (index, value) in values.enumerated() where !format.format(of: index).contains(value) {
      throw .nnmOutOfFormat(
        element(index, of: tensor, field), value: value, format: format.format(of: index))
    }
    return Constant(shape: shape, fixed: values, format: format)
  }

  private func reals(
    _ tensor: Safetensors.Tensor, of field: JSONField
  ) throws(Diagnostic) -> [Float] {
    guard tensor.array.type == .float32 else {
      throw .nnmDtype(
        field.location, tensor: tensor.name, type: tensor.array.type,
        expected: "F32, or integers and a format")
    }
    let values = tensor.array.floats
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .nnmNotFinite(element(index, of: tensor, field), index: index, value: values[index])
    }
    return values
  }

  /// Where element `index` of `tensor` is.
  private func element(
    _ index: Int, of tensor: Safetensors.Tensor, _ field: JSONField
  ) -> Location {
    Location(
      file: field.location.file, path: tensor.name,
      byte: tensor.byte + index * tensor.array.type.size)
  }
}

extension Diagnostic {
  static func nnmUnknownName(_ location: Location, name: String) -> Diagnostic {
    Diagnostic(id: "nnm.unknown-name", at: location, "there is no node called '\(name)'")
  }

  static func nnmUnexpectedTensor(_ location: Location, op: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.unexpected-tensor", at: location, "\(op) has no tensor",
      suggestion: "make a constant of it and name that among the inputs")
  }

  static func nnmUnknownTensor(_ location: Location, name: String) -> Diagnostic {
    Diagnostic(id: "nnm.unknown-tensor", at: location, "the file has no tensor '\(name)'")
  }

  static func nnmDtype(
    _ location: Location, tensor: String, type: ElementType, expected: String
  ) -> Diagnostic {
    Diagnostic(
      id: "nnm.dtype", at: location,
      "the tensor '\(tensor)' holds \(type.rawValue) numbers; expected \(expected)")
  }

  static func nnmNotFinite(_ location: Location, index: Int, value: Float) -> Diagnostic {
    Diagnostic(
      id: "nnm.not-finite", at: location, "element \(index) is \(value)",
      suggestion: "train again; weights must be finite")
  }

  static func nnmOutOfFormat(
    _ location: Location, value: Int64, format: FixedFormat
  ) -> Diagnostic {
    Diagnostic(
      id: "nnm.out-of-format", at: location,
      "\(value) does not fit \(format), whose integers are \(format.minimum) to \(format.maximum)")
  }

  static func nnmBadFormat(_ location: Location, text: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.bad-format", at: location, "'\(text.prefix(40))' is not a number format",
      suggestion: "write s6f5 for 6 signed bits, 5 of them behind the point, or [s6f5*3, u2f1]")
  }

  static func nnmFormatCount(_ location: Location, count: Int, shape: [Int]) -> Diagnostic {
    Diagnostic(
      id: "nnm.format-count", at: location, "\(count) formats do not fit shape \(shape)",
      suggestion: "give one, one per index of the last axis, or one per element")
  }

  static func nnmTooManyFormats(_ location: Location) -> Diagnostic {
    Diagnostic(
      id: "nnm.too-many-formats", at: location, "the lists of formats are too long altogether")
  }
}
