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
  /// What depends on parameters only.
  private let constants: [Value?]
  /// The op of every other node but inputs.
  private let prepared: [PreparedOp?]

  /// `graph` must verify, and for exact arithmetic its ranges must be inferable.
  public init(_ graph: Graph, arithmetic: Arithmetic) {
    self.graph = graph
    self.arithmetic = arithmetic
    var constants: [Value?] = []
    var prepared: [PreparedOp?] = []
    let shapes = (try? graph.inferShapes()) ?? []
    for node in graph.nodes {
      let operands = node.inputs.map { constants[$0.index] }
      var value: Value?
      var op: PreparedOp?
      if case .constant(let constant) = node.op {
        value = arithmetic == .exact ? constant.value : .real(constant.value.asReal)
      } else if case .input = node.op {
      } else if operands.allSatisfy({ $0 != nil }) {
        value = Evaluator.finished(
          node.op.definition.evaluate(operands.compactMap { $0 }), arithmetic)
      } else {
        op = node.op.definition.prepared(operands, node.inputs.map { shapes[$0.index] })
      }
      if let result = value {
        value = node.epilogue.reduce(result) {
          Evaluator.finished($1.definition.evaluate([$0]), arithmetic)
        }
      }
      constants.append(value)
      prepared.append(op)
    }
    self.constants = constants
    self.prepared = prepared
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
      if let constant = constants[index] {
        values.append(constant)
        continue
      }
      var value: Value
      if let op = prepared[index] {
        value = Evaluator.finished(op(node.inputs.map { values[$0.index] }), arithmetic)
      } else if case .input(let input) = node.op {
        guard let raw = nextInput.next() else { preconditionFailure("an input is missing") }
        value = .real(input.preprocess(raw))
      } else {
        preconditionFailure("\(node.name) is neither prepared nor constant")
      }
      for step in node.epilogue {
        value = Evaluator.finished(step.definition.evaluate([value]), arithmetic)
      }
      values.append(value)
    }
    return values
  }

  private static func finished(_ result: Value, _ arithmetic: Arithmetic) -> Value {
    if arithmetic == .float { return .real(result.asReal) }
    // Trailing zero bits would pile up from layer to layer.
    if case .fixed(let tensor) = result { return .fixed(tensor.normalized) }
    return result
  }
}
