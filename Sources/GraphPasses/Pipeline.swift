// The passes over GraphIR, in order, with the reason where order matters.

import Diagnostics
import GraphIR

public enum GraphPipeline {
  public static let passes: [any GraphPass.Type] = [
    // Parameters first, so that later passes see their integers.
    FoldConstants.self,
    // Before anything asks what a convolution reads.
    FoldPadding.self,
    // Before fusion: a batch norm between a layer and its activation would keep them apart.
    FoldBatchNorm.self,
    // Decides what is computed at all, so before anything is tailored to the outputs.
    SelectOutput.self,
    FuseActivations.self,
    // Needs whole layers: a neuron is dead by what its activation makes of it.
    RemoveDeadNeurons.self,
    // Last: the widths of what is left.
    NarrowFormats.self,
    InferFormats.self,
  ]

  /// The same for hardware that treats all elements of a tensor alike: formats stay as they are.
  public static var streamingPasses: [any GraphPass.Type] {
    passes.filter { $0.name != NarrowFormats.name }
  }

  /// The pass called `name`.
  public static func pass(named name: String) throws(Diagnostic) -> any GraphPass.Type {
    guard let pass = passes.first(where: { $0.name == name }) else {
      throw .unknownPass(name, known: passes.map { $0.name })
    }
    return pass
  }

  /// Runs `passes`; `after` sees the graph behind each. The verifier runs behind every pass when
  /// `verifyEach`, else once at the end.
  public static func run(
    _ passes: [any GraphPass.Type] = passes, on graph: inout Graph, _ context: PassContext,
    verifyEach: Bool = false, after: (String, Graph) -> Void = { _, _ in }
  ) throws(Diagnostic) {
    for pass in passes {
      try pass.init().run(on: &graph, context)
      if verifyEach, let problem = graph.verify().first { throw problem.afterPass(pass.name) }
      after(pass.name, graph)
    }
    if let problem = graph.verify().first { throw problem.afterPass("the last pass") }
  }
}

extension Diagnostic {
  static func unknownPass(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      id: "opt.unknown-pass", "there is no pass called \(name)",
      suggestion: "known are: " + known.joined(separator: ", "))
  }

  fileprivate func afterPass(_ pass: String) -> Diagnostic {
    var copy = self
    copy.notes.append("after \(pass): this is a bug in nncc, please report it with the model")
    return copy
  }
}
