// Every op has its unit tests, its model in Models/ and its row in the documentation.

import Foundation
import GraphIR
import Testing

private let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

private func text(_ path: String) -> String? {
  try? String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
}

@Suite struct OpCoverageTests {
  @Test func everyOpHasUnitTests() throws {
    let folder = repository.appendingPathComponent("Tests/GraphIRTests/Ops")
    let tests = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .compactMap { text("Tests/GraphIRTests/Ops/\($0)") }.joined()
    for definition in Op.definitions {
      #expect(tests.contains("\(definition)("), "no unit test of \(definition.mnemonic)")
    }
  }

  @Test func everyOpHasAModel() {
    for definition in Op.definitions {
      let path = "Tests/LoweringTests/Models/\(definition.mnemonic).nnir"
      let model = text(path)
      #expect(model?.contains(" \(definition.mnemonic)(") ?? false, "\(path)")
    }
  }

  @Test(.enabled(if: text("docs/architecture.md") != nil, "docs/architecture.md is not there"))
  func everyOpHasARowInTheDocumentation() {
    let document = text("docs/architecture.md") ?? ""
    for definition in Op.definitions {
      #expect(
        document.contains("| `\(definition.mnemonic)` |"),
        "docs/architecture.md has no row of \(definition.mnemonic)")
    }
  }
}
