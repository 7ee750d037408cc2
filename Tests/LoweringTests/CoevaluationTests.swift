// Graph evaluator = evaluator after every graph pass = design evaluator after every dataflow pass.

import DataflowIR
import DataflowPasses
import Diagnostics
import FixedPoint
import GraphIR
import GraphPasses
import Lowering
import TestSupport
import Testing

/// Where the levels disagree on `spec`; nil when they all agree.
func disagreement(_ spec: RandomNetwork, frames: [[Double]]) -> String? {
  let output: PassContext.Output = spec.isClassifier ? .automatic : .scores
  var graph = spec.graph
  func run(_ graph: Graph) -> [FixedTensor] {
    let evaluator = Evaluator(graph, arithmetic: .exact)
    return frames.map { frame in
      guard case .fixed(let tensor) = evaluator.outputs([frame])[0] else {
        return .init(
          shape: [0], fraction: 0, values: [])
      }
      return tensor
    }
  }
  var problem: String?
  do {
    try SelectOutput().run(on: &graph, PassContext(output: output))
    let reference = run(graph)
    var optimized = graph
    try GraphPipeline.run(on: &optimized, PassContext(output: output), verifyEach: true) {
      name, after in
      if problem == nil, !agree(run(after), reference) { problem = "after \(name)" }
      if problem == nil, (try? Graph(parsing: after.text())) != after {
        problem = "text after \(name)"
      }
    }
    if let problem { return problem }
    var design = try Lowering.lower(optimized, name: "random")
    let inputs = frames.map { hostFrame(optimized, design, $0) }
    func check(_ design: Design, _ name: String) {
      guard problem == nil else { return }
      for (frame, expected) in zip(inputs, reference) {
        let output = design.evaluate([frame])[0]
        let channel = design[design.outputs[0]]
        for (index, integer) in output.enumerated()
        where expected.integer(at: index, in: channel.formats[index]) != integer {
          problem = "after \(name): output \(index) is \(integer)"
        }
      }
      if let broken = design.verify().first { problem = "after \(name): \(broken.rendered)" }
      if (try? Design(parsing: design.text)) != design { problem = "text after \(name)" }
    }
    check(design, "lowering")
    try DataflowPipeline.run(on: &design, DataflowContext(clock: 3), verifyEach: true) {
      name, after in check(after, name)
    }
    return problem
  } catch let error as Diagnostic {
    return error.rendered
  } catch let error as DiagnosticList {
    // Constant folding can widen what an activation reads: a refusal, not a disagreement.
    let refusals = ["lower.table-too-large", "lower.sum-too-wide"]
    if error.diagnostics.allSatisfy({ refusals.contains($0.id) }) { return nil }
    return error.diagnostics.map(\.rendered).joined(separator: "\n")
  } catch { return "\(error)" }
}

private func agree(_ a: [FixedTensor], _ b: [FixedTensor]) -> Bool {
  zip(a, b).allSatisfy { x, y in
    let fraction = max(x.fraction, y.fraction)
    return zip(x.values, y.values).allSatisfy {
      $0 << Int64(fraction - x.fraction) == $1 << Int64(fraction - y.fraction)
    }
  }
}

/// The integers of the design's input channel: what the host computes of raw values.
private func hostFrame(_ graph: Graph, _ design: Design, _ raw: [Double]) -> [Int64] {
  let channel = design[design.inputs[0]]
  let id = graph.ids.first { graph[$0].name == channel.name }!
  guard
    case .fixed(let tensor) = Evaluator(graph, arithmetic: .exact).allValues([raw])[id.index]
  else { return [] }
  return channel.formats.indices.map { tensor.integer(at: $0, in: channel.formats[$0]) }
}

@Suite struct CoevaluationTests {
  @Test(arguments: 0..<8)
  func allLevelsAgreeOnRandomNetworks(block: UInt64) {
    for seed in block * 15..<(block + 1) * 15 {
      var generator = NetworkGenerator(seed: seed, maximumProducts: 150)
      let spec = generator.network()
      let frames = (0..<6).map { _ in generator.frame(for: spec) }
      guard let problem = disagreement(spec, frames: frames) else { continue }
      let small = spec.shrunk {
        disagreement($0, frames: frames.map { frame in Array(frame.prefix(spec.inputCount)) })
          != nil
      }
      Issue.record("seed \(seed): \(problem)\n\(small.graph.text())")
      return
    }
  }
}
