// Whether a network is unrolled or streamed, and how its layers are folded.

import DataflowIR
import Diagnostics
import GraphIR
import Lowering
import Planning

extension CompileOptions {
  /// Networks with more products of a non-zero weight per frame are streamed unless told otherwise, and
  /// all where an interval is asked for.
  static let unrolledProducts = 30_000

  /// How often the default pace is halved before the part is filled.
  private static let slowings = 12

  /// Whether `model` becomes a streaming design.
  func streams(_ model: Graph) -> Bool {
    switch strategy {
    case .unrolled: return false
    case .folded: return true
    case .auto:
      if target == .vitis || interface == .plain { return false }
      if let interval, interval > 1 { return true }
      return model.nonZeroProducts > Self.unrolledProducts
    }
  }

  /// The plan for the optimized graph, and styles and foldings of its layers.
  ///
  /// Without an interval a budget or a part is filled; without these, too, the pace is an input position per
  /// cycle, or the first of the half, the quarter … of that which leaves half of the default part free, or up to
  /// a quarter slower where this makes multipliers busy.
  func streamPlan(_ graph: Graph) throws -> (plan: Plan, styles: StreamPlan) {
    let layers = try StreamLowering.layerShapes(graph)
    guard let first = layers.first else { throw Diagnostic.nothingToStream(graph.name) }
    let weights = try ExternalWeights(self, layers)
    let pace = first.inputPositions > 1 ? first.inputPositions : first.inputChannels
    let part = try limits()
    let lane = [8, 16, 32, 64].first { $0 >= first.operand.width } ?? 64
    let elements = first.inputPositions * first.inputChannels
    let floor = elements * lane / axisWidth
    let input = Beats(vectors: 1, elements: elements, lanes: max(axisWidth / lane, 1))
    func plan(_ interval: Int?, within limits: Resources) throws -> (
      plan: Plan, styles: StreamPlan
    ) {
      try StreamPlanner(
        layers, objective: Objective(interval: interval, limits: limits, part: part),
        weights: weights, axisWidth: axisWidth, input: input, floor: max(floor, 1)
      ).plan()
    }
    func chosen() throws -> (plan: Plan, styles: StreamPlan) {
      if let interval { return try plan(interval, within: part) }
      if fillsPart { return try plan(nil, within: part) }
      for slowing in 0..<Self.slowings {
        let interval = max(pace, floor) << slowing
        guard let first = try? plan(interval, within: part.halved) else { continue }
        for slower in first.plan.busierPaces(layers, from: interval) {
          guard let other = try? plan(slower, within: part.halved),
            other.plan.utilization >= FoldingSearch.busy
          else { continue }
          return other
        }
        return first
      }
      return try plan(nil, within: part)
    }
    let result = try chosen()
    if weights.isAsked, result.styles.weightPorts.isEmpty {
      throw Diagnostic.nothingExternal(graph.name)
    }
    return result
  }
}

extension Diagnostic {
  static func nothingToStream(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "compile.nothing-to-stream", at: Location(path: model),
      "the network has no layers between its input and its output",
      suggestion: "compile it with --strategy unrolled")
  }
}

extension Plan {
  /// How many slower paces are tried.
  private static let paces = 4

  /// Slower paces, by no more than a quarter, that foldings of the largest engine fit tightly; none where its
  /// multipliers are busy.
  func busierPaces(_ layers: [LayerShape], from interval: Int) -> [Int] {
    guard utilization < FoldingSearch.busy, let name = largestEngine?.name,
      let layer = layers.first(where: { $0.name == name })
    else { return [] }
    let tight = layer.options(interval: interval * 5 / 4).filter { option in
      let useful = Double(layer.usefulProducts(option.style))
      return option.cycles > interval && option.cycles <= interval * 5 / 4
        && useful >= FoldingSearch.busy * Double(option.multipliers * option.cycles)
    }
    return Array(Set(tight.map(\.cycles)).sorted().prefix(Self.paces))
  }
}

extension Graph {
  /// Products of a non-zero weight and an input in one frame.
  var nonZeroProducts: Int {
    guard let shapes = try? inferShapes() else { return 0 }
    return ids.reduce(0) { total, id in
      let node = self[id]
      guard [Dense.mnemonic, Conv.mnemonic].contains(node.op.mnemonic),
        case .constant(let weights) = self[node.inputs[1]].op
      else { return total }
      let count = weights.value.asReal.values.count { $0 != 0 }
      return total + count * (shapes[id.index].count / shapes[id.index].channels)
    }
  }
}
