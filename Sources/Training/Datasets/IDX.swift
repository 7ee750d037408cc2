// The IDX format of MNIST and its relatives, plain or in gzip.

import Diagnostics
import FileFormats

/// An IDX file of unsigned bytes: `00 00 08 rank`, `rank` big-endian 32-bit sizes, the values.
///
/// ```
/// 00 00 08 03  00 00 EA 60  00 00 00 1C  00 00 00 1C  …   60000 images of 28×28
/// ```
struct IDX {
  let file: String
  let shape: [Int]
  let values: [UInt8]

  /// More than any data set in this format has (EMNIST unpacks to 547 MB).
  static let sizeLimit = 1 << 30

  /// Reads the file at `path`; gzip is known by its first two bytes.
  static func read(_ path: String, rank: Int) throws(Diagnostic) -> IDX {
    let bytes = try readFile(path)
    guard isGzip(bytes) else { return try IDX(bytes, file: path, rank: rank) }
    let unpacked = try gunzip(bytes, file: path, limit: sizeLimit)
    do {
      return try IDX(unpacked, file: path, rank: rank)
    } catch {
      var diagnostic = error
      diagnostic.notes.append("bytes are counted in the unpacked data")
      throw diagnostic
    }
  }

  /// Decodes `bytes`, the unpacked contents of `file`, which must have `rank` dimensions.
  init(_ bytes: [UInt8], file: String, rank: Int) throws(Diagnostic) {
    guard bytes.count >= 4 else { throw .idxTruncated(file, has: bytes.count, needs: 4) }
    guard bytes[0] == 0, bytes[1] == 0 else { throw .idxMagic(file, Array(bytes[..<4])) }
    guard bytes[2] == 0x08 else { throw .idxType(file, bytes[2]) }
    guard bytes[3] == rank else { throw .idxRank(file, Int(bytes[3]), expected: rank) }
    let header = 4 + 4 * rank
    guard bytes.count >= header else { throw .idxTruncated(file, has: bytes.count, needs: header) }

    var shape: [Int] = []
    // 32-bit sizes of rank ≤ 3 would overflow Int64 when multiplied.
    var count: Int128 = 1
    for axis in 0..<rank {
      let start = 4 + 4 * axis
      let size = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard size > 0 else { throw .idxEmpty(file, axis: axis) }
      shape.append(size)
      count *= Int128(size)
    }
    let available = bytes.count - header
    guard count <= Int128(available) else {
      throw .idxTruncated(file, has: bytes.count, needs: Int128(header) + count)
    }
    guard count == Int128(available) else {
      throw .idxTrailing(file, byte: header + Int(count), extra: available - Int(count))
    }
    self.file = file
    self.shape = shape
    self.values = Array(bytes[header...])
  }
}

/// The images and labels of one part of an MNIST-like data set.
func loadIDXPair(
  images imagePath: String, labels labelPath: String, name: String, classNames: [String]
) throws(Diagnostic) -> Dataset {
  let images = try IDX.read(imagePath, rank: 3)
  let labels = try IDX.read(labelPath, rank: 1)
  guard images.shape[0] == labels.shape[0] else {
    throw .idxCounts(
      labelPath, labels: labels.shape[0], images: images.shape[0], imageFile: imagePath)
  }
  if let bad = labels.values.firstIndex(where: { $0 >= classNames.count }) {
    // The labels start after the magic number and one size.
    throw .idxLabel(
      labelPath, byte: 8 + bad, label: labels.values[bad], classes: classNames.count)
  }
  return Dataset(
    name: name, featureShape: Array(images.shape[1...]), bytes: images.values,
    labels: labels.values.map(Int32.init), classNames: classNames)
}

/// One part of an MNIST-like data set; its files are known by the spellings in circulation.
func loadIDXPart(
  _ part: DatasetPart, of name: String, in directory: String, classNames: [String]
) throws(Diagnostic) -> Dataset {
  let stem = part == .training ? "train" : "t10k"
  func file(_ content: String, _ type: String) throws(Diagnostic) -> String {
    try findFile(
      ["\(stem)-\(content)-\(type)-ubyte", "\(stem)-\(content).\(type)-ubyte"], in: directory)
  }
  return try loadIDXPair(
    images: try file("images", "idx3"), labels: try file("labels", "idx1"),
    name: "\(name)/\(part.rawValue)", classNames: classNames)
}
