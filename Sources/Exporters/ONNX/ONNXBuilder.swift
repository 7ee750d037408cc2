// An ONNX model under construction: nodes, initializers, and the file they become.
//
// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

import FileFormats

/// The element types of ONNX tensors that are written.
enum ONNXType: Int {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case int32 = 6
  case int64 = 7
}

/// An attribute of a node.
enum ONNXAttribute {
  case integer(Int)
  case integers([Int])
  case real(Float)
  case word(String)
}

/// Collects nodes in order, and tensors that they read.
struct ONNXBuilder {
  /// The version of the standard operators.
  static let opset = 17
  private static let irVersion = 8

  private var nodes: [ProtobufMessage] = []
  private var initializers: [ProtobufMessage] = []
  private var names: Set<String> = []
  private var domains: [String] = []

  /// `base`, or something like it that is not taken.
  mutating func fresh(_ base: String) -> String {
    var (name, number) = (base, 1)
    while !names.insert(name).inserted {
      number += 1
      name = "\(base)_\(number)"
    }
    return name
  }

  /// Appends a node with one result called like `name`; returns the result's name.
  mutating func node(
    _ type: String, _ inputs: [String], as name: String,
    _ attributes: [(String, ONNXAttribute)] = [], domain: String = ""
  ) -> String {
    let output = fresh(name)
    if !domain.isEmpty, !domains.contains(domain) { domains.append(domain) }
    var message = ProtobufMessage()
    for input in inputs { message.add(1, input) }
    message.add(2, output)
    message.add(3, output)
    message.add(4, type)
    for (key, value) in attributes { message.add(5, attribute(key, value)) }
    if !domain.isEmpty { message.add(7, domain) }
    nodes.append(message)
    return output
  }

  private func attribute(_ key: String, _ value: ONNXAttribute) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, key)
    switch value {
    case .real(let real):
      message.add(2, real)
      message.add(20, 1)
    case .integer(let integer):
      message.add(3, integer)
      message.add(20, 2)
    case .word(let word):
      message.add(4, word)
      message.add(20, 3)
    case .integers(let integers):
      for integer in integers { message.add(8, integer) }
      message.add(20, 7)
    }
    return message
  }

  /// A tensor that nodes read, called like `name`; returns its name.
  mutating func floats(_ values: [Float], _ shape: [Int], as name: String) -> String {
    initializer(name, .float, shape) {
      values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }
  }

  mutating func integers(_ values: [Int64], _ shape: [Int], _ type: ONNXType, as name: String)
    -> String
  {
    let size =
      switch type {
      case .int8, .uint8: 1
      case .int32, .float: 4
      case .int64: 8
      }
    return initializer(name, type, shape) {
      values.flatMap { value in
        withUnsafeBytes(of: value.littleEndian) { Array($0.prefix(size)) }
      }
    }
  }

  private mutating func initializer(
    _ name: String, _ type: ONNXType, _ shape: [Int], _ data: () -> [UInt8]
  ) -> String {
    let name = fresh(name)
    var message = ProtobufMessage()
    for extent in shape { message.add(1, extent) }
    message.add(2, type.rawValue)
    message.add(8, name)
    message.add(9, data())
    initializers.append(message)
    return name
  }

  /// The name, element type and shape of an input or output; a nil extent is the batch axis.
  typealias Port = (name: String, type: ONNXType, shape: [Int?])

  /// The file of a model called `name` with these inputs and outputs.
  func model(name: String, inputs: [Port], outputs: [Port]) -> [UInt8] {
    var model = ProtobufMessage()
    model.add(1, ONNXBuilder.irVersion)
    model.add(2, "nncc")
    model.add(7) { graph in
      for node in nodes { graph.add(1, node) }
      graph.add(2, name)
      for initializer in initializers { graph.add(5, initializer) }
      for port in inputs { graph.add(11, info(port)) }
      for port in outputs { graph.add(12, info(port)) }
    }
    for (domain, version) in [("", ONNXBuilder.opset)] + domains.map({ ($0, 1) }) {
      model.add(8) { set in
        if !domain.isEmpty { set.add(1, domain) }
        set.add(2, version)
      }
    }
    return model.bytes
  }

  private func info(_ port: Port) -> ProtobufMessage {
    var info = ProtobufMessage()
    info.add(1, port.name)
    info.add(2) { type in
      type.add(1) { tensor in
        tensor.add(1, port.type.rawValue)
        tensor.add(2) { shape in
          for extent in port.shape {
            shape.add(1) { dimension in
              if let extent { dimension.add(1, extent) } else { dimension.add(2, "N") }
            }
          }
        }
      }
    }
    return info
  }
}
