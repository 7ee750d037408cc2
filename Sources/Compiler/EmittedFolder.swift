// A folder that `compile` wrote, read back: to simulate it on new frames.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR
import GraphPasses
import Importers

/// What the manifest and the model in an emitted folder say.
public struct EmittedFolder: Sendable {
  public let path: String
  public let top: String
  public let target: CompileOptions.Target
  public let model: Graph
  public let host: HostInterface
  public let input: FrameLayout
  public let output: FrameLayout
  /// Whether it has counters of what its kernels do.
  public let isProfiled: Bool

  public init(_ path: String) throws(Diagnostic) {
    let file = path + "/" + ArtifactFolder.manifestName
    let manifest: JSONField
    do { manifest = try JSONField(parsing: try readFile(file), file: file) } catch {
      throw .notEmitted(path, because: error)
    }
    self.path = path
    top = try manifest.member("top").string()
    target = try manifest.member("target").choice(of: CompileOptions.Target.self)
    let interface = try manifest.member("interface").choice(of: CompileOptions.Interface.self)
    let width = try manifest.member("axis_width").integer(in: 8...1024)
    let selection = try manifest.member("output").choice(of: PassContext.Output.self)
    let formats = try manifest.member("output_formats").string()
    isProfiled = try manifest.optionalMember("profile") != nil
    model = try importModel(path + "/model.nnm")
    var graph = model
    try GraphPipeline.run(on: &graph, PassContext(output: selection))
    let shapes = try graph.inferShapes()
    guard let outputFormat = TensorFormat(formats) else {
      throw .badManifest(file, "output_formats")
    }
    let count = shapes[graph.outputs[0].index].count
    host = try HostInterface(
      graph, outputFormats: (0..<count).map { outputFormat.format(of: $0) })
    switch interface {
    case .plain:
      input = FrameLayout(packed: host.inputFormats)
      output = FrameLayout(packed: host.outputFormats)
    case .axis:
      guard let input = FrameLayout(lanes: host.inputFormats, wordWidth: width),
        let output = FrameLayout(lanes: host.outputFormats, wordWidth: width)
      else { throw .badManifest(file, "axis_width") }
      self.input = input
      self.output = output
    }
  }
}

extension Diagnostic {
  static func notEmitted(_ folder: String, because error: Diagnostic) -> Diagnostic {
    Diagnostic(
      id: "compile.not-emitted", at: Location(file: folder),
      "this folder was not written by nncc compile", notes: [error.message],
      suggestion: "name the folder that was given to nncc compile with -o")
  }

  static func badManifest(_ file: String, _ key: String) -> Diagnostic {
    Diagnostic(
      id: "compile.bad-manifest", at: Location(file: file, path: key),
      "the manifest does not fit the model beside it",
      suggestion: "write the folder again with nncc compile")
  }
}
