import DataflowIR
import FixedPoint
import Foundation
import HLSBackend
import Simulation
import TestSupport

/// The repository's own `templates/` and `sim/`.
func repositoryFile(_ path: String) throws -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
}

func emit(_ design: Design, _ options: HLSOptions = HLSOptions()) throws -> HLSProject {
  try HLSBackend(options: options, asset: repositoryFile).emit(design)
}

/// What the evaluator makes of a frame of all input channels' elements.
func evaluate(_ design: Design, _ frame: [Int64]) -> [Int64] {
  var rest = frame[...]
  let channels = design.inputs.map { id -> [Int64] in
    let count = design[id].formats.count
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
  return design.evaluate(channels).flatMap(\.self)
}

/// Writes `text` below `folder`.
func write(_ text: String, to path: String, in folder: String) throws {
  let file = URL(fileURLWithPath: folder + "/" + path)
  try FileManager.default.createDirectory(
    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(text.utf8).write(to: file)
}

func writeVectors(
  _ design: Design, _ project: HLSProject, frames: [[Int64]], in folder: String
) throws {
  let results = frames.map { evaluate(design, $0) }
  try write(Vectors.text(frames, project.input), to: "tb/vectors/stimulus.hex", in: folder)
  try write(Vectors.text(results, project.output), to: "tb/vectors/expected.hex", in: folder)
}

/// Runs `make csim` in a written project: exit status and output.
func simulate(_ folder: String, _ variables: [String] = []) throws -> (Int32, String) {
  try runProgram(
    "/usr/bin/make",
    ["--no-print-directory", "-C", folder + "/hls", "csim", "AP_TYPES=\(Oracle.apTypes ?? "")"]
      + variables)
}
