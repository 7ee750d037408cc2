// What a TensorFlow Lite file says: the tables of its schema, without their meaning.
//
// Fields have the numbers of their order in the schema of TensorFlow, version 3.

import Diagnostics
import GraphIR

/// A model of one subgraph.
struct TFLiteModel {
  var name: String
  var tensors: [TFLiteTensor]
  var operators: [TFLiteOperator]
  var inputs: [Int]
  var outputs: [Int]
  var description: String
  let bytes: [UInt8]
  let file: String

  init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    let buffer = FlatBuffer(bytes, file: file)
    guard bytes.count >= 8, bytes[4..<8].elementsEqual("TFL3".utf8) else {
      throw .tfliteNotTFLite(file)
    }
    self.bytes = bytes
    self.file = file
    let root = try buffer.root()
    let codes = try root.tables(1) { table throws(Diagnostic) in try OperatorCode(table) }
    let buffers = try root.tables(4) { table throws(Diagnostic) in try DataRange(table) }
    let graphs = try root.tables(2) { table throws(Diagnostic) in table }
    guard let graph = graphs.first else { throw buffer.damaged(0) }
    description = try root.string(3)
    name = try graph.string(4)
    tensors = try graph.tables(0) { table throws(Diagnostic) in
      try TFLiteTensor(table, buffers: buffers.map(\.range))
    }
    inputs = try graph.integers(1, Int32.self)
    outputs = try graph.integers(2, Int32.self)
    operators = try graph.tables(3) { table throws(Diagnostic) in
      try TFLiteOperator(table, codes)
    }
    let references = inputs + outputs + operators.flatMap { $0.outputs }
    guard references.allSatisfy(tensors.indices.contains),
      operators.allSatisfy({ $0.inputs.allSatisfy { $0 >= -1 && $0 < tensors.count } })
    else { throw buffer.damaged(graph.position) }
    for tensor in tensors {
      try check(tensor)
      guard tensor.hasUsableScales else { throw .tfliteScale(tensor.name, file) }
    }
  }

  /// Constants are as long as their shapes say.
  private func check(_ tensor: TFLiteTensor) throws(Diagnostic) {
    guard let data = tensor.data else { return }
    guard !tensor.isSparse, let size = tensor.type.size else { return }
    let bytes = tensor.elementCount.map { tensor.type == .int4 ? ($0 + 1) / 2 : $0 * size }
    guard bytes == data.count else {
      throw .tfliteData(tensor.name, file, byte: data.lowerBound, bytes: data.count)
    }
  }
}

private struct OperatorCode {
  var code: Int
  var custom: String

  init(_ table: FlatTable) throws(Diagnostic) {
    // Files from before the 127th operator have a byte only.
    code = max(try table.integer(0, Int8.self), try table.integer(3, Int32.self))
    custom = try table.string(1)
  }
}

/// The bytes of a buffer; nil for one without data.
private struct DataRange {
  var range: Range<Int>?

  init(_ table: FlatTable) throws(Diagnostic) {
    let data = try table.vector(0, size: 1)
    if data.count > 0 {
      range = data.start..<data.start + data.count
      return
    }
    // Large files keep data behind the tables.
    let offset = try table.integer(1, UInt64.self)
    let size = try table.integer(2, UInt64.self)
    if offset > 1, size > 0 {
      let length = table.buffer.bytes.count
      guard offset < length, size <= length - offset else {
        throw table.buffer.damaged(table.position)
      }
      range = offset..<offset + size
    }
  }
}

/// One operator of the subgraph.
struct TFLiteOperator {
  var code: Int
  var custom: String
  /// Tensors; -1 for an optional input that is not there.
  var inputs: [Int]
  var outputs: [Int]
  var options: FlatTable?

  fileprivate init(_ table: FlatTable, _ codes: [OperatorCode]) throws(Diagnostic) {
    let index = try table.integer(0, UInt32.self)
    guard codes.indices.contains(index) else { throw table.buffer.damaged(table.position) }
    (code, custom) = (codes[index].code, codes[index].custom)
    inputs = try table.integers(1, Int32.self)
    outputs = try table.integers(2, Int32.self)
    options = try table.table(4)
    guard !outputs.isEmpty else { throw table.buffer.damaged(table.position) }
  }

  /// An integer option; `fallback` when the file leaves it out.
  func option<Number: FixedWidthInteger>(
    _ field: Int, _ type: Number.Type = Int32.self, default fallback: Int = 0
  ) throws(Diagnostic) -> Int {
    guard let options else { return fallback }
    return try options.integer(field, type, default: fallback)
  }

  /// What the schema calls the operator.
  var kind: String {
    if code == TFLiteOperator.customCode { return custom.isEmpty ? "CUSTOM" : custom }
    return TFLiteOperator.names[code] ?? "operator number \(code)"
  }

  private static let customCode = 32
}

/// The types of elements, by their number in the schema.
enum TFLiteType: Int {
  case float32 = 0
  case float16, int32, uint8, int64, string, bool, int16, complex64, int8, float64, complex128
  case uint64, resource, variant, uint32, uint16, int4, bfloat16

  /// Bytes of an element; two elements of `int4` share one.
  var size: Int? {
    switch self {
    case .uint8, .bool, .int8, .int4: 1
    case .float16, .int16, .uint16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .int64, .float64, .uint64: 8
    case .string, .complex64, .complex128, .resource, .variant: nil
    }
  }

  var isFloat: Bool {
    switch self {
    case .float32, .float16, .float64, .bfloat16: true
    case .int32, .uint8, .int64, .string, .bool, .int16, .complex64, .int8, .complex128, .uint64,
      .resource, .variant, .uint32, .uint16, .int4:
      false
    }
  }
}

extension Diagnostic {
  static func tfliteNotTFLite(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "tflite.not-tflite", at: Location(file: file, byte: 4),
      "this is no TensorFlow Lite model: it lacks the mark TFL3",
      suggestion: "convert the model with tf.lite.TFLiteConverter")
  }

  static func tfliteScale(_ tensor: String, _ file: String) -> Diagnostic {
    Diagnostic(
      id: "tflite.scale", at: Location(file: file, path: tensor),
      "the tensor's scales or zero points are no numbers to compute with",
      suggestion: "convert the model again")
  }

  static func tfliteData(_ tensor: String, _ file: String, byte: Int, bytes: Int) -> Diagnostic {
    Diagnostic(
      id: "tflite.data", at: Location(file: file, path: tensor, byte: byte),
      "the tensor has \(bytes) bytes of data, which is not what its shape and type ask for",
      suggestion: "convert the model again")
  }
}
