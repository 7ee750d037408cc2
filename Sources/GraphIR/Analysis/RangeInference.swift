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
        range = step.definition.range(
          position == 0 ? node.inputs.map { ranges[$0.index] } : [range])
        if case .fixed(let elements) = range {
          if elements.format == nil { throw .tooWide(node.name, step.mnemonic) }
          range = .fixed(elements.normalized)
        }
      }
      ranges.append(range)
    }
    return ranges
  }
}

extension Diagnostic {
  static func tooWide(_ node: String, _ mnemonic: String) -> Diagnostic {
    Diagnostic(
      id: "graph.too-wide", at: Location(path: node),
      "the exact result of \(mnemonic) needs more than \(FixedFormat.maximumWidth) bits",
      suggestion: "quantize its operands to narrower formats")
  }
}
