// The layers of a model as TensorBoard's graph view wants them: a TensorFlow GraphDef.

import Diagnostics
import GraphIR

/// Nodes and edges with shapes.
public struct LayerGraph: Hashable, Sendable {
  public struct Node: Hashable, Sendable {
    /// Unique. A slash makes a group: `fc1/weights` is inside `fc1`.
    public var name: String
    /// What it computes, e.g. `dense, relu`.
    public var op: String
    /// Names of the nodes it takes.
    public var inputs: [String]
    /// Of the result for one sample; constants have no batch axis.
    public var shape: [Int]
    public var isConstant: Bool

    public init(
      name: String, op: String, inputs: [String], shape: [Int], isConstant: Bool = false
    ) {
      self.name = name
      self.op = op
      self.inputs = inputs
      self.shape = shape
      self.isConstant = isConstant
    }
  }

  public var nodes: [Node]

  public init(nodes: [Node]) {
    self.nodes = nodes
  }

  /// All nodes of `graph` under their own names; throws when its shapes do not fit together.
  public init(_ graph: Graph) throws(Diagnostic) {
    let shapes = try graph.inferShapes()
    nodes = graph.ids.map { id in
      let node = graph[id]
      let isConstant = if case .constant = node.op { true } else { false }
      return Node(
        name: node.name, op: node.steps.map(\.mnemonic).joined(separator: ", "),
        inputs: node.inputs.map { graph[$0].name }, shape: shapes[id.index].extents,
        isConstant: isConstant)
    }
  }

  /// A serialized `tensorflow.GraphDef`; the shapes stand in `_output_shapes`, a batch as -1.
  var graphDef: [UInt8] {
    var graph = ProtobufWriter()
    for node in nodes {
      graph.message(1) { message in
        message.string(1, LayerGraph.tensorFlowName(node.name))
        message.string(2, node.op)
        for input in node.inputs { message.string(3, LayerGraph.tensorFlowName(input)) }
        message.message(5) { attribute in
          attribute.string(1, "_output_shapes")
          attribute.message(2) { value in
            value.message(1) { list in
              list.message(7) { shape in
                for extent in (node.isConstant ? [] : [-1]) + node.shape {
                  shape.message(2) { $0.integer(1, extent) }
                }
              }
            }
          }
        }
      }
    }
    graph.message(4) { $0.integer(1, 22) }
    return graph.bytes
  }

  /// `name` without `^` and `:`, which mean something in references to nodes, and without spaces.
  private static func tensorFlowName(_ name: String) -> String {
    String(name.map { "^: ".contains($0) ? "_" : $0 })
  }
}
