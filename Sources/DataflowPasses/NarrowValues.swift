import DataflowIR
import Diagnostics
import FixedPoint

/// Stores values without the high bits that nobody reads.
///
/// ```
/// v2 = sum(v0, v1 << 3) : s14f4
/// v3 = quantize(v2, s6f4, floor, wrap) : s6f4
/// ```
/// becomes `v2 : s6f4`: the quantizer keeps only its low bits, and sums are exact modulo 2^width.
public struct NarrowValues: DataflowPass {
  public static let name = "narrow-values"
  public static let summary = "store values without high bits that nobody reads"

  public init() {}

  public func run(on design: inout Design, _ context: DataflowContext) throws(Diagnostic) {
    design.rewriteScalarGraphs { graph, _ in narrow(graph) }
  }

  func narrow(_ graph: ScalarGraph) -> ScalarGraph {
    var result = graph
    let outputs = Set(graph.outputs)
    // From users to operands: a narrowed sum demands less of its own terms.
    while true {
      let demands = result.highDemands
      var changed = false
      for id in result.ids where !outputs.contains(id) {
        if case .input = result[id].op { continue }
        let format = result[id].format
        guard demands[id.index] != Int.max, demands[id.index] != Int.min else { continue }
        let width = max(demands[id.index] + format.fraction, 1)
        guard width < format.width else { continue }
        result[id].format = FixedFormat(
          signed: format.isSigned, width: width, fraction: format.fraction)
        changed = true
      }
      if !changed { return result }
    }
  }
}
