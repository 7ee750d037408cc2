// The foreign tools tests compare with, and how they are run.

import Foundation

/// Programs and headers that `scripts/setup` provides. A test that misses one is skipped:
/// `@Test(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))`.
public enum Oracle {
  /// Python with NumPy and safetensors.
  public static var python: String? {
    existing("NNCC_PYTHON", else: ".venv/bin/python")
  }

  /// The folder with `ap_fixed.h` and `ap_int.h`.
  public static var apTypes: String? {
    existing("NNCC_AP_TYPES", else: ".venv/ap_types/include")
  }

  public static var compiler: String? {
    for folder in ["/usr/bin/", "/usr/local/bin/"]
    where FileManager.default.isExecutableFile(atPath: folder + "g++") {
      return folder + "g++"
    }
    return nil
  }

  /// The path in the variable, else in the repository; nil when nothing is there.
  private static func existing(_ variable: String, else path: String) -> String? {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    let candidate =
      ProcessInfo.processInfo.environment[variable] ?? repository + "/" + path
    return FileManager.default.fileExists(atPath: candidate) ? candidate : nil
  }
}

/// Whether slow tests should be thorough: `make test-all`.
public var allTests: Bool { ProcessInfo.processInfo.environment["NNCC_SLOW"] == "1" }

/// Runs a program to its end.
///
/// Returns its exit status, and everything it printed on either stream.
public func runProgram(_ path: String, _ arguments: [String]) throws -> (
  status: Int32, output: String
) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
