// An ONNX file as values: what onnx.proto describes, as far as feed-forward networks need it.

import Diagnostics

/// A model: one graph, and the versions of the operator sets it uses.
struct ONNXModel {
  var producer = ""
  var graph = ONNXGraph()
  /// Version by domain; the domain of the standard's operators is the empty string.
  var opsets: [String: Int] = [:]
  /// Domain and name of the model's own functions.
  var functions: [String] = []

  /// The version of the standard's operators.
  var opset: Int { opsets[""] ?? opsets["ai.onnx"] ?? 1 }
}

struct ONNXGraph {
  var name = ""
  var nodes: [ONNXNode] = []
  var initializers: [ONNXTensorProto] = []
  var inputs: [ONNXValueInfo] = []
  var outputs: [ONNXValueInfo] = []
  /// `finn_datatype` and such, by the name of the tensor.
  var annotations: [String: String] = [:]
}

struct ONNXNode {
  var name = ""
  var domain = ""
  var type = ""
  /// An empty name stands for an input that is left out.
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [ONNXAttribute] = []
  /// Where the node starts in the file.
  var byte = 0
}

struct ONNXAttribute {
  enum Value {
    case float(Float)
    case integer(Int64)
    case string([UInt8])
    case tensor(ONNXTensorProto)
    case floats([Float])
    case integers([Int64])
    case strings([String])
    /// Graphs, sparse tensors, types.
    case other(String)
  }

  var name: String
  var value: Value
}

/// A tensor as it stands in the file: its numbers are read when they are needed.
struct ONNXTensorProto {
  var name = ""
  var dims: [Int64] = []
  var type = 0
  /// The fields that hold numbers, in order.
  var data: [ProtobufReader.Field] = []
  var external: [(key: String, value: String)] = []
  var isExternal = false
  var hasSegment = false
  var byte = 0
}

struct ONNXValueInfo {
  enum Extent {
    case fixed(Int)
    /// Named or not: any number.
    case open(String)
  }

  var name = ""
  var type = 0
  /// Nil when the file does not say.
  var shape: [Extent]?
  var isTensor = true
}
