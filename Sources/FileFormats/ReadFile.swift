// Reading a whole file, with the reason when that fails.

import Diagnostics
import Foundation

/// The bytes of the file at `path`.
public func readFile(_ path: String) throws(Diagnostic) -> [UInt8] {
  do {
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  } catch {
    throw .fileUnreadable(path, exists: FileManager.default.fileExists(atPath: path))
  }
}

extension Diagnostic {
  static func fileUnreadable(_ path: String, exists: Bool) -> Diagnostic {
    Diagnostic(
      id: "file.unreadable", at: Location(file: path),
      exists ? "the file cannot be read" : "the file does not exist",
      suggestion: exists ? "check its permissions" : "check the path")
  }
}
