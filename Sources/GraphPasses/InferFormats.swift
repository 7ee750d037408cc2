import Diagnostics
import FixedPoint
import GraphIR

/// Notes on every exact node the narrowest format of each element, from the ranges of the inputs
/// and the values of the parameters: accumulators exactly as wide as they can get.
///
/// ```
/// fc = dense(q, w, b)
/// ```
/// becomes `fc = dense(q, w, b) : s12f9`.
public struct InferFormats: GraphPass {
  public static let name = "infer-formats"
  public static let summary = "note the narrowest exact format of every tensor"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    let ranges = try graph.inferRanges()
    for id in graph.ids {
      if case .constant = graph[id].op { continue }
      if case .fixed(let elements) = ranges[id.index] { graph[id].format = elements.format }
    }
  }
}
