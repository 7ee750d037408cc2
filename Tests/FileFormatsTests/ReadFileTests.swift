import Diagnostics
import FileFormats
import Foundation
import TestSupport
import Testing

@Suite struct ReadFileTests {
  @Test func aFileIsReadWhole() throws {
    try withTemporaryFolder { folder in
      let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/a"))
      #expect(try readFile(folder + "/a") == bytes)
      expectDiagnostic("file.too-large") { try readFile(folder + "/a", limit: 2_999_999) }
      try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
      #expect(try readFile(folder + "/empty") == [])
    }
  }

  @Test func anEndlessFileIsRefused() {
    expectDiagnostic("file.too-large") { try readFile("/dev/zero", limit: 5 << 20) }
  }

  @Test func missingFilesAndFoldersAreNamed() throws {
    try withTemporaryFolder { folder in
      expectDiagnostic(
        "file.unreadable", message: "cannot read the file: no such file or directory"
      ) { try readFile(folder + "/missing") }
      expectDiagnostic("file.unreadable", message: "cannot read the file: is a directory") {
        try readFile(folder)
      }
      expectDiagnostic("file.unreadable", message: "cannot read the file: not a directory") {
        try readFile("/dev/null/x")
      }
    }
  }

  @Test(.enabled(if: getuid() != 0, "root reads everything"))
  func forbiddenFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/a"))
      chmod(folder + "/a", 0)
      expectDiagnostic("file.unreadable", message: "cannot read the file: permission denied") {
        try readFile(folder + "/a")
      }
    }
  }
}
