// Golden files of passes: text in, text out.

import Foundation

/// `<name>.nnir` of the folder `Golden`: text that starts with `// passes: a, b`, and further
/// lines such as `// output: scores`.
public struct GoldenCase: Sendable {
  public let name: String
  public let text: String

  /// What stands behind `// key:`, split at commas; empty when there is no such line.
  public subscript(key: String) -> [String] {
    for line in text.split(separator: "\n") where line.hasPrefix("// \(key):") {
      return line.dropFirst(key.count + 4).split(separator: ",").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
    return []
  }

  /// All cases of `folder` beside the calling test file, by name.
  public static func all(in folder: String = "Golden", testFile: String = #filePath)
    -> [GoldenCase]
  {
    let root = URL(fileURLWithPath: testFile).deletingLastPathComponent()
      .appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix(".nnir") }.sorted().compactMap { name in
      guard let text = try? String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
      else { return nil }
      return GoldenCase(name: String(name.dropLast(5)), text: text)
    }
  }
}
