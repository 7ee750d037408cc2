// The graph as it grows: every node gets a name of its own and its shape at once.

import Diagnostics
import FixedPoint
import GraphIR

struct KerasBuilder {
  var graph = Graph(name: "")
  var file = ""
  private var shapes: [Shape] = []
  private var names: Set<String> = []
  /// Parameters of layers that are called several times.
  private var parameters: [String: Node.ID] = [:]

  func shape(_ id: Node.ID) -> Shape { shapes[id.index] }

  /// Appends a node; `layer` is named if its operands do not fit.
  mutating func append(
    _ name: String, _ op: Op, _ inputs: [Node.ID], layer: String
  ) throws(Diagnostic) -> Node.ID {
    let shape: Shape
    do {
      shape = try op.definition.resultShape(inputs.map { shapes[$0.index] })
    } catch {
      throw .kerasShape(file, layer: layer, op: op.mnemonic, error.reason)
    }
    guard shape.isReasonable else {
      throw .kerasShape(file, layer: layer, op: op.mnemonic, "shape \(shape) is empty or too large")
    }
    var unique = name.isEmpty ? "layer" : name
    var number = 2
    while !names.insert(unique).inserted {
      unique = "\(name)_\(number)"
      number += 1
    }
    shapes.append(shape)
    return graph.append(unique, op, inputs)
  }

  /// A real parameter.
  mutating func parameter(
    _ name: String, _ values: [Float], _ shape: [Int], layer: String
  ) throws(Diagnostic) -> Node.ID {
    try parameter(name, Constant(shape: Shape(shape), real: values), layer: layer)
  }

  /// The parameter called `name`, which is made once.
  mutating func parameter(
    _ name: String, _ constant: Constant, layer: String
  ) throws(Diagnostic) -> Node.ID {
    if let known = parameters[name], graph[known].op == .constant(constant) { return known }
    let id = try append(name, .constant(constant), [], layer: layer)
    parameters[name] = id
    return id
  }

  /// A number that is exactly `value`.
  mutating func number(
    _ name: String, _ value: Float, layer: String
  ) throws(Diagnostic) -> Node.ID {
    try parameter(name, exactConstant([Double(value)], [1])!, layer: layer)
  }

  /// Whether results of the nodes so far are exact.
  func isExact(_ id: Node.ID) -> Bool { graph.isExact[id.index] }
}

/// `values` as an exact constant, each in the narrowest format; nil when they lie too far apart for one
/// binary point.
func exactConstant(_ values: [Double], _ shape: [Int]) -> Constant? {
  var fraction = 0
  let exact = values.map { value -> (integer: Int64, fraction: Int) in
    guard value != 0 else { return (0, 0) }
    let exponent = Int(value.exponent) - 52
    let significand = Int64(value.significand * 0x1p52) * (value < 0 ? -1 : 1)
    let zeros = significand.trailingZeroBitCount
    return (significand >> Int64(zeros), -exponent - zeros)
  }
  fraction = exact.filter { $0.integer != 0 }.map(\.fraction).max() ?? 0
  var integers: [Int64] = []
  for (integer, own) in exact {
    let shift = fraction - own
    let bits = 64 - integer.magnitude.leadingZeroBitCount
    guard integer == 0 || bits + shift < FixedFormat.maximumWidth else { return nil }
    integers.append(integer == 0 ? 0 : integer << Int64(shift))
  }
  guard fraction.magnitude <= FixedFormat.maximumFraction else { return nil }
  return Constant(FixedTensor(shape: Shape(shape), fraction: fraction, values: integers))
}

extension Diagnostic {
  static func kerasShape(
    _ file: String, layer: String, op: String, _ reason: String
  ) -> Diagnostic {
    Diagnostic(
      id: "keras.shape", at: Location(file: file, path: layer), "\(op): \(reason)",
      suggestion: "check that the file is complete, or report the layer's configuration")
  }
}
