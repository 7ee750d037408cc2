import Foundation
import Testing

private let repository = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// The Swift files below `folder`, with their text.
private func swiftFiles(_ folder: String) throws -> [(path: String, text: String)] {
  let root = repository + "/" + folder
  let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
  return try paths.filter { $0.hasSuffix(".swift") }.sorted().map {
    ("\(folder)/\($0)", try String(contentsOfFile: root + "/" + $0, encoding: .utf8))
  }
}

/// The ids in `text` with the file that declares them: `id: "area.what-is-wrong"`.
private func ids(in text: String) -> [String] {
  text.matches(of: /\bid: "([^"]*)"/).map { String($0.1) }
}

/// Every message is tested: its id stands in some test, which made nncc say it.
@Suite struct DiagnosticCoverageTests {
  /// Whether a test names the id, alone or in the text of the whole message.
  private func isProvoked(_ id: String, _ tests: String) -> Bool {
    tests.contains("\"\(id)\"") || tests.contains("[\(id)]")
  }

  @Test func everyIdHasATest() throws {
    let tests = try swiftFiles("Tests").filter { !$0.path.hasPrefix("Tests/DiagnosticsTests/") }
      .map(\.text).joined()
    var untested: [String] = []
    for (path, text) in try swiftFiles("Sources") {
      for id in ids(in: text) where !isProvoked(id, tests) {
        untested.append("\(path): \(id)")
      }
    }
    #expect(untested.isEmpty, "no test provokes:\n\(untested.joined(separator: "\n"))")
  }

  @Test func idsHaveAnAreaAndAName() throws {
    var count = 0
    for (path, text) in try swiftFiles("Sources") {
      for id in ids(in: text) {
        count += 1
        #expect(
          id.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*/) != nil,
          "\(path): \(id)")
      }
    }
    #expect(count > 40, "the search finds no diagnostics any more")
  }

  @Test func messagesAreSentencesWithoutAPeriod() throws {
    // What is said is checked by the tests that provoke it; here only the punctuation of literals.
    for (path, text) in try swiftFiles("Sources") where text.contains("id: \"") {
      for match in text.matches(of: /suggestion: "([^"]*)"/) {
        #expect(!match.1.hasSuffix("."), "\(path): \(match.1)")
      }
    }
  }
}
