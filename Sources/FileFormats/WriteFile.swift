// How a single file is written: whole or not at all.

import Diagnostics
import Foundation

/// Throws where it is clear already that no file can be written to `path`: a folder is there, or
/// there is no folder for it.
///
/// Long work should ask before it starts.
public func checkFileReplaceable(_ path: String) throws(Diagnostic) {
  var status = stat()
  if stat(path, &status) == 0 {
    if status.st_mode & S_IFMT == S_IFDIR { throw .unwritable(path, errno: EISDIR) }
    return
  }
  // ENOENT: the file itself, or the folder for it.
  guard errno == ENOENT else { throw .unwritable(path, errno: errno) }
  let folder = split(realPath(path) ?? path).folder
  guard stat(folder, &status) == 0 else { throw .unwritable(path, errno: errno) }
  if status.st_mode & S_IFMT != S_IFDIR { throw .unwritable(path, errno: ENOTDIR) }
}

/// Writes `bytes` to `path`, replacing a file that is there.
///
/// The bytes go to a temporary file beside it, which is then renamed: a reader sees the old or the
/// new file, never a part, and an error or Ctrl-C leaves the old one as it was.
public func writeFileAtomically(_ path: String, _ bytes: [UInt8]) throws(Diagnostic) {
  var status = stat()
  if stat(path, &status) == 0 {
    if status.st_mode & S_IFMT == S_IFDIR { throw .unwritable(path, errno: EISDIR) }
    // A pipe or a device, e.g. /dev/stdout, cannot be replaced.
    if status.st_mode & S_IFMT != S_IFREG {
      try writeBytes(bytes, to: path, for: path, flags: O_WRONLY)
      return
    }
  }
  // Follow a symbolic link, so that it stays one.
  let target = realPath(path) ?? path
  let temporary = temporarySibling(of: target)
  try Interruption.shielded { () throws(Diagnostic) in
    do throws(Diagnostic) {
      try writeBytes(bytes, to: temporary, for: path)
      try Interruption.check()
      guard rename(temporary, target) == 0 else { throw .unwritable(path, errno: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
  }
}

public func writeFileAtomically(_ path: String, _ text: String) throws(Diagnostic) {
  try writeFileAtomically(path, Array(text.utf8))
}

/// Writes a new file; `place` is the path the user knows it by.
func writeBytes(
  _ bytes: [UInt8], to path: String, for place: String, flags: Int32 = O_WRONLY | O_CREAT | O_EXCL
) throws(Diagnostic) {
  let descriptor = open(path, flags | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw .unwritable(place, errno: errno) }
  var failure: Int32 = 0
  bytes.withUnsafeBytes { raw in
    var position = 0
    while position < raw.count {
      // Pieces, so that Ctrl-C is noticed while a large file is written.
      let piece = UnsafeRawBufferPointer(
        rebasing: raw[position..<min(raw.count, position + 1 << 22)])
      let count = write(descriptor, piece.baseAddress, piece.count)
      if count < 0 && errno != EINTR { failure = errno }
      if failure != 0 || Interruption.isPending { return }
      if count > 0 { position += count }
    }
  }
  // A full disk may show only now.
  if close(descriptor) != 0 && failure == 0 && errno != EINTR { failure = errno }
  if failure != 0 { throw .unwritable(place, errno: failure) }
}

/// A name in the same folder, hence on the same disk, that nobody else uses.
func temporarySibling(of path: String) -> String {
  let (folder, name) = split(path)
  return "\(folder)/.\(name).nncc-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
}

/// `a/b/c` into `a/b` and `c`.
func split(_ path: String) -> (folder: String, name: String) {
  var path = Substring(path)
  while path.count > 1, path.last == "/" { path.removeLast() }
  guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
  return (String(path[..<slash]), String(path[path.index(after: slash)...]))
}

/// The path without symbolic links; nil when nothing is there.
func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

extension Diagnostic {
  static func unwritable(_ path: String, errno code: Int32) -> Diagnostic {
    let suggestion: String? =
      switch code {
      case ENOSPC, EDQUOT, EFBIG: "free some space or choose another place with -o"
      case EACCES, EROFS, EPERM: "choose a place you may write to with -o"
      case ENOENT: "create the folder first"
      default: nil
      }
    return Diagnostic(
      id: "output.unwritable", at: Location(file: path), "cannot write: \(reason(errno: code))",
      suggestion: suggestion)
  }
}
