// Running a graph on one sample: in real arithmetic, or with the exact integers of the hardware.

import FixedPoint

/// A graph ready to be run: constants are expanded once.
public struct Evaluator: Sendable {
  /// How numbers are computed behind a `quantize`.
  public enum Arithmetic: String, CaseIterable, Sendable {
    /// In double precision; quantizers round, everything else is floating point.
    case float
    /// In exact integers: the definition that every other engine must equal bit for bit.
    case exact
  }

  public let graph: Graph
  public let arithmetic: Arithmetic
  private let constants: [Value?]

  /// `graph` must verify, and for exact arithmetic its ranges must be inferable.
  public init(_ graph: Graph, arithmetic: Arithmetic) {
    self.graph = graph
    self.arithmetic = arithmetic
    constants = graph.nodes.map { node in
      guard case .constant(let constant) = node.op else { return nil }
      return arithmetic == .exact ? constant.value : .real(constant.value.asReal)
    }
  }

  /// The outputs for one sample; `inputs` are raw values, before preprocessing.
  public func outputs(_ inputs: [[Double]]) -> [Value] {
    let values = allValues(inputs)
    return graph.outputs.map { values[$0.index] }
  }

  /// The value of every node for one sample.
  public func allValues(_ inputs: [[Double]]) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(graph.nodes.count)
    var nextInput = inputs.makeIterator()
    for (index, node) in graph.nodes.enumerated() {
      var value: Value
      if let constant = constants[index] {
        value = constant
      } else if case .input(let input) = node.op {
        guard let raw = nextInput.next() else { preconditionFailure("an input is missing") }
        value = .real(input.preprocess(raw))
      } else {
        value = apply(node.op, node.inputs.map { values[$0.index] })
      }
      for step in node.epilogue { value = apply(step, [value]) }
      values.append(value)
    }
    return values
  }

  private func apply(_ op: Op, _ operands: [Value]) -> Value {
    let result = op.definition.evaluate(operands)
    if arithmetic == .float { return .real(result.asReal) }
    // Trailing zero bits would pile up from layer to layer.
    if case .fixed(let tensor) = result { return .fixed(tensor.normalized) }
    return result
  }
}
