import Foundation
import TestSupport
import Testing

@testable import Simulation

@Suite struct ChildProcessTests {
  @Test func outputAndStatusAreKeptApart() throws {
    let result = try ChildProcess.run("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"])
    #expect(result.status == 3)
    #expect(result.output == "out\n")
    #expect(result.errors == "err\n")
    // More than any pipe holds.
    let long = try ChildProcess.run(
      "/bin/sh", ["-c", "head -c 300000 /dev/zero; pwd >&2"], in: "/")
    #expect(long.output.utf8.count == 300_000)
    #expect(long.errors == "/\n")
    #expect(try ChildProcess.run("/bin/cat", []).output == "", "there is no input")
    #expect(try ChildProcess.run("/bin/sh", ["-c", "kill -9 $$"]).status == -1)
  }

  @Test func whatCannotStartIsSaid() throws {
    #expect(
      difference(from: "tool.not-started") { try ChildProcess.run("/nonexistent/tool", []) } == nil)
    try withTemporaryFolder { folder in
      #expect(
        difference(from: "tool.not-started") { try ChildProcess.run(folder, []) } == nil)
    }
  }

  @Test func whatTakesTooLongIsEndedWithItsChildren() throws {
    try withTemporaryFolder { folder in
      let start = Date()
      #expect(
        difference(from: "tool.timeout", message: "'sh' did not finish within 1 seconds") {
          try ChildProcess.run(
            "/bin/sh", ["-c", "sleep 3; touch \(folder)/late; true"], timeout: 1)
        } == nil)
      #expect(Date().timeIntervalSince(start) < 3)
      Thread.sleep(forTimeInterval: 2.5)
      #expect(!FileManager.default.fileExists(atPath: folder + "/late"))
    }
  }

  @Test func failureQuotesTheFirstLines() throws {
    let result = try ChildProcess.run(
      "/bin/sh", ["-c", "for i in 1 2 3 4 5 6 7 8 9 a b c d e; do echo line $i; done; exit 1"])
    do {
      _ = try result.succeeded(.yosys, "counting")
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.id == "tool.failed")
      #expect(error.message == "'yosys' failed while counting")
      #expect(error.notes.count == 12)
      #expect(error.notes.first == "line 1")
    }
  }

  @Test func temporaryFoldersDisappear() throws {
    let folder = try TemporaryFolder("test")
    let path = folder.path
    try folder.use {
      _ = try folder.write("a", "text")
      #expect(try String(contentsOfFile: path + "/a", encoding: .utf8) == "text")
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(difference(from: "tool.temporary-folder") { try folder.write("a", "") } == nil)
  }
}
