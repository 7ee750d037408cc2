// Entries of a zip archive in memory, by libzip.

import CZip
import Diagnostics

/// Whether `bytes` start as a zip archive with entries does.
public func isZip(_ bytes: [UInt8]) -> Bool {
  bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
}

/// Those of `entries` that the archive `bytes` has, unpacked, in the order of `entries`. Their
/// checksums are verified.
///
/// `file` is named in diagnostics; an entry that unpacks to more than `limit` bytes is refused.
public func readZip(
  _ bytes: [UInt8], file: String, entries: [String], limit: Int
) throws(Diagnostic) -> [(name: String, bytes: [UInt8])] {
  guard isZip(bytes) else { throw .zipMagic(file) }
  let result = bytes.withUnsafeBytes { buffer in
    Result { () throws(Diagnostic) in
      try ZipReading(buffer, file: file, limit: limit).entries(entries)
    }
  }
  return try result.get()
}

/// All entries of the archive `bytes`; together they unpack to at most `limit` bytes.
public func readZip(
  _ bytes: [UInt8], file: String, limit: Int
) throws(Diagnostic) -> [(name: String, bytes: [UInt8])] {
  guard isZip(bytes) else { throw .zipMagic(file) }
  let result = bytes.withUnsafeBytes { buffer in
    Result { () throws(Diagnostic) in
      try ZipReading(buffer, file: file, limit: limit).allEntries()
    }
  }
  return try result.get()
}

/// An archive that is open for reading.
private struct ZipReading: ~Copyable {
  private let archive: OpaquePointer
  private let file: String
  private let limit: Int

  /// `buffer` must outlive the reading.
  init(_ buffer: UnsafeRawBufferPointer, file: String, limit: Int) throws(Diagnostic) {
    (self.file, self.limit) = (file, limit)
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard
      let source = zip_source_buffer_create(
        buffer.baseAddress, UInt64(buffer.count), 0, &error)
    else { throw .zipDamaged(file, entry: nil, String(cString: zip_error_strerror(&error))) }
    guard
      let archive = zip_open_from_source(source, Int32(ZIP_RDONLY | ZIP_CHECKCONS), &error)
    else {
      zip_source_free(source)
      throw .zipDamaged(file, entry: nil, String(cString: zip_error_strerror(&error)))
    }
    self.archive = archive
  }

  deinit {
    zip_discard(archive)
  }

  func entries(_ names: [String]) throws(Diagnostic) -> [(name: String, bytes: [UInt8])] {
    var result: [(name: String, bytes: [UInt8])] = []
    for name in names {
      let index = zip_name_locate(archive, name, 0)
      if index >= 0 { result.append((name, try entry(UInt64(index), name: name))) }
    }
    return result
  }

  func allEntries() throws(Diagnostic) -> [(name: String, bytes: [UInt8])] {
    var result: [(name: String, bytes: [UInt8])] = []
    var total = 0
    for index in 0..<max(zip_get_num_entries(archive, 0), 0) {
      guard let name = zip_get_name(archive, UInt64(index), 0) else {
        throw .zipDamaged(file, entry: nil, String(cString: zip_strerror(archive)))
      }
      let bytes = try entry(UInt64(index), name: String(cString: name), limit: limit - total)
      total += bytes.count
      result.append((String(cString: name), bytes))
    }
    return result
  }

  private func entry(_ index: UInt64, name: String) throws(Diagnostic) -> [UInt8] {
    try entry(index, name: name, limit: limit)
  }

  private func entry(
    _ index: UInt64, name: String, limit: Int
  ) throws(Diagnostic) -> [UInt8] {
    guard let entry = zip_fopen_index(archive, index, 0) else {
      throw .zipDamaged(file, entry: name, String(cString: zip_strerror(archive)))
    }
    defer { zip_fclose(entry) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var bytes: [UInt8] = []
    while true {
      let count = zip_fread(entry, buffer.baseAddress, UInt64(buffer.count))
      guard count >= 0 else {
        throw .zipDamaged(file, entry: name, String(cString: zip_file_strerror(entry)))
      }
      if count == 0 { return bytes }
      guard bytes.count + Int(count) <= limit else {
        throw .zipDamaged(file, entry: name, "it unpacks to more than \(limit) bytes")
      }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
    }
  }
}

extension Diagnostic {
  static func zipMagic(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "zip.magic", at: Location(file: file, byte: 0), "this is not a zip archive",
      suggestion: "write .npz files with numpy.savez")
  }

  static func zipDamaged(_ file: String, entry: String?, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "zip.damaged", at: Location(file: file, path: entry),
      "the zip archive is damaged: \(reason)", suggestion: "copy or write it again")
  }
}
