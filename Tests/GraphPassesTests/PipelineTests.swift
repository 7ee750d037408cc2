import Diagnostics
import GraphIR
import GraphPasses
import TestSupport
import Testing

@Suite struct PipelineTests {
  @Test func anUnknownPassIsRefusedWithTheKnownOnes() {
    #expect(
      difference(from: "opt.unknown-pass", message: "there is no pass called unroll") {
        try GraphPipeline.pass(named: "unroll")
      } == nil)
    do { _ = try GraphPipeline.pass(named: "unroll") } catch {
      #expect(
        error.suggestion
          == "known are: fold-constants, fold-padding, fold-batch-norm, select-output, "
          + "fuse-activations, remove-dead-neurons, narrow-formats, infer-formats")
    }
  }

  @Test func aGraphBrokenByAPassIsABugOfNncc() throws {
    var graph = try Graph(parsing: "graph g { x = input() {shape: [1]} y = relu(x) return y }")
    graph.outputs = []
    do {
      try GraphPipeline.run([FoldConstants.self], on: &graph, PassContext(), verifyEach: true)
    } catch {
      #expect(
        error.rendered == """
          g: error: the graph has no output [graph.no-output]
            note: after fold-constants: this is a bug in nncc, please report it with the model
            help: name the output nodes
          """)
    }
  }

  @Test func scalarsAreNoClassifiers() throws {
    var graph = try Graph(
      parsing: "graph g { x = input() {shape: []} y = relu(x) return y classes \"a\" }")
    for output in PassContext.Output.allCases {
      try GraphPipeline.run([SelectOutput.self], on: &graph, PassContext(output: output))
      #expect(graph.nodes.count == 2)
    }
  }

  @Test func namesAndSummariesAreUnique() {
    #expect(Set(GraphPipeline.passes.map { $0.name }).count == GraphPipeline.passes.count)
    #expect(Set(GraphPipeline.passes.map { $0.summary }).count == GraphPipeline.passes.count)
  }
}
