// How a folder of results is written: whole or not at all.

import Diagnostics
import Foundation

/// Files collected in memory, to be written as one folder.
///
/// ```
/// var folder = ArtifactFolder()
/// folder.add("rtl/top.v", text)
/// folder.add("manifest.json", manifest.pretty + "\n")
/// try folder.write(to: "out")
/// ```
public struct ArtifactFolder: Sendable {
  /// The file by which a later run recognises a folder as nncc's own, which it may replace.
  public static let manifestName = "manifest.json"
  /// The member of the manifest that says so: its value is the tool's version.
  public static let manifestKey = "nncc"

  /// Relative path and contents, in the order they were added.
  public private(set) var files: [(path: String, bytes: [UInt8])] = []
  private var paths: Set<String> = []

  public init() {}

  /// Adds the file at `path`, which is relative, inside the folder, and not there yet.
  public mutating func add(_ path: String, _ bytes: [UInt8]) {
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    precondition(
      !components.contains { $0.isEmpty || $0 == "." || $0 == ".." }, "artifact path '\(path)'")
    precondition(paths.insert(path).inserted, "two artifacts are called '\(path)'")
    files.append((path, bytes))
  }

  public mutating func add(_ path: String, _ text: String) {
    add(path, Array(text.utf8))
  }

  /// The contents of the file at `path`.
  public subscript(path: String) -> [UInt8]? {
    files.first { $0.path == path }?.bytes
  }

  /// Writes all files into `destination`.
  ///
  /// They go to a temporary folder beside it, which is renamed in the end. A folder that is already
  /// there is replaced when it is empty or an earlier result of nncc, and refused otherwise. On an
  /// error or Ctrl-C everything is as it was.
  public func write(to destination: String) throws(Diagnostic) {
    let exists = try ArtifactFolder.checkReplaceable(destination)
    let target = realPath(destination) ?? destination
    try Interruption.shielded { () throws(Diagnostic) in
      let created = try makeParents(of: target, for: destination)
      let temporary = temporarySibling(of: target)
      do throws(Diagnostic) {
        try writeFiles(into: temporary, for: destination)
        try replace(target, with: temporary, exists: exists, for: destination)
      } catch {
        removeTree(temporary)
        for folder in created.reversed() { rmdir(folder) }
        throw error
      }
    }
  }

  /// Throws unless nncc may write a folder at `destination`; whether something is there.
  ///
  /// Long work should ask before it starts.
  @discardableResult
  public static func checkReplaceable(_ destination: String) throws(Diagnostic) -> Bool {
    var status = stat()
    guard lstat(destination, &status) == 0 else {
      if errno == ENOENT { return false }
      throw .unwritable(destination, errno: errno)
    }
    guard let target = realPath(destination), stat(target, &status) == 0,
      status.st_mode & S_IFMT == S_IFDIR
    else { throw .outputIsNoFolder(destination) }
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: target) else {
      throw .unwritable(destination, errno: EACCES)
    }
    if !entries.isEmpty {
      guard let bytes = try? readFile(target + "/" + manifestName, limit: 1 << 28),
        let manifest = try? JSONField(parsing: bytes, file: manifestName),
        (try? manifest.member(manifestKey).string()) != nil
      else { throw .outputExists(destination) }
    }
    // Renaming it would leave the user's shell in a folder that is gone.
    if target == realPath(".") { throw .outputIsCurrentFolder(destination) }
    return true
  }

  /// Creates `folder` with all files in it.
  private func writeFiles(into folder: String, for place: String) throws(Diagnostic) {
    guard mkdir(folder, 0o777) == 0 else { throw .unwritable(place, errno: errno) }
    var made: Set<String> = [""]
    for (path, bytes) in files {
      try Interruption.check()
      let components = path.split(separator: "/")
      var parent = ""
      for component in components.dropLast() {
        parent += "/" + component
        if made.insert(parent).inserted, mkdir(folder + parent, 0o777) != 0 {
          throw .unwritable(place + parent, errno: errno)
        }
      }
      try writeBytes(bytes, to: folder + "/" + path, for: place + "/" + path)
    }
    try Interruption.check()
  }

  private func replace(
    _ target: String, with temporary: String, exists: Bool, for place: String
  ) throws(Diagnostic) {
    guard exists else {
      guard rename(temporary, target) == 0 else { throw .unwritable(place, errno: errno) }
      return
    }
    let aside = temporary + "-old"
    guard rename(target, aside) == 0 else { throw .unwritable(place, errno: errno) }
    guard rename(temporary, target) == 0 else {
      let code = errno
      rename(aside, target)
      throw .unwritable(place, errno: code)
    }
    removeTree(aside)
  }

  /// Creates the folders above `target` that are missing; returns those, outermost first.
  private func makeParents(
    of target: String, for place: String
  ) throws(Diagnostic) -> [String] {
    var missing: [String] = []
    var folder = split(target).folder
    while !folder.isEmpty, access(folder, F_OK) != 0, errno == ENOENT {
      missing.append(folder)
      folder = split(folder).folder
    }
    var created: [String] = []
    for folder in missing.reversed() {
      guard mkdir(folder, 0o777) == 0 else {
        let code = errno
        for folder in created.reversed() { rmdir(folder) }
        throw .unwritable(place, errno: code)
      }
      created.append(folder)
    }
    return created
  }

  private func removeTree(_ folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
  }
}

extension Diagnostic {
  static func outputIsNoFolder(_ path: String) -> Diagnostic {
    Diagnostic(
      id: "output.not-a-folder", at: Location(file: path), "this is not a folder",
      suggestion: "choose another place with -o")
  }

  static func outputExists(_ path: String) -> Diagnostic {
    Diagnostic(
      id: "output.exists", at: Location(file: path),
      "the folder holds files that nncc did not write",
      suggestion: "choose another place with -o, or delete the folder")
  }

  static func outputIsCurrentFolder(_ path: String) -> Diagnostic {
    Diagnostic(
      id: "output.current-folder", at: Location(file: path),
      "the current folder cannot be replaced", suggestion: "name a folder inside it with -o")
  }
}
