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
        if case .batchNorm(let op) = step, let reason = op.problem(operands) {
          throw .badBatchNorm(node.name, reason)
        }
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

extension Diagnostic {
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
