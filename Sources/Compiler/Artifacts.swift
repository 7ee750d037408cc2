// The folder that `compile` writes.

import Assets
import DataflowIR
import Diagnostics
import Exporters
import FileFormats
import FixedPoint
import GraphIR
import HLSBackend
import Reports
import Simulation
import VerilogBackend

/// nncc's own version, as `--version` and manifests state it.
public let toolVersion = "0.1.0"

/// Everything `compile` writes, and how frames travel into and out of it.
public struct Artifacts: Sendable {
  public var folder: ArtifactFolder
  public var top: String
  public var input: FrameLayout
  public var output: FrameLayout
  /// What the host sends beside frames.
  public var weights: [WeightStream] = []
}

extension Compilation {
  /// The files of the chosen target with test vectors for `frames` (random ones when nil).
  public func artifacts(_ assets: Assets, frames given: [[Int64]]? = nil) throws -> Artifacts {
    let frames = given ?? randomFrames(count: options.vectorFrames)
    let host = self.host
    let expected = parallelMap(frames.count) { host.expected(frames[$0]) }
    var folder = ArtifactFolder()
    let project: (top: String, input: FrameLayout, output: FrameLayout)
    var weights: [WeightStream] = []
    switch options.target {
    case .verilog:
      let backend = VerilogBackend(
        options: VerilogOptions(
          interface: verilogInterface, top: options.top, benchFrames: frames.count,
          isProfiled: options.isProfiled),
        asset: { try assets.text($0) })
      let emitted = try backend.emit(design)
      for file in emitted.files { folder.add(file.path, file.text) }
      weights = emitted.weights
      for stream in weights { folder.add(stream.path, stream.bytes) }
      project = (emitted.top, emitted.input, emitted.output)
    case .vitis:
      let backend = HLSBackend(
        options: HLSOptions(
          interface: hlsInterface, top: options.top, part: options.part, clock: options.clock),
        asset: { try assets.text($0) })
      let emitted = try backend.emit(design)
      for file in emitted.files { folder.add(file.path, file.text) }
      project = (emitted.top, emitted.input, emitted.output)
    }
    folder.add("tb/vectors/stimulus.hex", Vectors.text(frames, project.input))
    folder.add("tb/vectors/expected.hex", Vectors.text(expected, project.output))
    let modelBytes = exportNNM(model)
    folder.add("model.nnm", modelBytes)
    folder.add(
      "report.json", DesignReport(design, clock: options.clock).json.pretty + "\n")
    folder.add(
      ArtifactFolder.manifestName,
      manifest(folder, top: project.top, weights, modelHash: SHA256.hex(modelBytes)).pretty + "\n")
    return Artifacts(
      folder: folder, top: project.top, input: project.input, output: project.output,
      weights: weights)
  }

  private var verilogInterface: VerilogOptions.Interface {
    switch options.interface {
    case .axis: .axis(width: options.axisWidth)
    case .plain: .plain
    }
  }

  private var hlsInterface: HLSOptions.Interface {
    switch options.interface {
    case .axis: .axis(width: options.axisWidth)
    case .plain: .plain
    }
  }

  /// No dates and no absolute paths: the same model and options give the same bytes.
  private func manifest(
    _ folder: ArtifactFolder, top: String, _ weights: [WeightStream], modelHash: String
  ) -> JSONValue {
    let files = folder.files.sorted { $0.path < $1.path }.map { file -> JSONObject.Member in
      .init(file.path, .string(SHA256.hex(file.bytes)))
    }
    return .object(
      JSONObject(
        [
          .init(ArtifactFolder.manifestKey, .string(toolVersion)),
          .init("model", .string(model.name)), .init("model_sha256", .string(modelHash)),
          .init("target", .string(options.target.rawValue)), .init("top", .string(top)),
          .init("interface", .string(options.interface.rawValue)),
          .init("axis_width", JSONValue(options.axisWidth)),
          .init("clock_ns", .double(options.clock)), .init("part", .string(options.part)),
          .init("output", .string(options.output.rawValue)),
          .init("latency_cycles", JSONValue(design.latency)),
          .init("interval_cycles", JSONValue(design.interval)),
          .init(
            "input_formats", .string(TensorFormat(repeating: host.inputFormats).description)),
          .init(
            "output_formats", .string(TensorFormat(repeating: host.outputFormats).description)),
        ]
          + (weights.isEmpty ? [] : [.init("weights", .array(weights.map(\.json)))])
          + (options.isProfiled ? [.init("profile", design.profileMap)] : [])
          + [.init("files", .object(JSONObject(files)))]))
  }
}
