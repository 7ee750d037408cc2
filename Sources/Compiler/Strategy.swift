// Whether a network is unrolled or streamed, and how its layers are folded.

import DataflowIR
import GraphIR
import Lowering

extension CompileOptions {
  /// Networks with more products of a non-zero weight per frame are streamed unless told otherwise.
  static let unrolledProducts = 30_000

  /// Whether `model` becomes a streaming design.
  func streams(_ model: Graph) -> Bool {
    switch strategy {
    case .unrolled: return false
    case .folded: return true
    case .auto:
      if target == .vitis || interface == .plain { return false }
      return model.nonZeroProducts > Self.unrolledProducts
    }
  }

  /// Styles and foldings for every layer of the optimized graph.
  func streamPlan(_ graph: Graph) throws -> StreamPlan {
    let layers = try StreamLowering.layerShapes(graph)
    let first = layers[0]
    let pace = first.inputPositions > 1 ? first.inputPositions : first.inputChannels
    return StreamPlan(layers, interval: interval ?? pace, axisWidth: axisWidth)
  }
}

extension Graph {
  /// Products of a non-zero weight and an input in one frame.
  var nonZeroProducts: Int {
    guard let shapes = try? inferShapes() else { return 0 }
    return ids.reduce(0) { total, id in
      let node = self[id]
      switch node.op {
      case .dense, .conv:
        guard case .constant(let weights) = self[node.inputs[1]].op else { return total }
        let count = weights.value.asReal.values.count { $0 != 0 }
        return total + count * (shapes[id.index].count / shapes[id.index].channels)
      default: return total
      }
    }
  }
}
