// Simulates an emitted folder on vector files, with Icarus Verilog or Verilator.

import Diagnostics
import FileFormats
import Foundation

public struct SimulationResult: Hashable, Sendable {
  public var frames: Int
  /// Frames that differ. Icarus stops at the first.
  public var mismatches: Int
  /// From the first word of a frame to the last word of its result; nil where nothing has cycles
  /// (C++) or Icarus stopped at a mismatch.
  public var latencyCycles: Int?
  /// Between two results; nil as above.
  public var intervalCycles: Double?
  /// What the simulator says about the first mismatches.
  public var details: [String]
  /// How the cycles at full rate differ from the compiler's prediction; nil when they do not.
  public var timingDifference: String?
  /// What the kernels did while frames came in at full rate; nil when nobody asked.
  public var profile: ProfileReading?

  public var json: JSONValue {
    [
      "frames": .integer(Int64(frames)), "mismatches": .integer(Int64(mismatches)),
      "latency_cycles": latencyCycles.map { .integer(Int64($0)) } ?? .null,
      "interval_cycles": intervalCycles.map { .double($0) } ?? .null,
    ]
  }
}

public enum Simulator: String, CaseIterable, Sendable {
  case icarus
  case verilator
  /// The HLS C++ compiled with g++; it has no cycles.
  case csim

  public struct Options: Sendable {
    /// The vector files; those in the folder when nil.
    public var stimulus: String?
    public var expected: String?
    /// How many frames of the files; all when nil.
    public var frames: Int?
    /// Random gaps and stalls with this seed; full rate when nil.
    public var stallSeed: Int?
    /// Where to write the results, as a vector file.
    public var results: String?
    /// Where Verilator's model is built, or found when it was built there before; a temporary folder
    /// when nil.
    public var model: String?
    /// Whether to read the counters of a design compiled for that; full rate under Verilator only.
    public var readsProfile = false
    public var timeout: Double = 1800

    public init(
      stimulus: String? = nil, expected: String? = nil, frames: Int? = nil, stallSeed: Int? = nil,
      results: String? = nil
    ) {
      self.stimulus = stimulus
      self.expected = expected
      self.frames = frames
      self.stallSeed = stallSeed
      self.results = results
    }
  }

  /// Builds the simulation of the emitted `folder` in a temporary one and runs it. `harness` is
  /// sim/verilator_main.cpp.
  public func run(
    _ folder: String, _ options: Options = Options(), harness: String
  ) throws(Diagnostic) -> SimulationResult {
    switch self {
    case .icarus: try IcarusRun(project: EmittedProject(folder), options: options).run()
    case .verilator:
      try VerilatorRun(project: EmittedProject(folder), options: options, harness: harness).run()
    case .csim: try CSimRun(folder: folder, options: options).run()
    }
  }
}

/// `text` as an absolute path, since simulators run in other folders.
func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

/// The words in a vector file: its lines without comments.
func countWords(_ path: String) throws(Diagnostic) -> Int {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw .vectorsMissing(path)
  }
  return data.split(separator: UInt8(ascii: "\n")).count { $0.first != UInt8(ascii: "/") }
}

extension Diagnostic {
  static func vectorsMissing(_ path: String) -> Diagnostic {
    Diagnostic(
      id: "simulation.no-vectors", at: Location(file: path), "the vector file cannot be read")
  }

  static func tooFewFrames(_ path: String, asked: Int, found: Int) -> Diagnostic {
    Diagnostic(
      id: "simulation.too-few-frames", at: Location(file: path),
      "the vector file holds \(found) frames, not \(asked)")
  }

  static func noVerdict(_ tool: Tool, _ lines: [String]) -> Diagnostic {
    Diagnostic(
      id: "simulation.no-verdict", "the simulation under '\(tool.command)' ended without a result",
      notes: lines)
  }
}
