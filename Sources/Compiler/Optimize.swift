// Passes by name over textual IR: what `nncc opt` does.

import DataflowIR
import DataflowPasses
import Diagnostics
import GraphIR
import GraphPasses
import Lowering

/// Either level, as text files hold it.
public enum IR: Sendable {
  case graph(Graph)
  case design(Design)

  /// Reads whichever level `text` holds, by its first word.
  public init(parsing text: String) throws(Diagnostic) {
    let isDesign = text.split(whereSeparator: \.isWhitespace).first == "design"
    self = isDesign ? .design(try Design(parsing: text)) : .graph(try Graph(parsing: text))
  }

  public var text: String {
    switch self {
    case .graph(let graph): graph.text()
    case .design(let design): design.text
    }
  }
}

public enum Passes {
  /// The name that turns a graph into a design.
  public static let lowering = "lower"

  /// Every pass: its name, what it does, and the level it works on.
  public static var all: [(name: String, summary: String)] {
    GraphPipeline.passes.map { ($0.name, $0.summary) }
      + [(lowering, "turn the graph into a design")]
      + DataflowPipeline.passes.map { ($0.name, $0.summary) }
  }

  /// Runs the pass called `name` on `ir`.
  public static func run(
    _ name: String, on ir: inout IR, _ options: CompileOptions
  ) throws {
    switch ir {
    case .graph(var graph):
      if name == lowering {
        ir = .design(try Lowering.lower(graph, name: options.top ?? graph.name))
        return
      }
      let pass = try graphPass(name)
      try GraphPipeline.run([pass], on: &graph, options.graphContext, verifyEach: true)
      ir = .graph(graph)
    case .design(var design):
      let pass = try DataflowPipeline.pass(named: name)
      try DataflowPipeline.run([pass], on: &design, options.dataflowContext, verifyEach: true)
      ir = .design(design)
    }
  }

  private static func graphPass(_ name: String) throws(Diagnostic) -> any GraphPass.Type {
    if DataflowPipeline.passes.contains(where: { $0.name == name }) {
      throw .passNeedsDesign(name)
    }
    return try GraphPipeline.pass(named: name)
  }
}

extension Diagnostic {
  static func passNeedsDesign(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "opt.needs-design", "\(name) works on designs, and this is still a graph",
      suggestion: "put \(Passes.lowering) in front of it")
  }
}
