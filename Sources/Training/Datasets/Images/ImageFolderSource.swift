// Folders of images as data sets: one folder per class.

import Diagnostics
import FileFormats
import Foundation
import NeuralNet

/// `DIR/train/CLASS/*.png` and `DIR/test/CLASS/*.png`, or `DIR/CLASS/*.png`; PNG or JPEG.
///
/// Classes are the folders' names, images the files in them, both sorted by the bytes of their
/// names. Samples are bytes, [height, width] when grey, [height, width, 3] in colour.
public struct ImageFolderSource: Hashable, Sendable {
  public var directory: String
  /// 1 or 3; nil: grey when all images are.
  public var channels: Int?
  /// Height and width that every image is resized to; nil: all have the same.
  public var size: [Int]?

  public init(directory: String) { self.directory = directory }

  init(_ arguments: inout SpecArguments) throws(Diagnostic) {
    try arguments.expectPaths([1])
    directory = arguments.paths[0]
    channels = try arguments.value("channels") { ["1": 1, "3": 3][$0] }
    size = try arguments.shape("size", ranks: 2...2)
    if let size, size.contains(where: { $0 > Image.largestSide }) {
      throw arguments.bad("size", shapeText(size))
    }
  }

  func load() throws(Diagnostic) -> (training: Dataset, test: Dataset?) {
    let (trainingRoot, testRoot) = (path(directory, "train"), path(directory, "test"))
    let isDivided = isFolder(trainingRoot) && isFolder(testRoot)
    let root = isDivided ? trainingRoot : directory
    let classNames = try folderEntries(root).filter { isFolder(path(root, $0)) }
    guard !classNames.isEmpty else { throw .imagesNoClasses(root) }
    let training = try images(in: root, classNames, mayBeEmpty: false)
    var test: [LabelledFile]?
    if isDivided {
      let testClasses = try folderEntries(testRoot).filter { isFolder(path(testRoot, $0)) }
      if let unknown = testClasses.first(where: { !classNames.contains($0) }) {
        throw .imagesUnknownClass(path(testRoot, unknown), trainingRoot: trainingRoot)
      }
      test = try images(in: testRoot, classNames, mayBeEmpty: true)
      if test!.isEmpty { throw .imagesEmptyClass(testRoot) }
    }
    return try datasets(training, test, classNames)
  }

  private struct LabelledFile {
    let path: String
    let label: Int32
  }

  /// The image files of every class below `root`.
  private func images(
    in root: String, _ classNames: [String], mayBeEmpty: Bool
  ) throws(Diagnostic) -> [LabelledFile] {
    var files: [LabelledFile] = []
    for (label, name) in classNames.enumerated() {
      let folder = path(root, name)
      guard isFolder(folder) else { continue }
      let images = try folderEntries(folder).filter { entry in
        let suffix = entry.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return ["png", "jpg", "jpeg"].contains(suffix)
      }
      if images.isEmpty, !mayBeEmpty { throw .imagesEmptyClass(folder) }
      files += images.map { LabelledFile(path: path(folder, $0), label: Int32(label)) }
    }
    return files
  }

  private func datasets(
    _ training: [LabelledFile], _ test: [LabelledFile]?, _ classNames: [String]
  ) throws(Diagnostic) -> (training: Dataset, test: Dataset?) {
    let files = training + (test ?? [])
    let images = try decode(files)
    let channels = channels ?? images.map(\.channels).max()!
    let (height, width) = (images[0].height, images[0].width)
    if let odd = images.firstIndex(where: { $0.height != height || $0.width != width }) {
      throw .imageSize(
        files[odd].path, [images[odd].height, images[odd].width], first: files[0].path,
        [height, width])
    }
    let shape = channels == 1 ? [height, width] : [height, width, channels]
    func dataset(_ range: Range<Int>, _ part: DatasetPart) -> Dataset {
      var pixels: [UInt8] = []
      pixels.reserveCapacity(range.count * height * width * channels)
      for index in range { pixels += images[index].converted(toChannels: channels).pixels }
      return Dataset(
        name: "\(baseName(directory))/\(part.rawValue)", featureShape: shape, bytes: pixels,
        labels: files[range].map(\.label), classNames: classNames)
    }
    return (
      dataset(0..<training.count, .training),
      test == nil ? nil : dataset(training.count..<files.count, .test)
    )
  }

  /// The images of `files`, on all cores; of several damaged ones the first is reported.
  private func decode(_ files: [LabelledFile]) throws(Diagnostic) -> [Image] {
    var results = [Result<Image, Diagnostic>?](repeating: nil, count: files.count)
    let block = 16
    results.withUnsafeMutableBufferPointer { results in
      // Every piece writes its own results only.
      nonisolated(unsafe) let results = results
      inParallel((files.count + block - 1) / block) { piece in
        for index in piece * block..<min(files.count, (piece + 1) * block) {
          results[index] = Result { () throws(Diagnostic) in try decode(files[index].path) }
        }
      }
    }
    return try results.map { (result) throws(Diagnostic) in try result!.get() }
  }

  private func decode(_ path: String) throws(Diagnostic) -> Image {
    var image = try Image(try readFile(path, limit: 1 << 30), file: path)
    if let channels { image = image.converted(toChannels: channels) }
    if let size { image = image.resized(height: size[0], width: size[1]) }
    return image
  }

  private func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}

extension ImageFolderSource: CustomStringConvertible {
  public var description: String {
    var text = "images:\(directory)"
    if let channels { text += ",channels=\(channels)" }
    if let size { text += ",size=\(shapeText(size))" }
    return text
  }
}
