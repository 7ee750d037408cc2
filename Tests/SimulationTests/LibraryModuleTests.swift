import Foundation
import Simulation
import Testing

/// The hand-written modules of `hw/`: lint, and the fast subset of the benches and proofs that
/// `hw/tb/MODULE.json` lists. `make check-hw` runs all of them, and the mutants.
@Suite struct LibraryModuleTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static let modules = ((try? FileManager.default.contentsOfDirectory(atPath: root + "/hw")) ?? [])
    .filter { $0.hasPrefix("nn_") && $0.hasSuffix(".v") }.map { String($0.dropLast(2)) }.sorted()

  @Test func modulesAreFound() {
    #expect(Self.modules.contains("nn_skid"))
  }

  /// The first `python3` of `PATH`.
  static let python = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { $0 + "/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test(.enabled(if: python != nil), arguments: modules)
  func modulePassesItsChecks(_ module: String) throws {
    let python = try #require(Self.python)
    let result = try ChildProcess.run(
      python, [Self.root + "/scripts/check-hw", "--fast", module])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }
}
