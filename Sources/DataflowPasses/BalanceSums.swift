import DataflowIR
import Diagnostics
import FixedPoint

/// Turns sums of many terms into trees of two-term sums, shallow and narrow.
///
/// ```
/// y = sum(a, b << 1, neg c, d)
/// ```
/// becomes `t0 = sum(a, neg c)`, `t1 = sum(d, b << 1)`, `y = sum(t0, t1)`: always the two terms
/// that are ready first and, of those, the narrowest (as Huffman codes are built).
public struct BalanceSums: DataflowPass {
  public static let name = "balance-sums"
  public static let summary = "turn long sums into shallow trees of adders"

  public init() {}

  public func run(on design: inout Design, _ context: DataflowContext) throws(Diagnostic) {
    design.rewriteScalarGraphs { graph, _ in balance(graph) }
  }

  func balance(_ graph: ScalarGraph) -> ScalarGraph {
    var rebuild = Rebuild(graph)
    var depths = Depths()
    for id in graph.ids {
      if case .sum(let terms) = graph[id].op, terms.count > 2 {
        rebuild.set(id, to: tree(rebuild.terms(of: id), graph[id].name, &rebuild.builder, &depths))
      } else {
        rebuild.copy(id)
      }
    }
    return rebuild.finish()
  }

  private func tree(
    _ terms: [ScalarTerm], _ name: String?, _ builder: inout ScalarGraphBuilder,
    _ depths: inout Depths
  ) -> ScalarValue.ID {
    var waiting = terms.map { Candidate($0, builder, &depths) }
    waiting.sort { $0 > $1 }
    while waiting.count > 1 {
      let first = waiting.removeLast()
      let second = waiting.removeLast()
      let isRoot = waiting.isEmpty
      let sum = add(first.term, second.term, isRoot ? name : nil, isRoot: isRoot, &builder)
      let candidate = Candidate(sum, builder, &depths)
      let place = waiting.firstIndex { $0 < candidate } ?? waiting.count
      waiting.insert(candidate, at: place)
    }
    let root = waiting[0].term
    return builder.add(.sum([root]), name: name)
  }

  /// The sum of two terms as a term. Two negative terms give a negated sum, except at the root.
  private func add(
    _ x: ScalarTerm, _ y: ScalarTerm, _ name: String?, isRoot: Bool,
    _ builder: inout ScalarGraphBuilder
  ) -> ScalarTerm {
    // The term with the lower binary point gives the shift, so that no bits move below it.
    let (first, second) = x.isNegated && !y.isNegated ? (y, x) : (x, y)
    let base = first.shift
    let bothNegated = first.isNegated && second.isNegated
    let keepsShift = isRoot && !bothNegated
    let sum = builder.add(
      .sum([
        ScalarTerm(first.value, shift: keepsShift ? first.shift : 0),
        ScalarTerm(
          second.value, shift: second.shift - (keepsShift ? 0 : base),
          isNegated: second.isNegated && !bothNegated),
      ]), name: keepsShift ? name : nil)
    return ScalarTerm(sum, shift: keepsShift ? 0 : base, isNegated: bothNegated)
  }

  /// A term that waits to be added, ordered by when it is ready, then by its width.
  private struct Candidate: Comparable {
    let term: ScalarTerm
    let depth: Int
    let width: Int

    init(_ term: ScalarTerm, _ builder: ScalarGraphBuilder, _ depths: inout Depths) {
      self.term = term
      depth = depths.depth(of: term.value, builder.graph)
      let format = builder.graph[term.value].format
      width = format.width - format.fraction + term.shift
    }

    static func < (a: Candidate, b: Candidate) -> Bool {
      (a.depth, a.width, a.term.value.index, a.term.shift)
        < (b.depth, b.width, b.term.value.index, b.term.shift)
    }
  }
}

/// Adders on the longest path to each value of a growing graph.
private struct Depths {
  private var known: [Int] = []

  mutating func depth(of id: ScalarValue.ID, _ graph: ScalarGraph) -> Int {
    while known.count <= id.index {
      let op = graph.values[known.count].op
      let below = op.operands.map { known[$0.index] }.max() ?? 0
      if case .sum(let terms) = op, terms.count > 1 {
        known.append(below + 1)
      } else {
        known.append(below)
      }
    }
    return known[id.index]
  }
}
