// The external tools nncc can use: what each is for, where it is, which Debian package brings it.

import Diagnostics
import Foundation

public enum Tool: String, CaseIterable, Sendable {
  case icarus = "iverilog"
  case icarusRuntime = "vvp"
  case verilator
  case yosys
  case compiler = "g++"
  case make

  /// The command's name.
  public var command: String { rawValue }

  public var purpose: String {
    switch self {
    case .icarus, .icarusRuntime: "simulating the emitted Verilog with its bench"
    case .verilator: "simulating thousands of frames fast"
    case .yosys: "counting resources, proving modules"
    case .compiler: "building Verilator models and Vitis HLS C++"
    case .make: "building Verilator models"
    }
  }

  public var debianPackage: String {
    switch self {
    case .icarus, .icarusRuntime: "iverilog"
    case .verilator: "verilator"
    case .yosys: "yosys"
    case .compiler: "g++"
    case .make: "make"
    }
  }

  /// Where the tool is; nil when the folders of `PATH` do not have it.
  public func find(
    path: String? = ProcessInfo.processInfo.environment["PATH"]
  ) -> String? {
    for folder in (path ?? "").split(separator: ":") {
      let file = "\(folder)/\(command)"
      var isDirectory: ObjCBool = false
      if FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory),
        !isDirectory.boolValue, FileManager.default.isExecutableFile(atPath: file)
      {
        return file
      }
    }
    return nil
  }

  /// Where the tool is, for somebody who needs it.
  public func required(
    path: String? = ProcessInfo.processInfo.environment["PATH"]
  ) throws(Diagnostic) -> String {
    guard let path = find(path: path) else { throw .toolMissing(self) }
    return path
  }

  /// The first line of what the tool says about itself, without its name where that is clear.
  public func version() -> String? {
    guard let path = find() else { return nil }
    let argument: String
    switch self {
    case .icarus, .icarusRuntime, .yosys: argument = "-V"
    case .verilator, .compiler, .make: argument = "--version"
    }
    guard let result = try? ChildProcess.run(path, [argument], timeout: 20) else { return nil }
    let text = result.output + result.errors
    return text.split(separator: "\n").first.map(String.init)
  }
}

/// One line of `nncc doctor`.
public struct ToolStatus: Hashable, Sendable {
  public var tool: Tool
  public var path: String?
  public var version: String?

  public init(_ tool: Tool) {
    self.tool = tool
    path = tool.find()
    version = tool.version()
  }

  /// All tools, in a fixed order.
  public static func all() -> [ToolStatus] { Tool.allCases.map(ToolStatus.init) }
}

extension Diagnostic {
  static func toolMissing(_ tool: Tool) -> Diagnostic {
    Diagnostic(
      id: "tool.missing", "'\(tool.command)' is not installed; it is needed for \(tool.purpose)",
      suggestion: "apt-get install \(tool.debianPackage)")
  }
}
