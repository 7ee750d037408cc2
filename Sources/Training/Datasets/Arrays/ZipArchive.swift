// Entries of a zip archive, by libzip.

import CZip
import Diagnostics
import FileFormats

/// No array of a data set is larger; a small hostile archive could unpack to more.
private let entryLimit = 4 << 30

/// Those of `entries` that the archive at `path` has, unpacked, in the order of `entries`. Their
/// checksums are verified.
func readZip(
  _ path: String, entries: [String]
) throws(Diagnostic) -> [(name: String, bytes: [UInt8])] {
  // Says why a file cannot be opened at all, better than libzip does.
  let start = try readFile(path).prefix(4)
  guard start.elementsEqual([0x50, 0x4B, 0x03, 0x04]) else { throw .zipMagic(path) }
  var code: Int32 = 0
  guard let archive = zip_open(path, Int32(ZIP_RDONLY | ZIP_CHECKCONS), &code) else {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    throw .zipDamaged(path, entry: nil, String(cString: zip_error_strerror(&error)))
  }
  defer { zip_discard(archive) }
  var result: [(name: String, bytes: [UInt8])] = []
  for name in entries {
    let index = zip_name_locate(archive, name, 0)
    if index >= 0 {
      result.append((name, try readEntry(UInt64(index), of: archive, name: name, path: path)))
    }
  }
  return result
}

private func readEntry(
  _ index: UInt64, of archive: OpaquePointer, name: String, path: String
) throws(Diagnostic) -> [UInt8] {
  guard let file = zip_fopen_index(archive, index, 0) else {
    throw .zipDamaged(path, entry: name, String(cString: zip_strerror(archive)))
  }
  defer { zip_fclose(file) }
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
  defer { buffer.deallocate() }
  var bytes: [UInt8] = []
  while true {
    let count = zip_fread(file, buffer.baseAddress, UInt64(buffer.count))
    guard count >= 0 else {
      throw .zipDamaged(path, entry: name, String(cString: zip_file_strerror(file)))
    }
    if count == 0 { return bytes }
    guard bytes.count + Int(count) <= entryLimit else {
      throw .zipDamaged(path, entry: name, "it unpacks to more than \(entryLimit) bytes")
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
  }
}
