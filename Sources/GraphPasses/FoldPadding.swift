import Diagnostics
import GraphIR

/// Gives the zeros that a `pad` puts around a map to the convolutions that read it.
///
/// ```
/// p = pad(x) {padding: [1, 1, 1, 1]}
/// y = conv(p, k)
/// ```
/// becomes `y = conv(x, k) {padding: [1, 1, 1, 1]}`. Windows mask padding where a `pad` would store and
/// send it; other readers keep the `pad`. Padding beyond a window's own reach stays where it is: windows
/// that lie in it altogether are none that slide over an image.
public struct FoldPadding: GraphPass {
  public static let name = "fold-padding"
  public static let summary = "let convolutions pad their own input"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    let shapes = try graph.inferShapes()
    for id in graph.ids {
      guard case .conv(var conv) = graph[id].op else { continue }
      let operand = graph[id].inputs[0]
      guard case .pad(let pad) = graph[operand].op, graph[operand].epilogue.isEmpty else {
        continue
      }
      conv.padding =
        conv.padding.isEmpty ? pad.padding : zip(conv.padding, pad.padding).map { $0 + $1 }
      let size = conv.window(shapes[graph[id].inputs[1].index]).size
      let isReached = size.indices.allSatisfy { axis in
        let dilation = conv.dilations.isEmpty ? 1 : conv.dilations[axis]
        return conv.padding[2 * axis] + conv.padding[2 * axis + 1] <= (size[axis] - 1) * dilation
      }
      guard isReached else { continue }
      graph[id].op = .conv(conv)
      graph[id].inputs[0] = graph[operand].inputs[0]
    }
    graph.removeUnreachableNodes()
  }
}
