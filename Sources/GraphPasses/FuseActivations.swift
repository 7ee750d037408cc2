import Diagnostics
import FixedPoint
import GraphIR

/// Hangs activations and requantizations behind the layer that feeds them.
///
/// ```
/// fc = dense(x, w, b)
/// a = relu(fc)
/// q = quantize(a) {format: u6f6, …, overflow: saturate}
/// ```
/// becomes `fc = dense(x, w, b) |> quantize() {format: u6f6, …}`: a quantizer that saturates at zero
/// makes the relu superfluous, and one that changes no value of its operand disappears.
public struct FuseActivations: GraphPass {
  public static let name = "fuse-activations"
  public static let summary = "hang activations and requantizations behind their layer"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    graph.separateEpilogues()
    fuse(&graph)
    try simplify(&graph)
  }

  private func fuse(_ graph: inout Graph) {
    let users = graph.users
    var replaced: [Node.ID: Node.ID] = [:]
    for id in graph.ids {
      let node = graph[id]
      guard node.op.isElementwise else { continue }
      var producer = node.inputs[0]
      while let next = replaced[producer] { producer = next }
      guard users[node.inputs[0].index].count == 1, !graph.outputs.contains(node.inputs[0]),
        canEnd(graph[producer].op)
      else { continue }
      graph[producer].epilogue += node.steps
      graph[producer].format = node.format
      replaced[id] = producer
    }
    graph.replace(replaced)
    graph.removeUnreachableNodes()
  }

  /// Whether a layer of this op can have an epilogue in hardware.
  private func canEnd(_ op: Op) -> Bool {
    switch op {
    case .dense, .conv, .lookup, .add, .subtract, .multiply, .minimum, .maximum,
      .batchNorm:
      true
    case .input, .constant, .divide, .concat, .maxPool, .averagePool, .sumPool, .globalMaxPool,
      .globalAveragePool, .reduce, .softmax, .integerSoftmax, .dynamicQuantize, .argmax, .flatten,
      .reshape, .pad,
      .crop, .upsample,
      .slice,
      .transpose, .gather, .dilate:
      false
    // An elementwise op that stands alone works on the network's input: the boundary of the
    // hardware, which stays visible.
    case .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function,
      .quantize, .requantize, .table:
      false
    }
  }

  private func simplify(_ graph: inout Graph) throws(Diagnostic) {
    let ranges = try graph.inferRanges()
    for id in graph.ids where !graph[id].epilogue.isEmpty {
      var range = graph[id].op.definition.range(graph[id].inputs.map { ranges[$0.index] })
      var kept: [Op] = []
      for step in graph[id].epilogue {
        let result = step.definition.range([range])
        if changesNothing(step, range, result) { continue }
        if case .quantize(let quantize) = step, saturatesAtZero(quantize), case .relu? = kept.last {
          kept.removeLast()
        }
        kept.append(step)
        range = result
      }
      graph[id].epilogue = kept
    }
  }

  private func saturatesAtZero(_ quantize: Quantize) -> Bool {
    quantize.overflow != .wrap && quantize.format.formats.allSatisfy { !$0.isSigned }
  }

  /// Whether the op returns every value of `operand` as it is.
  private func changesNothing(_ op: Op, _ operand: ValueRange, _ result: ValueRange) -> Bool {
    guard case .fixed(let before) = operand, case .fixed(let after) = result else { return false }
    switch op {
    case .relu, .leakyRelu, .prelu: return before.intervals.allSatisfy { $0.low >= 0 }
    case .quantize(let quantize):
      return before.intervals == after.intervals
        && before.intervals.indices.allSatisfy { index in
          quantize.quantizer(of: index).keeps(before.intervals[index])
        }
    case .clip(let clip):
      return before.intervals.allSatisfy {
        ($0 - clip.bounds.low).low >= 0 && ($0 - clip.bounds.high).high <= 0
      }
    case .input, .constant, .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum,
      .maximum,
      .concat, .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool,
      .reduce,
      .hardSigmoid, .elu, .sigmoid, .tanh, .function, .requantize, .table, .softmax,
      .integerSoftmax, .dynamicQuantize, .argmax,
      .flatten, .reshape, .pad,
      .crop,
      .upsample, .slice, .transpose, .gather, .dilate:
      return false
    }
  }
}
