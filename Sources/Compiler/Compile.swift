// The pipeline: from a graph to a pipelined design, checked on the way.

import DataflowIR
import DataflowPasses
import Diagnostics
import GraphIR
import GraphPasses
import Lowering
import Planning

/// A compiled network: both levels and the border between host and hardware.
public struct Compilation: Sendable {
  /// The model as it was read.
  public let model: Graph
  /// The graph behind all passes.
  public let graph: Graph
  public let design: Design
  public let host: HostInterface
  public let options: CompileOptions
  /// How the layers of a streaming design were chosen; nil for an unrolled one.
  public let plan: Plan?
}

/// Compiles `model`. `after` sees the text of the IR behind each pass named in `printAfter`.
public func compile(
  _ model: Graph, _ options: CompileOptions, printAfter: Set<String> = [],
  after: (String, String) -> Void = { _, _ in }
) throws -> Compilation {
  let isStreaming = options.streams(model)
  if !isStreaming { try options.checkUnrolled(model.name) }
  var graph = model
  try GraphPipeline.run(
    isStreaming ? GraphPipeline.streamingPasses : GraphPipeline.passes, on: &graph,
    options.graphContext, verifyEach: options.verifyEach
  ) { name, graph in
    if printAfter.contains(name) { after(name, graph.text(elidingBeyond: 64)) }
  }
  guard graph.outputs.count == 1 else { throw Diagnostic.severalOutputs(graph.outputs.count) }
  let name = options.top ?? model.name
  let planned = isStreaming ? try options.streamPlan(graph) : nil
  var design =
    if let planned {
      try StreamLowering.lower(graph, name: name, plan: planned.styles)
    } else {
      try Lowering.lower(graph, name: name)
    }
  if printAfter.contains(Passes.lowering) { after(Passes.lowering, design.text) }
  try DataflowPipeline.run(
    on: &design, options.dataflowContext, verifyEach: options.verifyEach
  ) { name, design in
    if printAfter.contains(name) { after(name, design.text) }
  }
  let compilation = Compilation(
    model: model, graph: graph, design: design,
    host: try HostInterface(
      graph, outputFormats: design[design.outputs[0]].elementFormats),
    options: options, plan: planned?.plan)
  try compilation.checkOnRandomFrames()
  return compilation
}

extension Compilation {
  /// Evaluates graph and design on a few random frames: both levels must agree.
  func checkOnRandomFrames() throws(Diagnostic) {
    for frame in randomFrames(count: 4) {
      var rest = frame[...]
      let channels = design.inputs.map { id -> [Int64] in
        let count = design[id].count
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
      }
      guard design.evaluate(channels)[0] == host.expected(frame) else {
        throw .levelsDisagree(model.name)
      }
    }
  }
}

extension Diagnostic {
  static func severalOutputs(_ count: Int) -> Diagnostic {
    Diagnostic(
      id: "compile.several-outputs", "the network has \(count) outputs",
      suggestion: "hardware has one output; concatenate them or choose one")
  }

  static func levelsDisagree(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "compile.levels-disagree", at: Location(path: model),
      "graph and design give different results on a random frame",
      suggestion: "this is a bug in nncc: please report it with the model")
  }
}
