// Random networks through every engine, many at a time.

import Assets
import Compiler
import DataflowIR
import Diagnostics
import FileFormats
import FixedPoint
import GraphIR
import GraphPasses
import HLSBackend
import Simulation
import TestSupport
import VerilogBackend

/// One way to compute what the exact evaluator computes.
public enum FuzzEngine: String, CaseIterable, Sendable {
  /// The emitted Verilog with its bench, random gaps and stalls on both sides.
  case icarus
  /// The emitted Verilog, frames back to back.
  case verilator
  /// The emitted HLS C++.
  case csim
}

/// A random network, compiled, with frames and what must come of them.
public struct FuzzCase: Sendable {
  public var network: RandomNetwork
  public var compilation: Compilation
  public var frames: [[Int64]]
  public var expected: [[Int64]]

  /// Compiles `network`; throws what the compiler refuses or finds wrong with itself.
  public init(_ network: RandomNetwork, raw: [[Double]], name: String) throws {
    var options = CompileOptions()
    options.output = network.isClassifier ? .automatic : .scores
    options.clock = 3
    options.verifyEach = true
    options.top = name
    compilation = try compile(network.graph, options)
    self.network = network
    let host = compilation.host
    frames = raw.map { host.frame([$0]) }
    expected = frames.map { host.expected($0) }
  }

  /// A network and frames that depend on `seed` only.
  public init(seed: UInt64, frameCount: Int, maximumProducts: Int) throws {
    var generator = NetworkGenerator(seed: seed, maximumProducts: maximumProducts)
    let network = generator.network()
    let raw = (0..<frameCount).map { _ in generator.frame(for: network) }
    try self.init(network, raw: raw, name: "n\(seed)")
  }
}

public struct DifferentialRun: Sendable {
  public var engines: [FuzzEngine]
  public let assets = Assets(overrideFolder: nil)

  public init(engines: [FuzzEngine]) {
    self.engines = engines
  }

  /// Puts all cases side by side into one design, so that each engine is built once, and returns
  /// the first engine that differs from the exact evaluator, with what it says; nil when none does.
  public func disagreement(_ cases: [FuzzCase]) throws -> String? {
    let design = Design(sideBySide: cases.map(\.compilation.design), name: "fuzz")
    let count = cases.map(\.frames.count).min() ?? 0
    let frames = (0..<count).map { index in cases.flatMap { $0.frames[index] } }
    let expected = (0..<count).map { index in cases.flatMap { $0.expected[index] } }
    let workspace = try TemporaryFolder("fuzz")
    return try workspace.use {
      let folder = workspace.path + "/out"
      try emit(design, frames, expected).write(to: folder)
      return try disagreement(folder, frameCount: count)
    }
  }

  /// Simulates the emitted `folder` with every engine.
  private func disagreement(_ folder: String, frameCount count: Int) throws -> String? {
    for engine in engines {
      let simulator = Simulator(rawValue: engine.rawValue)!
      var options = Simulator.Options()
      if engine == .icarus { options.stallSeed = 7 }
      let result = try simulate(folder, simulator: simulator, options, assets)
      guard result.frames == count else { return "\(engine.rawValue): \(result.frames) frames" }
      if result.mismatches > 0 {
        return "\(engine.rawValue): " + result.details.prefix(3).joined(separator: "\n")
      }
    }
    return nil
  }

  private func emit(_ design: Design, _ frames: [[Int64]], _ expected: [[Int64]]) throws
    -> ArtifactFolder
  {
    var folder = ArtifactFolder()
    let backend = VerilogBackend(
      options: VerilogOptions(interface: .axis(width: 64), benchFrames: frames.count),
      asset: { try assets.text($0) })
    let project = try backend.emit(design)
    for file in project.files { folder.add(file.path, file.text) }
    if engines.contains(.csim) {
      let hls = HLSBackend(options: HLSOptions(), asset: { try assets.text($0) })
      for file in try hls.emit(design).files { folder.add(file.path, file.text) }
    }
    folder.add("tb/vectors/stimulus.hex", Vectors.text(frames, project.input))
    folder.add("tb/vectors/expected.hex", Vectors.text(expected, project.output))
    return folder
  }
}

extension Design {
  /// Independent designs as one: their inputs and outputs one after the other.
  public init(sideBySide designs: [Design], name: String) {
    self.init(name: name)
    for (index, design) in designs.enumerated() {
      let offset = channels.count
      func moved(_ id: Channel.ID) -> Channel.ID { Channel.ID(id.index + offset) }
      channels += design.channels.map { channel in
        var copy = channel
        copy.name = "n\(index)_\(channel.name)"
        return copy
      }
      kernels += design.kernels.map { kernel in
        var copy = kernel
        copy.name = "n\(index)_\(kernel.name)"
        copy.inputs = kernel.inputs.map(moved)
        copy.outputs = kernel.outputs.map(moved)
        return copy
      }
      inputs += design.inputs.map(moved)
      outputs += design.outputs.map(moved)
    }
  }
}
