// Small ONNX files, written by the tests themselves.

import Diagnostics
import FileFormats
import Foundation
import GraphIR

@testable import Importers

/// Writes the wire format of protocol buffers.
struct WireWriter {
  var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(value & 0x7f) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  mutating func integer(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func bytes(_ field: Int, _ content: [UInt8]) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func text(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

  mutating func float(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func message(_ field: Int, _ write: (inout WireWriter) -> Void) {
    var inner = WireWriter()
    write(&inner)
    bytes(field, inner.bytes)
  }
}

/// A tensor of a test model.
struct TestTensor {
  var name = ""
  var type = ONNXType.float
  var shape: [Int]
  var raw: [UInt8] = []

  init(_ name: String, _ shape: [Int], _ values: [Float]) {
    (self.name, self.shape) = (name, shape)
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { raw += $0 } }
  }

  /// Integers of `type`, of one, four or eight bytes each.
  init(_ name: String, _ shape: [Int], integers: [Int], type: ONNXType = .int64) {
    (self.name, self.shape, self.type) = (name, shape, type)
    for value in integers {
      withUnsafeBytes(of: Int64(value).littleEndian) { raw += $0.prefix(type.width / 8) }
    }
  }

  func write(_ writer: inout WireWriter) {
    for extent in shape { writer.integer(1, extent) }
    writer.integer(2, type.rawValue)
    writer.text(8, name)
    writer.bytes(9, raw)
  }
}

enum TestAttribute {
  case integer(Int)
  case float(Float)
  case text(String)
  case integers([Int])
  case floats([Float])
  case tensor(TestTensor)
  case graph

  func write(_ name: String, _ writer: inout WireWriter) {
    writer.text(1, name)
    switch self {
    case .integer(let value):
      writer.integer(3, value)
      writer.integer(20, 2)
    case .float(let value):
      writer.float(2, value)
      writer.integer(20, 1)
    case .text(let value):
      writer.text(4, value)
      writer.integer(20, 3)
    case .integers(let values):
      for value in values { writer.integer(8, value) }
      writer.integer(20, 7)
    case .floats(let values):
      for value in values { writer.float(7, value) }
      writer.integer(20, 6)
    case .tensor(let tensor):
      writer.message(5) { tensor.write(&$0) }
      writer.integer(20, 4)
    case .graph:
      writer.message(6) { $0.text(2, "inner") }
      writer.integer(20, 5)
    }
  }
}

struct TestNode {
  var type: String
  var inputs: [String]
  var outputs: [String]
  var attributes: [(String, TestAttribute)]
  var domain: String
  var name: String

  init(
    _ type: String, _ inputs: [String], _ outputs: [String],
    _ attributes: [(String, TestAttribute)] = [], domain: String = "", name: String = ""
  ) {
    (self.type, self.inputs, self.outputs) = (type, inputs, outputs)
    (self.attributes, self.domain, self.name) = (attributes, domain, name)
  }
}

/// A model of a test. Extents of 0 are open.
struct TestModel {
  var opset = 13
  var domains: [String] = ["com.microsoft", "onnx.brevitas", "qonnx.custom_op.general", "finn"]
  var inputs: [(name: String, shape: [Int])] = [("x", [0, 4])]
  var inputType = ONNXType.float
  var outputs = ["y"]
  var nodes: [TestNode]
  var initializers: [TestTensor] = []
  var annotations: [(String, String)] = []

  init(
    _ nodes: [TestNode], inputs: [(name: String, shape: [Int])] = [("x", [0, 4])],
    initializers: [TestTensor] = [], opset: Int = 13, outputs: [String] = ["y"]
  ) {
    (self.nodes, self.inputs, self.initializers) = (nodes, inputs, initializers)
    (self.opset, self.outputs) = (opset, outputs)
  }

  var bytes: [UInt8] {
    var writer = WireWriter()
    writer.integer(1, 8)
    writer.text(2, "tests")
    writer.message(7) { graph in
      for node in nodes { graph.message(1) { write(node, &$0) } }
      graph.text(2, "small")
      for tensor in initializers { graph.message(5) { tensor.write(&$0) } }
      for (name, shape) in inputs { graph.message(11) { write(name, shape, &$0) } }
      for name in outputs { graph.message(12) { $0.text(1, name) } }
      for (name, type) in annotations {
        graph.message(14) { annotation in
          annotation.text(1, name)
          annotation.message(2) { entry in
            entry.text(1, "finn_datatype")
            entry.text(2, type)
          }
        }
      }
    }
    writer.message(8) { $0.integer(2, opset) }
    for domain in domains {
      writer.message(8) {
        $0.text(1, domain)
        $0.integer(2, 1)
      }
    }
    return writer.bytes
  }

  private func write(_ node: TestNode, _ writer: inout WireWriter) {
    for input in node.inputs { writer.text(1, input) }
    for output in node.outputs { writer.text(2, output) }
    if !node.name.isEmpty { writer.text(3, node.name) }
    writer.text(4, node.type)
    for (name, value) in node.attributes { writer.message(5) { value.write(name, &$0) } }
    if !node.domain.isEmpty { writer.text(7, node.domain) }
  }

  private func write(_ name: String, _ shape: [Int], _ writer: inout WireWriter) {
    writer.text(1, name)
    writer.message(2) { type in
      type.message(1) { tensor in
        tensor.integer(1, inputType.rawValue)
        tensor.message(2) { dimensions in
          for extent in shape {
            dimensions.message(1) { dimension in
              if extent > 0 { dimension.integer(1, extent) } else { dimension.text(2, "N") }
            }
          }
        }
      }
    }
  }

  func graph() throws(Diagnostic) -> Graph { try importONNX(bytes, file: "m.onnx") }

  /// The first output for one sample, in exact arithmetic where the graph has it.
  func output(_ inputs: [Double]...) throws -> [Double] {
    let graph = try graph()
    let isExact = (try? graph.inferRanges()) != nil
    return Evaluator(graph, arithmetic: isExact ? .exact : .float).outputs(inputs)[0].asReal.values
  }
}
