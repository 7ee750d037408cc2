// Zip archives for tests: their entries are stored as they are.

/// The archive with these entries.
public func zipFile(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var archive: [UInt8] = []
  var directory: [UInt8] = []
  for (name, bytes) in entries {
    let common =
      little(20, 2) + little(0, 8) + little(Int(crc32(bytes)), 4) + little(bytes.count, 4)
      + little(bytes.count, 4) + little(name.utf8.count, 2)
    let start = archive.count
    archive += [0x50, 0x4B, 3, 4] + common + little(0, 2) + Array(name.utf8) + bytes
    directory += [0x50, 0x4B, 1, 2] + little(20, 2) + common + little(0, 12) + little(start, 4)
    directory += Array(name.utf8)
  }
  let end = [0x50, 0x4B, 5, 6] + little(0, 4) + little(entries.count, 2) + little(entries.count, 2)
  return archive + directory + end + little(directory.count, 4) + little(archive.count, 4)
    + little(0, 2)
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc = ~UInt32(0)
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}
