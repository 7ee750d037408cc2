// Golden files: what a printer printed when somebody last looked at it.

import Foundation

/// Compares `text` with the file `name` in the `Golden` folder beside the calling test file.
///
/// `UPDATE_GOLDEN=1` rewrites the file and still reports a difference, so that a changed baseline
/// is looked at. Returns nil when equal, else what differs.
public func goldenDifference(
  _ text: String, _ name: String, testFile: String = #filePath
) -> String? {
  let folder = URL(fileURLWithPath: testFile).deletingLastPathComponent()
    .appendingPathComponent("Golden")
  let file = folder.appendingPathComponent(name)
  let expected = try? String(contentsOf: file, encoding: .utf8)
  if expected == text { return nil }
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? text.write(to: file, atomically: true, encoding: .utf8)
    return "\(name): rewritten; look at the change and run again without UPDATE_GOLDEN"
  }
  guard let expected else { return "\(name): no golden file (UPDATE_GOLDEN=1 writes it)" }
  let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let new = text.split(separator: "\n", omittingEmptySubsequences: false)
  for (index, (a, b)) in zip(old, new).enumerated() where a != b {
    return "\(name):\(index + 1): expected: \(a)\n  got: \(b)"
  }
  return "\(name): \(old.count) lines expected, got \(new.count)"
}
