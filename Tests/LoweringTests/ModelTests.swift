// The small models in Models/: each goes all the way down, or is refused with the id it names.

import DataflowIR
import DataflowPasses
import Diagnostics
import GraphIR
import GraphPasses
import Lowering
import TestSupport
import Testing

private let models = GoldenCase.all(in: "Models")

private func lowered(_ model: GoldenCase) throws -> LoweredModel {
  try LoweredModel(
    try Graph(parsing: model.text),
    output: model["output"].first.flatMap(PassContext.Output.init) ?? .automatic)
}

@Suite struct ModelTests {
  @Test(arguments: models.filter { $0["refused"].isEmpty }.map(\.name))
  func graphAndDesignComputeTheSame(name: String) throws {
    let model = try lowered(models.first { $0.name == name }!)
    for sample in model.model.randomSamples(count: 60, seed: 5) {
      #expect(model.difference(model.lowered, on: sample) == nil)
      #expect(model.difference(model.design, on: sample) == nil)
    }
    #expect(try Design(parsing: model.lowered.text) == model.lowered)
    #expect(try Design(parsing: model.design.text) == model.design)
  }

  @Test(arguments: models.filter { !$0["refused"].isEmpty }.map(\.name))
  func whatCannotBeHardwareIsRefused(name: String) throws {
    let model = models.first { $0.name == name }!
    do {
      _ = try lowered(model)
      Issue.record("\(name) was lowered")
    } catch let list as DiagnosticList {
      #expect(Set(list.diagnostics.map(\.id)) == Set(model["refused"]))
    } catch let diagnostic as Diagnostic {
      #expect([diagnostic.id] == model["refused"])
    }
  }

  /// Without the graph passes lowering refuses more, but never fails.
  @Test(arguments: models.map(\.name))
  func loweringAloneComputesTheSameOrRefuses(name: String) throws {
    let text = models.first { $0.name == name }!.text
    var graph = try Graph(parsing: text)
    graph.separateEpilogues()
    do {
      let design = try Lowering.lower(graph, name: "model")
      #expect(design.verify().isEmpty)
      try DataflowPipeline.check(design)
    } catch let list as DiagnosticList {
      #expect(!list.diagnostics.isEmpty)
    }
  }
}
