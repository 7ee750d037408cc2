// Runs the built `nncc` as a user's shell does.

import FileFormats
import Foundation

/// What one run of `nncc` left behind.
struct CommandRun {
  /// The exit status; 128 and the signal's number where a signal ended it, as shells say it.
  var status: Int32
  var output: String
  var errors: String

  /// The one JSON object on stdout; nil when stdout is anything else.
  var json: JSONField? {
    guard output.hasSuffix("\n"), output.dropLast().allSatisfy({ $0 != "\n" }),
      let field = try? JSONField(parsing: output, file: "stdout"), case .object = field.value
    else { return nil }
    return field
  }

  /// The ids of the diagnostics on stderr.
  var ids: [String] {
    errors.matches(of: /(?:error|warning): .* \[([a-z0-9.-]+)\]/).map { String($0.1) }
  }
}

/// The program under test: it lies beside the test bundle.
let program: String = {
  let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  return bundle.appendingPathComponent("nncc").path
}()

/// Runs `nncc` with `words` and waits for it.
func nncc(
  _ words: [String], in folder: String? = nil, environment: [String: String] = [:],
  input: String = ""
) throws -> CommandRun {
  try CommandProcess(words, in: folder, environment: environment, input: input).wait()
}

/// Runs a command line whose words hold no spaces.
func nncc(
  _ line: String, in folder: String? = nil, environment: [String: String] = [:]
) throws -> CommandRun {
  try nncc(line.split(separator: " ").map(String.init), in: folder, environment: environment)
}

/// A run that has begun.
struct CommandProcess {
  let process = Process()
  private let files: URL

  init(
    _ words: [String], in folder: String?, environment: [String: String] = [:], input: String = ""
  ) throws {
    files = FileManager.default.temporaryDirectory.appendingPathComponent(
      "nncc-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    for (name, text) in [("in", input), ("out", ""), ("err", "")] {
      try Data(text.utf8).write(to: files.appendingPathComponent(name))
    }
    // A test's thread has signals blocked, which a child inherits.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["--default-signal=INT", program] + words
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: files.appendingPathComponent("in"))
    process.standardOutput = try FileHandle(forWritingTo: files.appendingPathComponent("out"))
    process.standardError = try FileHandle(forWritingTo: files.appendingPathComponent("err"))
    try process.run()
  }

  /// What it has printed on stderr by now.
  var errors: String { text("err") }

  func wait() -> CommandRun {
    process.waitUntilExit()
    defer { try? FileManager.default.removeItem(at: files) }
    let status = process.terminationStatus
    return CommandRun(
      status: process.terminationReason == .exit ? status : 128 + status, output: text("out"),
      errors: text("err"))
  }

  private func text(_ name: String) -> String {
    let data = try? Data(contentsOf: files.appendingPathComponent(name))
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}

/// Everything below `folder`, sorted.
func list(_ folder: String) -> [String] {
  (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
}

/// The files below `folder` with their bytes.
func contents(_ folder: String) -> [String: Data] {
  var files: [String: Data] = [:]
  for path in list(folder) {
    if let data = FileManager.default.contents(atPath: folder + "/" + path) { files[path] = data }
  }
  return files
}

func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}
