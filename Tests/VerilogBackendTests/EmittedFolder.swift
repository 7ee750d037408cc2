import DataflowIR
import FixedPoint
import Foundation
import Simulation
import VerilogBackend

/// The repository's own `hw/`, `templates/` and `sim/`.
func repositoryFile(_ path: String) throws -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
}

/// An emitted design on disk, with vectors that its evaluator computed.
struct EmittedFolder {
  let folder: TemporaryFolder
  let project: VerilogProject
  let design: Design
  let frames: [[Int64]]

  init(_ design: Design, _ options: VerilogOptions, frames: [[Int64]]) throws {
    self.design = design
    self.frames = frames
    folder = try TemporaryFolder("emitted")
    var options = options
    options.benchFrames = frames.count
    project = try VerilogBackend(options: options, asset: repositoryFile).emit(design)
    for file in project.files { try write(file.path, file.text) }
    let results = frames.map { frame -> [Int64] in
      var rest = frame[...]
      let channels = design.inputs.map { id -> [Int64] in
        let count = design[id].formats.count
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
      }
      return design.evaluate(channels).flatMap(\.self)
    }
    try write("tb/vectors/stimulus.hex", Vectors.text(frames, project.input))
    try write("tb/vectors/expected.hex", Vectors.text(results, project.output))
  }

  var path: String { folder.path }

  func write(_ path: String, _ text: String) throws {
    let file = URL(fileURLWithPath: folder.path + "/" + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func simulate(
    _ simulator: Simulator, _ options: Simulator.Options = .init()
  ) throws -> SimulationResult {
    try simulator.run(path, options, harness: repositoryFile("sim/verilator_main.cpp"))
  }

  /// What the three tools say about the RTL; nothing when it is clean.
  func lint() throws -> [String] {
    let list = project.top + ".f"
    let commands: [(Tool, [String])] = [
      (.verilator, ["--lint-only", "-Wall", "--top-module", project.top, "-f", list]),
      (.icarus, ["-g2005", "-Wall", "-t", "null", "-f", list, "tb/\(project.top)_tb.v"]),
      (
        .yosys,
        [
          "-q", "-p",
          "read_verilog \(try EmittedProject(path).files.joined(separator: " ")); "
            + "hierarchy -check -top \(project.top); proc; check -assert",
        ]
      ),
    ]
    return try commands.flatMap { tool, arguments -> [String] in
      guard let executable = tool.find() else { return [] }
      let result = try ChildProcess.run(executable, arguments, in: path)
      let lines = (result.output + result.errors).split(separator: "\n").map(String.init)
      return result.status == 0 ? lines : lines + ["\(tool.command): status \(result.status)"]
    }
  }
}

/// Whether the tools that a test needs are installed.
func isInstalled(_ tools: Tool...) -> Bool { tools.allSatisfy { $0.find() != nil } }
