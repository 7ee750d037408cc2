// One node of an ONNX graph while it is imported: its inputs, its attributes, and refusals that name it.

import Diagnostics
import GraphIR

/// What an operator's importer reads of its node.
struct NodeContext {
  let node: ONNXNode
  let file: String
  /// The version of the node's operator set.
  let opset: Int
  let inputs: [ONNXValue?]

  var location: Location { node.location(in: file) }

  /// A one-line refusal: what is not possible and what to do about it.
  func refusal(_ reason: String, _ suggestion: String? = nil) -> Diagnostic {
    .onnxRefused(location, node.type, reason, suggestion)
  }

  // MARK: Inputs

  /// Input `index`, which must be there.
  func value(_ index: Int) throws(Diagnostic) -> ONNXValue {
    guard let value = optional(index) else {
      throw .onnxMissingInput(location, node.type, index)
    }
    return value
  }

  func optional(_ index: Int) -> ONNXValue? { index < inputs.count ? inputs[index] : nil }

  /// Input `index` as a number known at import.
  func constant(_ index: Int, _ name: String) throws(Diagnostic) -> ONNXTensor {
    guard case .constant(let tensor) = try value(index) else {
      throw .onnxNeedsConstant(location, node.type, name)
    }
    return tensor
  }

  func optionalConstant(_ index: Int, _ name: String) throws(Diagnostic) -> ONNXTensor? {
    optional(index) == nil ? nil : try constant(index, name)
  }

  /// Input `index` as a list of integers known at import.
  func integers(_ index: Int, _ name: String) throws(Diagnostic) -> [Int] {
    guard let list = try constant(index, name).integers, list.count <= 1 << 24 else {
      throw refusal("\(name) are no integers")
    }
    return list.map { Int($0) }
  }

  // MARK: Attributes

  private func attribute(_ name: String) -> ONNXAttribute.Value? {
    node.attributes.first { $0.name == name }?.value
  }

  func has(_ name: String) -> Bool { attribute(name) != nil }

  private func wrong(_ name: String, _ expected: String) -> Diagnostic {
    .onnxAttribute(location, node.type, name, expected)
  }

  func integer(_ name: String, default fallback: Int) throws(Diagnostic) -> Int {
    switch attribute(name) {
    case nil: return fallback
    case .integer(let value)?: return Int(value)
    default: throw wrong(name, "an integer")
    }
  }

  func integers(attribute name: String) throws(Diagnostic) -> [Int]? {
    switch attribute(name) {
    case nil: return nil
    case .integers(let values)?: return values.map { Int($0) }
    case .integer(let value)?: return [Int(value)]
    default: throw wrong(name, "a list of integers")
    }
  }

  func real(_ name: String, default fallback: Float) throws(Diagnostic) -> Float {
    switch attribute(name) {
    case nil: return fallback
    case .float(let value)? where value.isFinite: return value
    case .integer(let value)?: return Float(value)
    default: throw wrong(name, "a finite number")
    }
  }

  func reals(attribute name: String) throws(Diagnostic) -> [Float]? {
    switch attribute(name) {
    case nil: return nil
    case .floats(let values)?: return values
    default: throw wrong(name, "a list of numbers")
    }
  }

  func text(_ name: String, default fallback: String) throws(Diagnostic) -> String {
    switch attribute(name) {
    case nil: return fallback
    case .string(let bytes)?: return String(decoding: bytes, as: UTF8.self)
    default: throw wrong(name, "a text")
    }
  }

  func tensor(attribute name: String) throws(Diagnostic) -> ONNXTensorProto? {
    switch attribute(name) {
    case nil: return nil
    case .tensor(let tensor)?: return tensor
    default: throw wrong(name, "a tensor")
    }
  }

  /// Attribute `name` must be `expected` where it is there at all.
  func require(_ name: String, _ expected: Int, _ suggestion: String? = nil) throws(Diagnostic) {
    let value = try integer(name, default: expected)
    guard value == expected else {
      throw refusal("\(name) = \(value) is not supported", suggestion)
    }
  }

  /// `axis`, counted from the end when negative, as one of `rank` axes.
  func axis(_ axis: Int, rank: Int, limit: Int? = nil) throws(Diagnostic) -> Int {
    let result = axis < 0 ? axis + rank : axis
    guard result >= 0, result < limit ?? rank else {
      throw refusal("there is no axis \(axis) in a tensor of \(rank) axes")
    }
    return result
  }

  /// Several axes, each once, ascending.
  func axes(_ list: [Int], rank: Int) throws(Diagnostic) -> [Int] {
    var result: [Int] = []
    for entry in list { result.append(try axis(entry, rank: rank)) }
    guard Set(result).count == result.count else { throw refusal("axes \(list) repeat") }
    return result.sorted()
  }
}

extension ONNXNode {
  /// The node's own name, else that of its first output.
  var displayName: String {
    name.isEmpty ? outputs.first { !$0.isEmpty } ?? type : name
  }

  func location(in file: String) -> Location {
    Location(file: file, path: displayName, byte: byte)
  }

  /// The operator with its domain, as messages name it.
  var operatorName: String { domain.isEmpty ? type : domain + "." + type }
}

/// What a name of the model stands for.
enum ONNXValue {
  case constant(ONNXTensor)
  case traced(Traced)

  var shape: [Int] {
    switch self {
    case .constant(let tensor): tensor.shape
    case .traced(let value): value.shape
    }
  }
}

extension Diagnostic {
  static func onnxRefused(
    _ location: Location, _ type: String, _ reason: String, _ suggestion: String?
  ) -> Diagnostic {
    Diagnostic(
      id: "onnx.unsupported", at: location, "\(type): \(reason)", suggestion: suggestion)
  }

  static func onnxMissingInput(_ location: Location, _ type: String, _ index: Int) -> Diagnostic {
    Diagnostic(
      id: "onnx.missing-input", at: location, "\(type) lacks its input number \(index)",
      suggestion: "check the file with onnx.checker")
  }

  static func onnxNeedsConstant(_ location: Location, _ type: String, _ name: String) -> Diagnostic
  {
    Diagnostic(
      id: "onnx.needs-constant", at: location,
      "\(type): \(name) must be constant, it is computed from the model's input",
      suggestion: "export the model for inference, with fixed weights and shapes")
  }

  static func onnxAttribute(
    _ location: Location, _ type: String, _ name: String, _ expected: String
  ) -> Diagnostic {
    Diagnostic(
      id: "onnx.bad-attribute", at: location, "attribute \(name) of \(type) is not \(expected)",
      suggestion: "check the file with onnx.checker")
  }
}
