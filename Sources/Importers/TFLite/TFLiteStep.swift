// One operator on its way into the graph.

import Diagnostics
import GraphIR

/// An operator with the name that errors give it: that of its result.
struct TFLiteStep {
  let operation: TFLiteOperator
  let name: String

  init(_ operation: TFLiteOperator, _ name: String, _ index: Int) {
    self.operation = operation
    self.name = name.isEmpty ? "operator \(index)" : TFLiteTensor.shortName(name)
  }

  var outputs: [Int] { operation.outputs }

  /// The tensor of operand `index`; nil when the operator does not have it.
  func input(_ index: Int) -> Int? {
    guard index < operation.inputs.count, operation.inputs[index] >= 0 else { return nil }
    return operation.inputs[index]
  }

  func unsupported(_ reason: String) -> Diagnostic {
    .tfliteUnsupported(name, operation.kind, reason)
  }
}

extension Diagnostic {
  static func tfliteUnsupported(_ node: String, _ op: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "tflite.unsupported", at: Location(path: node), "\(op): \(reason)",
      suggestion: "change the layer and convert the model again")
  }

  static func tfliteUnknownOperator(_ node: String, _ op: String) -> Diagnostic {
    Diagnostic(
      id: "tflite.unknown-operator", at: Location(path: node),
      "the operator \(op) is not supported",
      suggestion: "replace the layer by supported ones and convert the model again")
  }

  static func tfliteInput(_ tensor: String) -> Diagnostic {
    Diagnostic(
      id: "tflite.input", at: Location(path: tensor),
      "the model's input is a constant, or its elements are no numbers with one scale",
      suggestion: "give the model an input of numbers")
  }

  static func tfliteOutput(_ tensor: String) -> Diagnostic {
    Diagnostic(
      id: "tflite.output", at: Location(path: tensor),
      "the model's output does not depend on its inputs",
      suggestion: "look at the model: its output should be the result of a layer")
  }

  static func tfliteShape(_ tensor: String, _ extents: [Int]) -> Diagnostic {
    Diagnostic(
      id: "tflite.shape", at: Location(path: tensor),
      "the shape \(extents) is not known or too large",
      suggestion: "convert the model with fixed shapes")
  }
}
