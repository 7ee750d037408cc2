// The files nncc carries with it: the Verilog library, templates, simulation harnesses.

import Diagnostics
import Foundation

/// The text files of `hw/`, `sim/` and `templates/`, embedded in the binary.
///
/// A folder of the user's may override them: a file `DIR/hw/nn_fifo.v` then takes the place of the
/// embedded `hw/nn_fifo.v`.
public struct Assets: Sendable {
  private let overrideFolder: String?

  /// `overrideFolder`, when not nil, is looked at first.
  public init(overrideFolder: String?) {
    self.overrideFolder = overrideFolder
  }

  /// The assets a command uses: `--resource-dir` counts, else the variable `NNCC_HOME`.
  public static func forCommand(resourceFolder: String?) -> Assets {
    let variable = ProcessInfo.processInfo.environment["NNCC_HOME"]
    return Assets(overrideFolder: resourceFolder ?? (variable == "" ? nil : variable))
  }

  /// The paths of all embedded files, sorted, e.g. `hw/README.md`.
  public static var paths: [String] {
    EmbeddedFiles.files.map { String(describing: $0.path) }
  }

  /// The contents of the file at `path`.
  public func text(_ path: String) throws(Diagnostic) -> String {
    if let overrideFolder {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: overrideFolder, isDirectory: &isDirectory),
        isDirectory.boolValue
      else { throw .assetsNoFolder(overrideFolder) }
      let file = overrideFolder + "/" + path
      if FileManager.default.fileExists(atPath: file) {
        guard let data = FileManager.default.contents(atPath: file),
          let text = String(validating: data, as: UTF8.self)
        else { throw .assetsUnreadable(file) }
        return text
      }
    }
    guard let file = EmbeddedFiles.files.first(where: { String(describing: $0.path) == path })
    else {
      throw .assetsMissing(path, overrideFolder: overrideFolder)
    }
    return String(describing: file.text)
  }
}

extension Diagnostic {
  static func assetsNoFolder(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "assets.no-folder", at: Location(file: folder), "the resource folder does not exist",
      suggestion: "correct --resource-dir or NNCC_HOME")
  }

  static func assetsUnreadable(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "assets.unreadable", at: Location(file: file),
      "the resource file cannot be read as UTF-8 text")
  }

  static func assetsMissing(_ path: String, overrideFolder: String?) -> Diagnostic {
    Diagnostic(
      id: "assets.missing", "nncc carries no file '\(path)'",
      notes: overrideFolder.map { ["neither does the resource folder \($0)"] } ?? [])
  }
}
