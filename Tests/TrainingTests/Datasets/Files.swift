// Small files of every format, made in the tests.

import Foundation

/// Writes `text` to `name` in `folder`, whose missing folders are made, and returns its path.
@discardableResult
func write(_ text: String, to name: String, in folder: String) throws -> String {
  try write(Array(text.utf8), to: name, in: folder)
}

@discardableResult
func write(_ bytes: [UInt8], to name: String, in folder: String) throws -> String {
  let url = URL(fileURLWithPath: "\(folder)/\(name)")
  try FileManager.default.createDirectory(
    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
  return url.path
}

/// CRC-32 as PNG, zip and gzip use it.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc: UInt32 = .max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 0 ? 0 : 0xEDB8_8320) }
  }
  return ~crc
}

func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
func littleEndian(_ value: Int, bytes: Int) -> [UInt8] {
  (0..<bytes).map { UInt8(value >> (8 * $0) & 255) }
}

/// `bytes`, fewer than 65536, in zlib's format without compression.
private func zlib(_ bytes: [UInt8]) -> [UInt8] {
  var (a, b) = (1, 0)
  for byte in bytes {
    a = (a + Int(byte)) % 65_521
    b = (b + a) % 65_521
  }
  return [0x78, 0x01, 1] + littleEndian(bytes.count, bytes: 2)
    + littleEndian(~bytes.count, bytes: 2) + bytes + bigEndian(b << 16 | a)
}

/// A PNG file whose `rows` are packed as the standard says; `colour` is its colour type.
func png(
  width: Int, rows: [[UInt8]], depth: Int = 8, colour: Int, palette: [UInt8] = []
) -> [UInt8] {
  func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return bigEndian(data.count) + body + bigEndian(Int(crc32(body)))
  }
  let header =
    bigEndian(width) + bigEndian(rows.count) + [UInt8(depth), UInt8(colour), 0, 0, 0]
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
    + (palette.isEmpty ? [] : chunk("PLTE", palette))
    + chunk("IDAT", zlib(rows.flatMap { [0] + $0 })) + chunk("IEND", [])
}

/// A zip archive of uncompressed entries.
func zip(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
  var archive: [UInt8] = []
  var directory: [UInt8] = []
  for (name, bytes) in entries {
    let sizes = littleEndian(bytes.count, bytes: 4)
    let common =
      [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + littleEndian(Int(crc32(bytes)), bytes: 4) + sizes
      + sizes + littleEndian(name.utf8.count, bytes: 2) + [0, 0]
    directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10)
    directory += littleEndian(archive.count, bytes: 4) + name.utf8
    archive += [0x50, 0x4B, 3, 4] + common + name.utf8 + bytes
  }
  let counts = littleEndian(entries.count, bytes: 2)
  return archive + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + counts + counts
    + littleEndian(directory.count, bytes: 4) + littleEndian(archive.count, bytes: 4) + [0, 0]
}

/// 8×8 pixels of 10 + 30 · ⌊row / 2⌋ + 5 · column in grey, by libjpeg at quality 100.
let greyJPEG = base64(
  "/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    + "AQH/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABwQAAAGAwAAAAAAAAAAAAAAAAAHCSU0RFJmcf/a"
    + "AAgBAQAAPwAQykT4it+Fvm6D/9k=")

/// 8×8 pixels of red 200, green 30 + row, blue 100, by libjpeg at quality 100.
let colourJPEG = base64(
  "/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    + "AQH/2wBDAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    + "AQH/wAARCAAIAAgDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABkQAAEFAAAAAAAAAAAAAAAAAAEAFFGR"
    + "0f/EABUBAQEAAAAAAAAAAAAAAAAAAAYK/8QAGhEAAgIDAAAAAAAAAAAAAAAAAAETUmGRsv/aAAwDAQACEQMRAD8ANZoI"
    + "NnEpmWNMpunVuT//2Q==")

private func base64(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text)!) }
