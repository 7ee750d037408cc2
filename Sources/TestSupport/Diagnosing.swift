// How tests expect a diagnostic, and get a folder to make a mess in.

import Diagnostics
import Foundation

/// Compares what `body` throws with the diagnostic of this id (and byte and message, when given).
///
/// Returns nil when it is that diagnostic, else what happened instead:
/// `#expect(difference(from: "gzip.truncated", byte: 3) { try gunzip(…) } == nil)`.
public func difference<R>(
  from id: String, byte: Int? = nil, message: String? = nil, _ body: () throws -> R
) -> String? {
  do {
    _ = try body()
    return "expected [\(id)], nothing was thrown"
  } catch let diagnostic as Diagnostic {
    guard diagnostic.id == id, byte == nil || byte == diagnostic.location.byte,
      message == nil || message == diagnostic.message
    else { return "expected [\(id)], got: \(diagnostic.rendered)" }
    return nil
  } catch {
    return "expected [\(id)], got: \(error)"
  }
}

/// Calls `body` with the path of an empty folder that is deleted afterwards.
public func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "nncc-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
