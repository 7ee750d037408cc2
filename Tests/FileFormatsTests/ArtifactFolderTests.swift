import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import FileFormats

/// Everything below `folder`, sorted.
private func list(_ folder: String) -> [String] {
  (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
}

private func sample(_ text: String = "x") -> ArtifactFolder {
  var folder = ArtifactFolder()
  folder.add("manifest.json", "{\"nncc\": \"0.1\"}\n")
  folder.add("rtl/a/b.v", text)
  folder.add("rtl/c.v", [])
  return folder
}
private let sampleList = ["manifest.json", "rtl", "rtl/a", "rtl/a/b.v", "rtl/c.v"]

@Suite struct ArtifactFolderTests {
  @Test func missingAndEmptyFoldersAreFilled() throws {
    try withTemporaryFolder { root in
      try sample().write(to: root + "/new")
      #expect(list(root + "/new") == sampleList)
      mkdir(root + "/empty", 0o777)
      try sample().write(to: root + "/empty/")
      #expect(list(root + "/empty") == sampleList)
      try sample().write(to: root + "/p/q/r")
      #expect(list(root + "/p/q/r") == sampleList)
      #expect(try readFile(root + "/new/rtl/a/b.v") == Array("x".utf8))
      #expect(list(root).filter { $0.contains(".nncc-") } == [])
    }
  }

  @Test func anEarlierResultIsReplaced() throws {
    try withTemporaryFolder { root in
      try sample().write(to: root + "/out")
      try writeFileAtomically(root + "/out/build.log", "leftover")
      symlink("out", root + "/link")
      try sample("y").write(to: root + "/link")
      #expect(list(root + "/out") == sampleList)
      #expect(try readFile(root + "/out/rtl/a/b.v") == Array("y".utf8))
      #expect(list(root).filter { !$0.contains("/") } == ["link", "out"])
    }
  }

  @Test func anythingElseIsRefusedAndUntouched() throws {
    try withTemporaryFolder { root in
      mkdir(root + "/mine", 0o777)
      try writeFileAtomically(root + "/mine/thesis.txt", "work")
      try writeFileAtomically(root + "/file", "work")
      symlink("nowhere", root + "/dangling")
      expectDiagnostic("output.exists") { try sample().write(to: root + "/mine") }
      try writeFileAtomically(root + "/mine/manifest.json", "{\"name\": \"a web app\"}")
      expectDiagnostic("output.exists") { try sample().write(to: root + "/mine") }
      expectDiagnostic("output.not-a-folder") { try sample().write(to: root + "/file") }
      expectDiagnostic("output.not-a-folder") { try sample().write(to: root + "/dangling") }
      expectDiagnostic("output.unwritable") { try sample().write(to: root + "/file/sub") }
      expectDiagnostic("output.unwritable") { try sample().write(to: "/proc/nncc/out") }
      #expect(list(root) == ["dangling", "file", "mine", "mine/manifest.json", "mine/thesis.txt"])
    }
  }

  @Test func singleFilesAreReplacedWhole() throws {
    try withTemporaryFolder { root in
      try writeFileAtomically(root + "/a", "one")
      symlink("a", root + "/link")
      try writeFileAtomically(root + "/link", "two")
      #expect(try readFile(root + "/a") == Array("two".utf8))
      #expect(list(root) == ["a", "link"])
      try writeFileAtomically("/dev/null", "gone")
      expectDiagnostic("output.unwritable", message: "cannot write: is a directory") {
        try writeFileAtomically(root, "x")
      }
      expectDiagnostic("output.unwritable", message: "cannot write: no such file or directory") {
        try writeFileAtomically(root + "/no/such/a", "x")
      }
    }
  }

  @Test func theCurrentFolderIsRefused() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { root in
        chdir(root)
        expectDiagnostic("output.current-folder") { try sample().write(to: ".") }
        try sample().write(to: "out")
        #expect(list(root) == ["out"] + sampleList.map { "out/" + $0 })
        chdir("/")
      }
    }
  }

  /// A process that may write no file above 1,000 bytes stands in for a full disk.
  @Test func aFullDiskLeavesNothingBehind() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      try withTemporaryFolder { root in
        try sample("old").write(to: root + "/out")
        try writeFileAtomically(root + "/a", "old")
        var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        let large = String(repeating: "x", count: 2000)
        for place in ["/out", "/p/q"] {
          let difference = difference(
            from: "output.unwritable", message: "cannot write: file too large"
          ) { try sample(large).write(to: root + place) }
          #expect(difference == nil)
        }
        #expect((try? writeFileAtomically(root + "/a", large)) == nil)
        #expect(try readFile(root + "/out/rtl/a/b.v") == Array("old".utf8))
        #expect(try readFile(root + "/a") == Array("old".utf8))
        #expect(list(root).filter { !$0.contains("/") } == ["a", "out"])
      }
    }
  }

  @Test func interruptionLeavesNothingBehindAndEndsTheProcess() async throws {
    try await withTemporaryFolderAsync { root in
      await #expect(processExitsWith: .signal(SIGTERM)) { [root = root as String] in
        _ = try? Interruption.shielded { () throws(Diagnostic) in
          // The signal comes while the shield is up.
          kill(getpid(), SIGTERM)
          while !Interruption.isPending { usleep(100) }
          expectDiagnostic("output.interrupted") { try sample().write(to: root + "/p/out") }
          expectDiagnostic("output.interrupted") { try writeFileAtomically(root + "/a", "x") }
          #expect(list(root) == [])
        }
        // It may take a moment to arrive.
        sleep(5)
      }
      #expect(list(root) == [])
    }
  }
}

private func withTemporaryFolderAsync(_ body: (String) async throws -> Void) async throws {
  let root = FileManager.default.temporaryDirectory.path + "/nncc-test-\(UUID().uuidString)"
  mkdir(root, 0o777)
  defer { try? FileManager.default.removeItem(atPath: root) }
  try await body(root)
}
