import Foundation
import TestSupport
import Testing

@testable import Simulation

@Suite struct ChildProcessTests {
  @Test func outputErrorsAndStatusAreCaptured() throws {
    let result = try ChildProcess.run("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"])
    #expect(result.status == 3)
    #expect(result.output == "out\n")
    #expect(result.errors == "err\n")
  }

  @Test func muchOutputDoesNotBlock() throws {
    let result = try ChildProcess.run("/bin/sh", ["-c", "head -c 3000000 /dev/zero"])
    #expect(result.output.utf8.count == 3_000_000)
  }

  @Test func failuresAreDiagnostics() {
    #expect(
      difference(from: "tool.not-started") { try ChildProcess.run("/nowhere/tool", []) } == nil)
    #expect(
      difference(from: "tool.timeout") {
        try ChildProcess.run("/bin/sleep", ["60"], timeout: 0.2)
      } == nil)
    #expect(
      difference(from: "tool.failed") {
        try ChildProcess.run("/bin/sh", ["-c", "echo no >&2; exit 1"])
          .succeeded(.yosys, "synthesizing")
      } == nil)
    #expect(
      difference(from: "tool.temporary-folder") {
        try TemporaryFolder("test", in: "/nowhere")
      } == nil)
  }

  @Test func temporaryFoldersDisappear() throws {
    var folder: TemporaryFolder? = try TemporaryFolder("test")
    let path = try #require(folder?.path)
    _ = try folder?.write("file", "text")
    #expect(FileManager.default.fileExists(atPath: path + "/file"))
    folder = nil
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
