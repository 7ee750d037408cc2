// How a file of the user is read: whole, bounded, and with a reason when it cannot be.

import Diagnostics
import Foundation

/// The bytes of the file at `path`, which may also be a pipe.
///
/// `limit` bounds the memory a huge or endless file may take.
public func readFile(_ path: String, limit: Int = 16 << 30) throws(Diagnostic) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .unreadableFile(path, errno: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .unreadableFile(path, errno: errno) }
  if status.st_mode & S_IFMT == S_IFDIR { throw .unreadableFile(path, errno: EISDIR) }
  let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
  guard size <= limit else { throw .fileTooLarge(path, limit: limit) }

  // The size is only a hint: a pipe has none, and a file may grow or shrink meanwhile.
  var bytes: [UInt8] = []
  bytes.reserveCapacity(size)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
  defer { buffer.deallocate() }
  while true {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count < 0 {
      if errno == EINTR { continue }
      throw .unreadableFile(path, errno: errno)
    }
    if count == 0 { return bytes }
    guard bytes.count + count <= limit else { throw .fileTooLarge(path, limit: limit) }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
  }
}

extension Diagnostic {
  static func unreadableFile(_ path: String, errno code: Int32) -> Diagnostic {
    let suggestion: String? =
      switch code {
      case ENOENT: "check the path"
      case EISDIR: "name a file inside it"
      case EACCES: "check the permissions"
      default: nil
      }
    return Diagnostic(
      id: "file.unreadable", at: Location(file: path),
      "cannot read the file: \(reason(errno: code))", suggestion: suggestion)
  }

  static func fileTooLarge(_ path: String, limit: Int) -> Diagnostic {
    Diagnostic(
      id: "file.too-large", at: Location(file: path), "the file has more than \(limit) bytes")
  }
}

/// What the system says about `code`, as part of a sentence: `no such file or directory`.
func reason(errno code: Int32) -> String {
  let text = String(cString: strerror(code))
  return text.prefix(1).lowercased() + text.dropFirst()
}
