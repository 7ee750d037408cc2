// Forward inference: what every node can be, from the formats of the inputs and the values of the
// parameters.

import Diagnostics
import FixedPoint

extension Graph {
  /// The range of each node's result. The graph must verify.
  ///
  /// Throws when an exact result needs more than `FixedFormat.maximumWidth` bits.
  public func inferRanges() throws(Diagnostic) -> [ValueRange] {
    var ranges: [ValueRange] = []
    ranges.reserveCapacity(nodes.count)
    for node in nodes {
      var range = ValueRange.real(shape: [], bounds: nil)
      for (position, step) in node.steps.enumerated() {
        let operands = position == 0 ? node.inputs.map { ranges[$0.index] } : [range]
        if let problem = step.rangeProblem(operands, node: node.name) { throw problem }
        range = step.definition.range(operands)
        if case .fixed(let elements) = range {
          if elements.format == nil { throw .tooWide(node.name, step.mnemonic) }
          let limit = FixedFormat.maximumFraction
          for interval in elements.intervals
          where !interval.isZero && interval.fraction.magnitude > limit {
            throw .stepOutOfReach(node.name, step.mnemonic, interval.fraction)
          }
          range = .fixed(elements.normalized)
        }
      }
      ranges.append(range)
    }
    return ranges
  }
}

extension Op {
  /// Why the op cannot be computed exactly on operands of these ranges; nil when it can.
  fileprivate func rangeProblem(_ operands: [ValueRange], node: String) -> Diagnostic? {
    switch self {
    case .batchNorm(let op): return op.problem(operands).map { .badBatchNorm(node, $0) }
    case .averagePool(let op): return op.problem(operands).map { .inexactMean(node, $0) }
    case .globalAveragePool(let op): return op.problem(operands).map { .inexactMean(node, $0) }
    case .lookup(let op): return op.problem(operands).map { .badLookup(node, $0) }
    case .requantize(let op): return op.problem(operands).map { .badRequantize(node, $0) }
    case .table(let op): return op.problem(operands).map { .badTable(node, $0) }
    case .minimum(let op): return op.canAlign(operands) ? nil : .tooWide(node, mnemonic)
    case .maximum(let op): return op.canAlign(operands) ? nil : .tooWide(node, mnemonic)
    case .input, .constant, .dense, .conv, .add, .subtract, .multiply, .divide, .concat, .maxPool,
      .sumPool,
      .globalMaxPool, .reduce, .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid,
      .tanh,
      .function,
      .softmax, .integerSoftmax, .dynamicQuantize, .argmax, .quantize, .flatten, .reshape, .pad,
      .crop, .upsample,
      .slice, .transpose,
      .gather, .dilate:
      return nil
    }
  }
}

extension Diagnostic {
  static func inexactMean(_ node: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "graph.inexact-mean", at: Location(path: node), reason,
      suggestion: "write it as sum-pool and a multiply by the quantized reciprocal, or use windows "
        + "of a power of two of elements")
  }

  static func badLookup(_ node: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "graph.bad-lookup", at: Location(path: node), reason,
      suggestion: "quantize the operand of lookup to the formats it names")
  }

  static func badRequantize(_ node: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "graph.bad-requantize", at: Location(path: node), reason,
      suggestion: "give it integers, or choose the arithmetic exact")
  }

  static func badTable(_ node: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "graph.bad-table", at: Location(path: node), reason,
      suggestion: "give the table a value for every integer that its operand can be")
  }

  static func badBatchNorm(_ node: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "graph.bad-batch-norm", at: Location(path: node), reason,
      suggestion: "look at the statistics of the model's training")
  }

  static func stepOutOfReach(_ node: String, _ mnemonic: String, _ fraction: Int) -> Diagnostic {
    Diagnostic(
      id: "graph.step-out-of-reach", at: Location(path: node),
      "the exact result of \(mnemonic) has steps of 2^\(-fraction); the limit is "
        + "2^±\(FixedFormat.maximumFraction)",
      suggestion: "quantize its operands to formats with fractions closer to zero")
  }

  static func tooWide(_ node: String, _ mnemonic: String) -> Diagnostic {
    Diagnostic(
      id: "graph.too-wide", at: Location(path: node),
      "the exact result of \(mnemonic) needs more than \(FixedFormat.maximumWidth) bits",
      suggestion: "quantize its operands to narrower formats")
  }
}
