// The table of operators: which function imports which.

import Diagnostics

/// Imports a node: its outputs, first to last.
typealias ONNXOperator =
  @Sendable (inout ONNXImporter, NodeContext) throws(Diagnostic) -> [ONNXValue]

/// Computes a node whose inputs are all known; nil when that is left to the graph.
typealias ONNXFolding =
  @Sendable (inout ONNXImporter, NodeContext) throws(Diagnostic) -> [ONNXTensor]?

enum ONNXOperators {
  /// The operators of the standard.
  private static let standard: [String: ONNXOperator] = [
    ActivationOperators.table, ArithmeticOperators.table, LinearOperators.table,
    PoolingOperators.table, LayoutOperators.table, SelectionOperators.table,
    ReductionOperators.table, ResizeOperators.table, QuantizationOperators.table,
    ShapeOperators.table,
  ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

  private static let others: [String: [String: ONNXOperator]] = [
    "com.microsoft": QuantizationOperators.microsoft,
    "onnx.brevitas": QONNXOperators.table,
    "qonnx.custom_op.general": QONNXOperators.table.merging(FINNOperators.table) { a, _ in a },
    "finn.custom_op.general": QONNXOperators.table.merging(FINNOperators.table) { a, _ in a },
    "finn": FINNOperators.table,
    "qonnx.custom_op.channels_last": ChannelsLastOperators.table,
  ]

  static func find(_ domain: String, _ type: String) -> ONNXOperator? {
    domain.isEmpty ? standard[type] : others[domain]?[type]
  }

  /// Names of all operators of the standard that are imported or folded, sorted.
  static var names: [String] {
    Set(standard.keys).union(ONNXConstantOperators.table.keys).sorted()
  }

  /// What to do about an operator that is not in the table.
  static func hint(_ type: String) -> String {
    switch type {
    case "LSTM", "GRU", "RNN", "Loop", "Scan", "If":
      "hardware is made of feed-forward networks: unroll it, or use a convolution over time"
    case "LRN", "InstanceNormalization", "LayerNormalization", "GroupNormalization":
      "train with BatchNormalization, which is folded into the layer in front of it"
    case "DynamicQuantizeLinear":
      "quantize statically: quantize_static with calibration data instead of quantize_dynamic"
    case "FloatQuant":
      "train with integer quantizers: Quant with a bit width"
    case "NonMaxSuppression", "NonZero", "TopK":
      "end the exported model in front of it"
    default: "replace it, or end the exported model in front of it"
    }
  }
}
