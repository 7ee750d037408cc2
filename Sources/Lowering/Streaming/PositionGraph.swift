// The arithmetic of one position as a graph of its own, lowered like an unrolled network.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// A layer at one position: its operands are vectors, its result is one.
struct PositionGraph {
  private var graph: Graph
  private var shapes: [Shape] = []
  private var channels: [Channel.ID?] = []
  private var design: Design

  init(_ name: String) {
    graph = Graph(name: name)
    design = Design(name: name)
  }

  /// An operand that is computed: a beat with lanes of these formats and intervals.
  mutating func operand(_ shape: Shape, _ formats: [FixedFormat], _ intervals: [Interval])
    -> Node.ID
  {
    let name = "operand_\(graph.nodes.count)"
    let id = graph.append(name, .input(Input(shape: shape)))
    let channel = design.append(
      Channel(name: name, extents: shape.extents, formats: formats, intervals: intervals))
    design.inputs.append(channel)
    shapes.append(shape)
    channels.append(channel)
    return id
  }

  mutating func constant(_ constant: Constant) -> Node.ID {
    shapes.append(constant.shape)
    channels.append(nil)
    return graph.append("constant_\(graph.nodes.count)", .constant(constant))
  }

  /// The scalar graph of `op` with `steps` behind it; all outputs have one format.
  mutating func lower(_ name: String, _ op: Op, _ operands: [Node.ID], _ steps: [Op])
    throws(Diagnostic)
    -> (body: ScalarGraph, summary: String, formats: [FixedFormat], intervals: [Interval])
  {
    let id = graph.append(name, op, operands, epilogue: steps)
    graph.outputs = [id]
    do { shapes.append(try op.definition.resultShape(operands.map { shapes[$0.index] })) } catch {
      preconditionFailure("\(name): \(error.reason)")
    }
    channels.append(nil)
    var kernel = KernelLowering(
      Lowering(graph: graph, shapes: shapes, design: design, channels: channels), id)
    let result = try kernel.lower(into: &design)
    guard let lowered = design.kernels.last, let body = lowered.scalarGraph else {
      preconditionFailure("\(name) has no scalar graph")
    }
    // The kernel numbers its inputs in the order in which it first read them.
    let order = kernel.inputs.map(\.index)
    return (
      body.withInputs(renumberedBy: order), lowered.summary, design[result].formats,
      design[result].intervals
    )
  }
}

extension ScalarGraph {
  /// Input channel i becomes channel `order[i]`.
  fileprivate func withInputs(renumberedBy order: [Int]) -> ScalarGraph {
    if order == Array(order.indices) { return self }
    var copy = self
    for index in copy.values.indices {
      if case .input(let channel, let element) = copy.values[index].op {
        copy.values[index].op = .input(channel: order[channel], element: element)
      }
    }
    copy.claims = copy.claims.map { claim in
      var claim = claim
      for index in claim.terms.indices {
        if case .input(let channel, let element) = claim.terms[index].operand {
          claim.terms[index].operand = .input(channel: order[channel], element: element)
        }
      }
      return claim
    }
    return copy
  }
}
