// Runs one external program: output captured, time limited, gone with nncc on Ctrl-C.

import Diagnostics
import FileFormats
import Foundation

/// What a program left behind.
public struct ChildProcess: Sendable {
  public var status: Int32
  public var output: String
  public var errors: String

  /// Runs `executable` in `folder` and waits; throws where it cannot be started or takes too long.
  public static func run(
    _ executable: String, _ arguments: [String], in folder: String? = nil,
    timeout seconds: Double = 600
  ) throws(Diagnostic) -> ChildProcess {
    let workspace = try TemporaryFolder("process")
    return try workspace.use { () throws(Diagnostic) in
      try run(executable, arguments, in: folder, timeout: seconds, workspace)
    }
  }

  private static func run(
    _ executable: String, _ arguments: [String], in folder: String?, timeout seconds: Double,
    _ workspace: TemporaryFolder
  ) throws(Diagnostic) -> ChildProcess {
    let name = URL(fileURLWithPath: executable).lastPathComponent
    // Files, not pipes: a program that prints much cannot block.
    let outputFile = workspace.path + "/output"
    let errorFile = workspace.path + "/errors"
    guard FileManager.default.createFile(atPath: outputFile, contents: nil),
      FileManager.default.createFile(atPath: errorFile, contents: nil),
      let outputHandle = FileHandle(forWritingAtPath: outputFile),
      let errorHandle = FileHandle(forWritingAtPath: errorFile)
    else { throw .temporaryFolderFailed(workspace.path) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = outputHandle
    process.standardError = errorHandle
    let finished = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in finished.signal() }
    do {
      try process.run()
    } catch {
      throw .toolNotStarted(name, "\(error.localizedDescription)")
    }
    let deadline = DispatchTime.now() + seconds
    while finished.wait(timeout: min(deadline, .now() + 0.1)) == .timedOut {
      guard Interruption.isPending || .now() >= deadline else { continue }
      end(process, finished)
      try Interruption.check()
      throw .toolTimedOut(name, seconds)
    }
    try? outputHandle.close()
    try? errorHandle.close()
    return ChildProcess(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: text(outputFile), errors: text(errorFile))
  }

  /// Ends the program and what it started: Foundation gives each program a process group.
  private static func end(_ process: Process, _ finished: DispatchSemaphore) {
    let id = process.processIdentifier
    let group = getpgid(id) == id ? -id : id
    kill(group, SIGTERM)
    if finished.wait(timeout: .now() + 2) == .timedOut {
      kill(group, SIGKILL)
      finished.wait()
    }
  }

  /// Throws unless the program ended with status 0.
  func succeeded(_ tool: Tool, _ activity: String) throws(Diagnostic) -> ChildProcess {
    if status == 0 { return self }
    let lines = (errors + output).split(separator: "\n").filter { !$0.isEmpty }
    throw .toolFailed(tool, activity, lines.prefix(12).map(String.init))
  }

  private static func text(_ path: String) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }
}

/// A folder of its own that disappears with its last user.
///
/// Work that only knows the folder's path stands in `use`, which keeps the folder for so long.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init(
    _ purpose: String, in parent: String = FileManager.default.temporaryDirectory.path
  ) throws(Diagnostic) {
    path = "\(parent)/nncc-\(purpose)-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } catch {
      throw .temporaryFolderFailed(path)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Keeps the folder until `body` is done. Ctrl-C meanwhile ends the running tool, and nncc only
  /// when the folder is gone.
  public func use<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    try Interruption.shielded { () throws(E) in
      defer { try? FileManager.default.removeItem(atPath: path) }
      return try body()
    }
  }

  /// Writes a file into the folder and returns its path.
  public func write(_ name: String, _ text: String) throws(Diagnostic) -> String {
    let file = path + "/" + name
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    } catch {
      throw .temporaryFolderFailed(path)
    }
    return file
  }
}

extension Diagnostic {
  static func toolNotStarted(_ name: String, _ reason: String) -> Diagnostic {
    Diagnostic(id: "tool.not-started", "'\(name)' could not be started: \(reason)")
  }

  static func toolTimedOut(_ name: String, _ seconds: Double) -> Diagnostic {
    Diagnostic(
      id: "tool.timeout", "'\(name)' did not finish within \(Int(seconds)) seconds",
      suggestion: "try fewer frames or a smaller network")
  }

  static func toolFailed(_ tool: Tool, _ activity: String, _ lines: [String]) -> Diagnostic {
    Diagnostic(
      id: "tool.failed", "'\(tool.command)' failed while \(activity)", notes: lines)
  }

  static func temporaryFolderFailed(_ path: String) -> Diagnostic {
    Diagnostic(
      id: "tool.temporary-folder", at: Location(file: path),
      "the temporary folder cannot be written", suggestion: "set TMPDIR to a folder with space")
  }
}
