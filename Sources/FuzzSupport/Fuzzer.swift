// Tries many random networks and shrinks what fails.

import Diagnostics
import GraphIR
import TestSupport

public struct Fuzzer {
  public var run: DifferentialRun
  public var batch: Int
  public var frameCount: Int
  public var maximumProducts: Int

  public init(
    engines: [FuzzEngine] = FuzzEngine.allCases, batch: Int = 20, frameCount: Int = 8,
    maximumProducts: Int = 250
  ) {
    run = DifferentialRun(engines: engines)
    self.batch = batch
    self.frameCount = frameCount
    self.maximumProducts = maximumProducts
  }

  /// Tries the networks with these seeds. Returns a report on the first that fails, shrunk; nil when
  /// all agree. `progress` sees how many are done.
  public func firstFailure(seeds: Range<UInt64>, progress: (Int) -> Void = { _ in }) -> String? {
    var next = seeds.lowerBound
    while next < seeds.upperBound {
      let part = next..<min(next + UInt64(batch), seeds.upperBound)
      if let failure = failure(in: part) { return failure }
      next = part.upperBound
      progress(Int(next - seeds.lowerBound))
    }
    return nil
  }

  private func failure(in seeds: Range<UInt64>) -> String? {
    var cases: [FuzzCase] = []
    var compiled: [UInt64] = []
    for seed in seeds {
      do {
        cases.append(
          try FuzzCase(seed: seed, frameCount: frameCount, maximumProducts: maximumProducts))
        compiled.append(seed)
      } catch {
        if Fuzzer.isRefusal(error) { continue }
        return report(seed, "compiler: \(Fuzzer.text(error))")
      }
    }
    if cases.isEmpty { return nil }
    do {
      guard try run.disagreement(cases) != nil else { return nil }
    } catch { return "seeds \(seeds): \(Fuzzer.text(error))" }
    for (item, seed) in zip(cases, compiled) {
      if let problem = try? run.disagreement([item]) { return report(seed, problem) }
    }
    return "seeds \(seeds) fail together and not alone"
  }

  /// The random network of `seed`.
  public func network(seed: UInt64) -> RandomNetwork {
    var generator = NetworkGenerator(seed: seed, maximumProducts: maximumProducts)
    return generator.network()
  }

  /// What the compiler may refuse: tables and sums of too many bits.
  static let refusals = ["lower.table-too-large", "lower.sum-too-wide"]

  private static func isRefusal(_ error: any Error) -> Bool {
    guard let list = error as? DiagnosticList else { return false }
    return list.diagnostics.allSatisfy { refusals.contains($0.id) }
  }

  private func report(_ seed: UInt64, _ problem: String) -> String {
    var generator = NetworkGenerator(seed: seed, maximumProducts: maximumProducts)
    let network = generator.network()
    let raw = (0..<frameCount).map { _ in generator.frame(for: network) }
    let small = network.shrunk(attempts: 60) { candidate in
      do {
        return try run.disagreement([FuzzCase(candidate, raw: raw, name: "n")]) != nil
      } catch { return !Fuzzer.isRefusal(error) }
    }
    return "seed \(seed): \(problem)\nshrunk to:\n\(small.graph.text())"
  }

  static func text(_ error: any Error) -> String {
    switch error {
    case let diagnostic as Diagnostic: diagnostic.rendered
    case let list as DiagnosticList: list.diagnostics.map(\.rendered).joined(separator: "\n")
    default: "\(error)"
    }
  }
}
