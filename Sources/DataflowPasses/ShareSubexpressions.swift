import DataflowIR
import Diagnostics
import FixedPoint

/// Computes two-term sums that occur in several rows of a layer's matrix only once.
///
/// ```
/// y0 = sum(a, b << 2, c)
/// y1 = sum(neg a, neg b << 2, d)
/// ```
/// becomes
/// ```
/// p = sum(a, b << 2)
/// y0 = sum(p, c)
/// y1 = sum(neg p, d)
/// ```
/// Greedy: the pattern that saves most goes first (Hartley, IEEE TCAS-II 43(10), 1996; the weight
/// by the bits an adder spans follows the distributed-arithmetic compilers).
public struct ShareSubexpressions: DataflowPass {
  public static let name = "share-subexpressions"
  public static let summary = "compute two-term sums that occur several times only once"

  public init() {}

  public func run(on design: inout Design, _ context: DataflowContext) throws(Diagnostic) {
    design.rewriteScalarGraphs { graph, _ in share(graph) }
  }

  func share(_ graph: ScalarGraph) -> ScalarGraph {
    var rebuild = Rebuild(graph)
    // Sums of one level read no other sum of it; a layer is one level.
    let levels = levels(of: graph)
    for level in 0...(levels.max() ?? 0) {
      let ids = graph.ids.filter { levels[$0.index] == level }
      let sums = ids.filter { isShareable(graph[$0].op) }
      if !sums.isEmpty {
        let rows = sums.map { rebuild.terms(of: $0) }
        let shared = SubexpressionSharing.run(rows, &rebuild.builder)
        for (sum, terms) in zip(sums, shared) {
          rebuild.set(sum, to: rebuild.builder.add(.sum(terms), name: graph[sum].name))
        }
      }
      for id in ids where !isShareable(graph[id].op) { rebuild.copy(id) }
    }
    return rebuild.finish()
  }

  private func isShareable(_ op: ScalarOp) -> Bool {
    if case .sum(let terms) = op { terms.count > 1 } else { false }
  }

  /// For each value, how many shareable sums are on the longest path to it, itself included.
  private func levels(of graph: ScalarGraph) -> [Int] {
    var levels: [Int] = []
    for value in graph.values {
      let below = value.op.operands.map { levels[$0.index] }.max() ?? 0
      levels.append(below + (isShareable(value.op) ? 1 : 0))
    }
    return levels
  }
}
