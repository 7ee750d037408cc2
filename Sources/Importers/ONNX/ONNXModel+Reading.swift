// How an ONNX file is read: which field number of onnx.proto is what.

import Diagnostics

extension ONNXModel {
  init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    var reader = ProtobufReader(bytes, file: file)
    var hasGraph = false
    while let field = try reader.next() {
      switch field.number {
      case 2: producer = try reader.string(field)
      case 7:
        guard !hasGraph else { throw .onnxMalformed(file, field.byte, "it has two graphs") }
        graph = try ONNXGraph(reader.message(field))
        hasGraph = true
      case 8:
        let (domain, version) = try ONNXModel.opset(reader.message(field))
        opsets[domain] = max(opsets[domain] ?? 0, version)
      case 25: functions.append(try ONNXModel.functionName(reader.message(field)))
      default: break
      }
    }
    guard hasGraph else { throw .onnxMalformed(file, 0, "it has no graph") }
  }

  private static func opset(
    _ message: ProtobufReader
  ) throws(Diagnostic) -> (domain: String, version: Int) {
    var reader = message
    var (domain, version) = ("", 0)
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try reader.string(field)
      case 2: version = Int(try reader.integer(field))
      default: break
      }
    }
    return (domain, version)
  }

  private static func functionName(_ message: ProtobufReader) throws(Diagnostic) -> String {
    var reader = message
    var (domain, name) = ("", "")
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.string(field)
      case 10: domain = try reader.string(field)
      default: break
      }
    }
    return domain + "." + name
  }
}

extension ONNXGraph {
  /// More nodes than any network for hardware has; bounds the memory of a hostile file.
  private static let largestCount = 100_000

  init(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1: nodes.append(try ONNXNode(reader.message(field)))
      case 2: name = try reader.string(field)
      case 5: initializers.append(try ONNXTensorProto(reader.message(field)))
      case 11: inputs.append(try ONNXValueInfo(reader.message(field)))
      case 12: outputs.append(try ONNXValueInfo(reader.message(field)))
      case 14: try readAnnotation(reader.message(field))
      case 15: throw .onnxSparse(reader.file, field.byte)
      default: break
      }
      let count = nodes.count + initializers.count + inputs.count + outputs.count
      guard count <= ONNXGraph.largestCount else {
        throw .onnxMalformed(
          reader.file, field.byte, "it has more than \(ONNXGraph.largestCount) nodes and tensors")
      }
    }
  }

  private mutating func readAnnotation(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    var (tensor, type) = ("", "")
    while let field = try reader.next() {
      switch field.number {
      case 1: tensor = try reader.string(field)
      case 2:
        let (key, value) = try entry(reader.message(field))
        if key == "finn_datatype" { type = value }
      default: break
      }
    }
    if !tensor.isEmpty, !type.isEmpty { annotations[tensor] = type }
  }
}

/// A key and its value.
private func entry(_ message: ProtobufReader) throws(Diagnostic) -> (key: String, value: String) {
  var reader = message
  var (key, value) = ("", "")
  while let field = try reader.next() {
    switch field.number {
    case 1: key = try reader.string(field)
    case 2: value = try reader.string(field)
    default: break
    }
  }
  return (key, value)
}

extension ONNXNode {
  init(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    byte = reader.position
    while let field = try reader.next() {
      switch field.number {
      case 1: inputs.append(try reader.string(field))
      case 2: outputs.append(try reader.string(field))
      case 3: name = try reader.string(field)
      case 4: type = try reader.string(field)
      case 5: attributes.append(try ONNXAttribute(reader.message(field)))
      case 7: domain = try reader.string(field)
      default: break
      }
      guard inputs.count + outputs.count + attributes.count <= 10_000 else {
        throw .onnxMalformed(reader.file, byte, "a node has more than 10000 inputs and outputs")
      }
    }
    guard !type.isEmpty, !outputs.isEmpty else {
      throw .onnxMalformed(reader.file, byte, "a node has no operator or no output")
    }
    if domain == "ai.onnx" { domain = "" }
  }
}

extension ONNXAttribute {
  init(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    let byte = reader.position
    var (name, type) = ("", 0)
    var float: Float = 0
    var integer: Int64 = 0
    var text: [UInt8] = []
    var tensor: ONNXTensorProto?
    var floats: [Float] = []
    var integers: [Int64] = []
    var strings: [String] = []
    /// The kind that the last field has; old files do not state it.
    var seen = 0
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.string(field)
      case 2: (float, seen) = (try reader.float(field), 1)
      case 3: (integer, seen) = (try reader.integer(field), 2)
      case 4: (text, seen) = (Array(reader.bytes[try reader.range(field)]), 3)
      case 5: (tensor, seen) = (try ONNXTensorProto(reader.message(field)), 4)
      case 6: seen = 5
      case 7:
        try reader.append(field, to: &floats)
        seen = 6
      case 8:
        try reader.append(field, to: &integers)
        seen = 7
      case 9:
        strings.append(try reader.string(field))
        seen = 8
      case 10, 11, 14, 15, 22, 23: seen = 9
      case 20: type = Int(try reader.integer(field))
      case 21: seen = 9
      default: break
      }
    }
    guard !name.isEmpty else { throw .onnxMalformed(reader.file, byte, "an attribute has no name") }
    self.name = name
    switch type == 0 ? seen : type {
    case 1: value = .float(float)
    case 2: value = .integer(integer)
    case 3: value = .string(text)
    case 4:
      guard let tensor else {
        throw .onnxMalformed(reader.file, byte, "attribute \(name) lacks its tensor")
      }
      value = .tensor(tensor)
    case 6: value = .floats(floats)
    case 7: value = .integers(integers)
    case 8: value = .strings(strings)
    case 5, 10: value = .other("a graph")
    default: value = .other("something that is no number, text or tensor")
    }
  }
}

extension ONNXTensorProto {
  init(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    byte = reader.position
    while let field = try reader.next() {
      switch field.number {
      case 1: try reader.append(field, to: &dims, limit: 64)
      case 2: type = Int(truncatingIfNeeded: try reader.integer(field))
      case 3: hasSegment = true
      case 4, 5, 6, 7, 9, 10, 11: data.append(field)
      case 8: name = try reader.string(field)
      case 13: external.append(try entry(reader.message(field)))
      case 14: isExternal = try reader.integer(field) == 1
      default: break
      }
      guard external.count <= 16 else {
        throw .onnxMalformed(reader.file, byte, "a tensor has too many external files")
      }
    }
  }
}

extension ONNXValueInfo {
  init(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    let byte = reader.position
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.string(field)
      case 2: try readType(reader.message(field))
      default: break
      }
    }
    guard !name.isEmpty else {
      throw .onnxMalformed(reader.file, byte, "an input or output has no name")
    }
  }

  private mutating func readType(_ message: ProtobufReader) throws(Diagnostic) {
    var reader = message
    while let field = try reader.next() {
      guard field.number == 1 else {
        // 6 is a denotation, everything else a sequence, a map, an optional or sparse tensor.
        if field.number != 6 { isTensor = false }
        continue
      }
      var tensor = try reader.message(field)
      while let field = try tensor.next() {
        switch field.number {
        case 1: type = Int(truncatingIfNeeded: try tensor.integer(field))
        case 2: shape = try ONNXValueInfo.shape(tensor.message(field))
        default: break
        }
      }
    }
  }

  private static func shape(_ message: ProtobufReader) throws(Diagnostic) -> [Extent] {
    var reader = message
    var extents: [Extent] = []
    while let field = try reader.next(), extents.count < 64 {
      guard field.number == 1 else { continue }
      var dimension = try reader.message(field)
      var extent = Extent.open("")
      while let field = try dimension.next() {
        switch field.number {
        case 1:
          let value = try dimension.integer(field)
          extent = value > 0 ? .fixed(Int(value)) : .open("")
        case 2: extent = .open(try dimension.string(field))
        default: break
        }
      }
      extents.append(extent)
    }
    return extents
  }
}

extension Diagnostic {
  static func onnxSparse(_ file: String, _ byte: Int) -> Diagnostic {
    Diagnostic(
      id: "onnx.sparse", at: Location(file: file, byte: byte),
      "a weight is stored as a sparse tensor", suggestion: "export the model with dense weights")
  }
}
