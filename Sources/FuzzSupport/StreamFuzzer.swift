// Tries random networks as streaming designs, one simulation each, and shrinks what fails.

import Assets
import Compiler
import Diagnostics
import FileFormats
import FixedPoint
import Simulation
import TestSupport
import VerilogBackend

/// Streams random networks through the design's evaluator and the simulators, at full rate, where latency and
/// interval must be as predicted, and with stalls.
public struct StreamFuzzer {
  public var engines: [FuzzEngine]
  public var frameCount: Int
  public var maximumProducts: Int
  /// How many networks were compared, and how many the compiler refused, by the diagnostic's id.
  public private(set) var compared = 0
  public private(set) var refused: [String: Int] = [:]
  private let assets = Assets(overrideFolder: nil)

  /// What streaming hardware does not do.
  private static let refusals =
    Fuzzer.refusals + [
      "lower.stream-positions", "lower.stream-padding", "lower.stream-inputs",
      "lower.stream-input-formats", "lower.folded-formats",
    ]

  public init(engines: [FuzzEngine], frameCount: Int = 6, maximumProducts: Int = 3000) {
    self.engines = engines
    self.frameCount = frameCount
    self.maximumProducts = maximumProducts
  }

  /// Tries the networks with these seeds. Returns a report on the first that fails, shrunk; nil when
  /// all agree. `progress` sees how many are done.
  public mutating func firstFailure(seeds: Range<UInt64>, progress: (Int) -> Void = { _ in })
    -> String?
  {
    for seed in seeds {
      do {
        let item = try StreamCase(
          seed: seed, frameCount: frameCount, maximumProducts: maximumProducts)
        if let problem = try disagreement(item) { return report(seed, problem) }
        compared += 1
      } catch {
        guard let id = Self.refusal(error) else {
          return report(seed, "compiler: \(Fuzzer.text(error))")
        }
        refused[id, default: 0] += 1
      }
      progress(Int(seed - seeds.lowerBound) + 1)
    }
    return nil
  }

  /// The first engine that differs from the graph's evaluator, with what it says; nil when none does.
  public func disagreement(_ item: StreamCase) throws -> String? {
    if let problem = item.evaluatorDisagreement { return problem }
    if engines.isEmpty { return nil }
    let workspace = try TemporaryFolder("stream-fuzz")
    return try workspace.use {
      let folder = workspace.path + "/out"
      try emit(item).write(to: folder)
      for engine in engines {
        for stallSeed in [nil, 7] {
          var options = Simulator.Options(stallSeed: stallSeed)
          options.model = workspace.path + "/model"
          let result = try simulate(
            folder, simulator: Simulator(rawValue: engine.rawValue)!, options, assets)
          let stalls = stallSeed == nil ? "" : " with stalls"
          if result.mismatches > 0 {
            return "\(engine.rawValue)\(stalls): "
              + result.details.prefix(3).joined(separator: "\n")
          }
          if let difference = result.timingDifference { return "\(engine.rawValue): \(difference)" }
          guard result.frames == item.frames.count else {
            return "\(engine.rawValue): \(result.frames) frames"
          }
        }
      }
      return nil
    }
  }

  private func emit(_ item: StreamCase) throws -> ArtifactFolder {
    let backend = VerilogBackend(
      options: VerilogOptions(
        interface: .axis(width: item.plan.axisWidth), benchFrames: item.frames.count),
      asset: { try assets.text($0) })
    let project = try backend.emit(item.design)
    var folder = ArtifactFolder()
    for file in project.files { folder.add(file.path, file.text) }
    folder.add("tb/vectors/stimulus.hex", Vectors.text(item.frames, project.input))
    folder.add("tb/vectors/expected.hex", Vectors.text(item.expected, project.output))
    return folder
  }

  /// The diagnostic's id when `error` says what streaming hardware does not do.
  private static func refusal(_ error: any Error) -> String? {
    let diagnostics =
      (error as? DiagnosticList)?.diagnostics ?? (error as? Diagnostic).map { [$0] } ?? []
    guard let first = diagnostics.first,
      diagnostics.allSatisfy({ refusals.contains($0.id) })
    else { return nil }
    return first.id
  }

  /// The network and styles of one seed.
  public static func text(seed: UInt64, maximumProducts: Int = 3000) throws -> String {
    let network = StreamCase.network(seed: seed, frameCount: 0, maximumProducts: maximumProducts)
      .network
    return try network.graph.text() + StreamCase.styleText(network, seed: seed)
  }

  private func report(_ seed: UInt64, _ problem: String) -> String {
    let (network, raw) = StreamCase.network(
      seed: seed, frameCount: frameCount, maximumProducts: maximumProducts)
    func item(_ network: RandomNetwork) throws -> StreamCase {
      try StreamCase(network, raw: raw, seed: seed, name: "n")
    }
    let small = network.shrunk(attempts: 100) { candidate in
      guard candidate.inputCount == network.inputCount else { return false }
      do { return try disagreement(item(candidate)) != nil } catch {
        return Self.refusal(error) == nil
      }
    }
    let styles = (try? StreamCase.styleText(small, seed: seed)) ?? ""
    return "seed \(seed): \(problem)\nshrunk to:\n\(small.graph.text())\n\(styles)"
  }
}
