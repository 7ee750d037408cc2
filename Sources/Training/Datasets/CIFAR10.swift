// The binary version of CIFAR-10: https://www.cs.toronto.edu/~kriz/cifar.html

import Diagnostics
import FileFormats
import Foundation

/// Records of 3073 bytes: the class, then the red, green and blue plane of 32×32 bytes each.
enum CIFAR10 {
  static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  static let side = 32
  static let recordSize = 1 + 3 * side * side

  /// Classes and images, [32, 32, 3] each, of the unpacked contents of `file`.
  static func decode(
    _ bytes: [UInt8], file: String
  ) throws(Diagnostic) -> (labels: [Int32], pixels: [UInt8]) {
    let count = bytes.count / recordSize
    guard count > 0, bytes.count == count * recordSize else {
      throw .cifarSize(file, records: count, byte: count * recordSize, size: bytes.count)
    }
    var labels: [Int32] = []
    var planes: [UInt8] = []
    planes.reserveCapacity(bytes.count)
    for index in 0..<count {
      let label = bytes[index * recordSize]
      guard label < classNames.count else {
        throw .cifarLabel(file, record: index, byte: index * recordSize, label: label)
      }
      labels.append(Int32(label))
      planes += bytes[index * recordSize + 1..<(index + 1) * recordSize]
    }
    return (labels, interleaved(planes, channels: 3, places: side * side))
  }
}

/// One part of CIFAR-10: `data_batch_1.bin` to `data_batch_5.bin`, or `test_batch.bin`; where there
/// are none of these, every `train*.bin`, or `test*.bin`, in the order of their names.
func loadCIFAR10(_ part: DatasetPart, in directory: String) throws(Diagnostic) -> Dataset {
  var labels: [Int32] = []
  var pixels: [UInt8] = []
  for file in try batchFiles(part, in: directory) {
    let (batchLabels, batchPixels) = try CIFAR10.decode(
      try readUnpacked(file, limit: 1 << 30), file: file)
    labels += batchLabels
    pixels += batchPixels
  }
  return Dataset(
    name: "cifar10/\(part.rawValue)", featureShape: [CIFAR10.side, CIFAR10.side, 3], bytes: pixels,
    labels: labels, classNames: CIFAR10.classNames)
}

private func batchFiles(
  _ part: DatasetPart, in directory: String
) throws(Diagnostic) -> [String] {
  let published =
    part == .training ? (1...5).map { "data_batch_\($0).bin" } : ["test_batch.bin"]
  let names = try folderEntries(directory)
  if published.contains(where: { names.contains($0) || names.contains($0 + ".gz") }) {
    var files: [String] = []
    // Half a data set would pass unnoticed: all batches must be there.
    for name in published { files.append(try findFile([name], in: directory)) }
    return files
  }
  let others = names.filter {
    $0.hasPrefix(part.rawValue) && ($0.hasSuffix(".bin") || $0.hasSuffix(".bin.gz"))
  }
  guard !others.isEmpty else {
    throw .dataFileMissing(directory, published + ["\(part.rawValue)*.bin", "the same as .gz"])
  }
  return others.map { path(directory, $0) }
}

/// The names in `directory` without hidden ones, sorted by their bytes.
func folderEntries(_ directory: String) throws(Diagnostic) -> [String] {
  guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
    throw .dataDirectoryUnreadable(directory)
  }
  return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// The contents of the file at `path`, unpacked when it is a gzip file.
func readUnpacked(_ path: String, limit: Int = 4 << 30) throws(Diagnostic) -> [UInt8] {
  let bytes = try readFile(path)
  return isGzip(bytes) ? try gunzip(bytes, file: path, limit: limit) : bytes
}
