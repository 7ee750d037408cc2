import Assets
import Diagnostics
import Foundation
import TestSupport
import Testing

/// The top of the repository.
private let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// Everything of the three folders on the disk that should be embedded, with its bytes.
private func filesOnDisk() throws -> [String: Data] {
  var files: [String: Data] = [:]
  for folder in ["hw", "sim", "templates"] {
    for case let name as String in FileManager.default.enumerator(atPath: root + "/" + folder)! {
      let path = folder + "/" + name
      let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
      var isDirectory: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory)
      if isHidden || name.hasSuffix("~") || isDirectory.boolValue { continue }
      files[path] = try Data(contentsOf: URL(fileURLWithPath: root + "/" + path))
    }
  }
  return files
}

@Suite struct AssetsTests {
  @Test func theBinaryCarriesExactlyTheFilesOnDisk() throws {
    let files = try filesOnDisk()
    #expect(Assets.paths == files.keys.sorted())
    for (path, data) in files {
      let text = try Assets(overrideFolder: nil).text(path)
      #expect(Data(text.utf8) == data, "\(path) is stale in the binary")
    }
  }

  @Test func aFileOfTheOverrideFolderWins() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/hw", withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/hw/README.md"))
      let assets = Assets(overrideFolder: folder)
      let embedded = Assets(overrideFolder: nil)
      #expect(try assets.text("hw/README.md") == "mine")
      #expect(try assets.text("sim/README.md") == embedded.text("sim/README.md"))
      try Data([0xff]).write(to: URL(fileURLWithPath: folder + "/hw/README.md"))
      #expect(difference(from: "assets.unreadable") { try assets.text("hw/README.md") } == nil)
    }
  }

  @Test func whatIsMissingIsNamed() {
    #expect(
      difference(from: "assets.missing", message: "nncc carries no file 'hw/none.v'") {
        try Assets(overrideFolder: nil).text("hw/none.v")
      } == nil)
    #expect(
      difference(from: "assets.no-folder") {
        try Assets(overrideFolder: "/no/such").text("hw/README.md")
      } == nil)
  }
}
