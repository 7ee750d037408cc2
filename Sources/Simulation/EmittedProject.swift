// An emitted Verilog folder as the simulators see it: its top, its files, its interface.

import Diagnostics
import FileFormats
import Foundation

/// What `nncc compile --target verilog` wrote to `folder`.
public struct EmittedProject: Sendable {
  public enum Interface: Sendable {
    case axis
    case plain(isClocked: Bool)
  }

  public let folder: String
  public let top: String
  public let interface: Interface
  /// Of the RTL, relative to the folder.
  public let files: [String]
  /// Words per frame on either side, as the bench states them.
  public let inputWords: Int
  public let outputWords: Int
  /// What the bench asserts of a streaming design; nil for others.
  public let timing: PredictedTiming?
  /// Streams of weights, and the kernels whose steps are counted.
  public let weights: [WeightFile]
  public let profiledKernels: Int?

  /// Finds the one file list `<top>.f` and looks at the top module's ports.
  public init(_ folder: String) throws(Diagnostic) {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let lists = entries.filter { $0.hasSuffix(".f") }.sorted()
    guard lists.count == 1 else { throw .notEmitted(folder) }
    self.folder = folder
    let top = String(lists[0].dropLast(2))
    self.top = top
    guard let list = Self.text(folder + "/" + lists[0]),
      let module = Self.text("\(folder)/rtl/\(top).v"),
      let bench = Self.text("\(folder)/tb/\(top)_tb.v")
    else { throw .notEmitted(folder) }
    let manifest = try Self.manifest(of: folder)
    weights = try manifest?.optionalMember("weights")?.elements().map(WeightFile.init) ?? []
    profiledKernels = try manifest?.optionalMember("profile")?.elements().count
    timing = PredictedTiming { Self.number($0, in: bench) }
    files = list.split(separator: "\n").map(String.init)
    if module.contains("s_axis_tdata") {
      interface = .axis
      inputWords = Self.number("IN_BEATS", in: bench) ?? 1
      outputWords = Self.number("OUT_BEATS", in: bench) ?? 1
    } else {
      interface = .plain(isClocked: bench.contains(".clk "))
      inputWords = 1
      outputWords = 1
    }
  }

  public var bench: String { "tb/\(top)_tb.v" }
  public var stimulus: String { folder + "/tb/vectors/stimulus.hex" }
  public var expected: String { folder + "/tb/vectors/expected.hex" }

  /// The manifest, where there is one: a folder that a test wrote may have none.
  private static func manifest(of folder: String) throws(Diagnostic) -> JSONField? {
    let file = folder + "/" + ArtifactFolder.manifestName
    guard let text = text(file) else { return nil }
    return try JSONField(parsing: text, file: file)
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
  }

  /// The value of `localparam NAME = value;`.
  private static func number(_ name: String, in text: String) -> Int? {
    guard let range = text.range(of: "localparam \(name) = ") else { return nil }
    return Int(text[range.upperBound...].prefix { $0.isNumber })
  }
}

/// The beats that go into a port of weights, over and over.
public struct WeightFile: Hashable, Sendable {
  /// The port without `_tdata`, `_tvalid` and `_tready`.
  public let port: String
  /// The vector file, relative to the folder.
  public let vectors: String
  /// How often its beats are sent in a frame.
  public let repeats: Int

  init(_ field: JSONField) throws(Diagnostic) {
    port = try field.member("port").string()
    vectors = try field.member("vectors").string()
    repeats = try field.member("repeats_per_frame").integer(in: 1...Int.max)
  }
}

/// When results come at full rate, in cycles from the first word of the first frame.
public struct PredictedTiming: Hashable, Sendable {
  /// The last word of the first result.
  public let latency: Int
  public let interval: Int
  /// From this frame on, whose result ends in `settledCycle`, results come every `interval` cycles.
  public let settledFrame: Int
  public let settledCycle: Int

  /// Reads the bench's parameters; nil when it asserts nothing.
  init?(_ parameter: (String) -> Int?) {
    guard parameter("TIMED") == 1, let latency = parameter("LATENCY"),
      let interval = parameter("INTERVAL"), let settledFrame = parameter("SETTLED_FRAME"),
      let settledCycle = parameter("SETTLED_CYCLE")
    else { return nil }
    self.latency = latency
    self.interval = interval
    self.settledFrame = settledFrame
    self.settledCycle = settledCycle
  }

  /// How a simulation of `frames` frames differs from the prediction; nil when it does not.
  func difference(latency: Int, lastCycle: Int, frames: Int) -> String? {
    if latency != self.latency {
      return "the first result took \(latency) cycles, predicted were \(self.latency)"
    }
    let expected = settledCycle + (frames - 1 - settledFrame) * interval
    guard frames > 1, frames > settledFrame, lastCycle != expected else { return nil }
    return "\(frames) frames took \(lastCycle) cycles, predicted were \(expected)"
  }
}

extension Diagnostic {
  static func notEmitted(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "simulation.not-emitted", at: Location(file: folder),
      "this folder was not written by nncc compile --target verilog",
      suggestion: "name the folder that was given to nncc compile with -o")
  }
}
