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

  @Test(.enabled(if: findPython() != nil), arguments: modules)
  func modulePassesItsChecks(_ module: String) throws {
    let result = try ChildProcess.run(
      #require(findPython()), [Self.root + "/scripts/check-hw", "--fast", module])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  private static func findPython() -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { $0 + "/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
