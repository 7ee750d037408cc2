// Random networks as streaming designs, every layer in a style drawn at random.

import Compiler
import DataflowIR
import DataflowPasses
import FixedPoint
import GraphIR
import GraphPasses
import Lowering
import SeededRandom
import TestSupport
import VerilogBackend

/// A random network, streamed, with frames and what must come of them.
public struct StreamCase: Sendable {
  public var network: RandomNetwork
  public var plan: StreamPlan
  public var design: Design
  public var host: HostInterface
  public var frames: [[Int64]]
  public var expected: [[Int64]]

  /// Compiles `network` with styles that depend on `seed` only; throws what the compiler refuses or finds
  /// wrong with itself.
  public init(_ network: RandomNetwork, raw: [[Double]], seed: UInt64, name: String) throws {
    self.network = network
    let graph = try Self.optimized(network)
    var plan = try Self.plan(graph, seed: seed)
    var design = try StreamLowering.lower(graph, name: name, plan: plan)
    while !Self.fitsAxis(design, plan.axisWidth) {
      plan.axisWidth *= 2
      design = try StreamLowering.lower(graph, name: name, plan: plan)
    }
    try DataflowPipeline.run(on: &design, DataflowContext(clock: 3), verifyEach: true)
    let host = try HostInterface(graph, outputFormats: design[design.outputs[0]].elementFormats)
    (self.plan, self.design, self.host) = (plan, design, host)
    // Enough frames for the pace to settle, so that the benches check it.
    let count = max(raw.count, (design.timing?.settledFrame ?? 0) + 3)
    let known = raw.map { host.frame([$0]) }
    frames = (0..<count).map { known[$0 % known.count] }
    expected = frames.map { host.expected($0) }
  }

  /// A network, styles and frames that depend on `seed` only.
  public init(seed: UInt64, frameCount: Int, maximumProducts: Int) throws {
    let (network, raw) = Self.network(
      seed: seed, frameCount: frameCount, maximumProducts: maximumProducts)
    try self.init(network, raw: raw, seed: seed, name: "n\(seed)")
  }

  /// The random network of `seed`: mostly of one format per tensor, often pruned.
  public static func network(seed: UInt64, frameCount: Int, maximumProducts: Int) -> (
    network: RandomNetwork, raw: [[Double]]
  ) {
    var random = SeededRandom(seed: seed ^ 0x7374_7265)
    var generator = NetworkGenerator(
      seed: seed, maximumProducts: maximumProducts, hasLargeImages: random.pick(3) > 0)
    var network = generator.network()
    if random.pick(8) > 0 {
      let uniform = network.withUniformFormats
      if uniform.isCompilable { network = uniform }
    }
    if random.pick(3) == 0 { network = network.pruned(using: &random) }
    return (network, (0..<frameCount).map { _ in generator.frame(for: network) })
  }

  private static func optimized(_ network: RandomNetwork) throws -> Graph {
    var graph = network.graph
    let context = PassContext(output: network.isClassifier ? .automatic : .scores)
    try GraphPipeline.run(GraphPipeline.streamingPasses, on: &graph, context, verifyEach: true)
    return graph
  }

  /// The styles of `network` with `seed`, one line per layer.
  static func styleText(_ network: RandomNetwork, seed: UInt64) throws -> String {
    let plan = try plan(optimized(network), seed: seed)
    return "axis \(plan.axisWidth)\n"
      + plan.styles.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
  }

  /// A style of its options for every layer.
  private static func plan(_ graph: Graph, seed: UInt64) throws -> StreamPlan {
    var random = SeededRandom(seed: seed ^ 0x7374_796c)
    var plan = StreamPlan(axisWidth: 8 << random.pick(5))
    for layer in try StreamLowering.layerShapes(graph) {
      let options = layer.options(interval: random.pick(2) == 0 ? nil : 1 << random.pick(12))
      // As likely sparse as folded as unrolled: most options are folded.
      let kinds = Dictionary(grouping: options) { $0.style.kind }
      let kind = kinds.keys.sorted()[random.pick(kinds.count)]
      plan.styles[layer.name] = kinds[kind]![random.pick(kinds[kind]!.count)].style
    }
    return plan
  }

  /// Whether an element fits into a beat on both sides.
  private static func fitsAxis(_ design: Design, _ width: Int) -> Bool {
    (design.inputs + design.outputs).allSatisfy {
      FrameLayout(lanes: [design[$0].formats[0]], wordWidth: width) != nil
    }
  }

  /// The first frame on which the design's evaluator differs from the graph's; nil when none does.
  public var evaluatorDisagreement: String? {
    for (index, (frame, expected)) in zip(frames, expected).enumerated() {
      let result = design.evaluate([frame])[0]
      if result != expected { return "evaluator: frame \(index): \(result), not \(expected)" }
    }
    return nil
  }
}

extension LayerStyle {
  fileprivate var kind: Int {
    switch self {
    case .position: 0
    case .folded: 1
    case .sparse: 2
    }
  }
}

extension SeededRandom {
  fileprivate mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}
