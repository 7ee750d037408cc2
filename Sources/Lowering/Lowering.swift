// GraphIR to DataflowIR: one kernel per layer.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// Turns a graph into an unrolled design.
///
/// Hardware starts at the quantizers on the network's inputs: each becomes an input channel, and what
/// is in front of it is the host's work. Layers become kernels; elementwise ops and reshapes
/// that stand alone are computed inside the kernels that read them.
public struct Lowering {
  let graph: Graph
  let shapes: [Shape]
  var design: Design
  /// The channel that carries a node's result, where one does.
  var channels: [Channel.ID?]

  /// The design called `name` for `graph`, which has gone through the graph passes.
  public static func lower(_ graph: Graph, name: String) throws(DiagnosticList) -> Design {
    do {
      var graph = graph
      graph.separateEpilogues()
      let problems = Lowering.refusals(graph)
      if !problems.isEmpty { throw DiagnosticList(problems) }
      var lowering = Lowering(
        graph: graph, shapes: try graph.inferShapes(), design: Design(name: name),
        channels: [Channel.ID?](repeating: nil, count: graph.nodes.count))
      _ = try graph.inferRanges()
      try lowering.run()
      return lowering.design
    } catch let list as DiagnosticList {
      throw list
    } catch let diagnostic as Diagnostic {
      throw DiagnosticList([diagnostic])
    } catch { preconditionFailure("\(error)") }
  }

  private mutating func run() throws(Diagnostic) {
    for id in Lowering.borders(of: graph) { addInput(id) }
    var results = channels
    let isExact = graph.isExact
    for id in graph.ids where needsKernel(id, isExact) {
      var kernel = KernelLowering(self, id)
      let channel = try kernel.lower(into: &design)
      results[id.index] = channel
      // An input that is an output, too, is copied; the others go on reading the input.
      if channels[id.index] == nil { channels[id.index] = channel }
    }
    design.outputs = graph.outputs.map { results[$0.index]! }
  }

  /// The quantizers where numbers from outside become exact: the hardware's inputs.
  public static func borders(of graph: Graph) -> [Node.ID] {
    let isExact = graph.isExact
    return graph.ids.filter { id in
      guard graph[id].op.exactFormat != nil else { return false }
      return !isExact[graph[id].inputs[0].index] && !isActivation(graph[id].inputs[0], graph)
    }
  }

  /// Whether the real numbers of `id` come out of hardware: an activation that waits for its
  /// quantizer.
  private static func isActivation(_ id: Node.ID, _ graph: Graph) -> Bool {
    switch graph[id].steps.last! {
    case .hardSigmoid, .elu, .sigmoid, .tanh, .function: true
    case .input, .constant, .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum,
      .maximum,
      .concat, .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool,
      .reduce,
      .relu, .leakyRelu, .prelu, .clip, .softmax, .integerSoftmax, .dynamicQuantize, .argmax,
      .quantize, .requantize,
      .table, .flatten,
      .reshape, .pad,
      .crop, .upsample, .slice, .transpose, .gather, .dilate:
      false
    }
  }

  /// The formats of the elements that enter the hardware at `border`.
  public static func inputFormats(of border: Node.ID, _ graph: Graph, _ shape: Shape)
    -> [FixedFormat]
  {
    guard let formats = graph[border].op.exactFormat else { return [] }
    return (0..<shape.count).map { element in
      let format = formats.format(of: element)
      return format.width == 0 ? .unsigned(1, fraction: 0) : format
    }
  }

  private mutating func addInput(_ id: Node.ID) {
    let shape = shapes[id.index]
    let channel = design.append(
      Channel(
        name: graph[id].name, extents: shape.extents,
        formats: Lowering.inputFormats(of: id, graph, shape), intervals: inputIntervals(id)))
    channels[id.index] = channel
    design.inputs.append(channel)
  }

  /// Any integer of its format may come in; an element without bits is zero whatever its one wire
  /// says.
  private func inputIntervals(_ border: Node.ID) -> [Interval] {
    guard let formats = graph[border].op.exactFormat else { return [] }
    return (0..<shapes[border.index].count).map { formats.format(of: $0).interval }
  }

  private func needsKernel(_ id: Node.ID, _ isExact: [Bool]) -> Bool {
    switch graph[id].op {
    case .dense, .conv, .lookup, .add, .subtract, .multiply, .minimum, .maximum,
      .batchNorm,
      .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool, .reduce, .argmax:
      return isExact[id.index]
    case .input, .constant, .divide, .softmax, .integerSoftmax, .dynamicQuantize: return false
    case .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function,
      .quantize, .requantize, .table, .flatten,
      .reshape, .pad, .crop, .upsample, .slice, .transpose, .gather, .dilate, .concat:
      // An output must come out of a kernel.
      return graph.outputs.contains(id)
    }
  }
}

extension Op {
  /// The formats of what the op makes of real numbers, where that is exact.
  public var exactFormat: TensorFormat? {
    if case .quantize(let op) = self { return op.format }
    if case .requantize(let op) = self { return TensorFormat(op.format) }
    return nil
  }
}
