// Which data set: what the user writes after `--data`, and how it is loaded.

import Diagnostics
import Foundation

/// A data set named on the command line or in a recipe: where its samples come from and, when the
/// source has no test part of its own, how they are split.
///
/// The text is `KIND:PATH[,PATH…][,option=value…]`; `usages` lists every kind with its options,
/// docs/data.md explains them.
public struct DatasetSpec: Hashable, Sendable {
  /// Where samples come from.
  public enum Source: Hashable, Sendable {
    /// Generated digits.
    case digits(training: Int, test: Int, seed: UInt64)
    /// The four IDX files of MNIST, plain or `.gz`.
    case mnist(directory: String)
    /// The same files with Fashion-MNIST's classes.
    case fashion(directory: String)
    /// The binary batches of CIFAR-10, plain or `.gz`.
    case cifar10(directory: String)
    /// The samples of MLPerf Tiny's keyword spotting, as int8 features.
    case kws01(directory: String)
    case csv(CSVSource)
    case arrays(ArraySource)
    case images(ImageFolderSource)
  }

  public var source: Source
  /// Nil: the parts as published, or `SplitRule()` where the source has one part only.
  public var split: SplitRule?

  public init(_ source: Source, split: SplitRule? = nil) {
    self.source = source
    self.split = split
  }

  /// 20000 + 4000 generated digits.
  public static let digits = DatasetSpec(.digits(training: 20_000, test: 4_000, seed: 1))

  /// Reads, or generates, the data set.
  public func load() throws(Diagnostic) -> DataSplit {
    let (training, test) = try source.load()
    if let test, training.featureShape != test.featureShape {
      throw .dataShapes(description, training.featureShape, test: test.featureShape)
    }
    if let test, split == nil { return DataSplit(training: training, test: test) }
    let all = test.map { training.joined(with: $0) } ?? training
    return try (split ?? SplitRule()).apply(to: all, of: description)
  }

  /// Reads, or generates, one part; where the source keeps the parts in files of their own, only
  /// the files of this part.
  public func load(_ part: DatasetPart) throws(Diagnostic) -> Dataset {
    if split == nil, let dataset = try source.loadAlone(part) { return dataset }
    let split = try load()
    return part == .training ? split.training : split.test
  }
}

extension DatasetSpec.Source {
  /// Both parts; no test part where the source does not divide its samples.
  fileprivate func load() throws(Diagnostic) -> (training: Dataset, test: Dataset?) {
    switch self {
    case .csv(let source): return try source.load()
    case .arrays(let source): return try source.load()
    case .images(let source): return try source.load()
    case .digits, .mnist, .fashion, .cifar10:
      return (try loadAlone(.training)!, try loadAlone(.test)!)
    case .kws01(let directory):
      return (try loadKeywordSpotting(directory), nil)
    }
  }

  /// One part, when it can be had without the other.
  fileprivate func loadAlone(_ part: DatasetPart) throws(Diagnostic) -> Dataset? {
    switch self {
    case .digits(let training, let test, let seed):
      return DigitGenerator(seed: seed).dataset(part, count: part == .training ? training : test)
    case .mnist(let directory):
      return try loadIDXPart(
        part, of: "mnist", in: directory, classNames: (0...9).map(String.init))
    case .fashion(let directory):
      return try loadIDXPart(
        part, of: "fashion", in: directory,
        classNames: [
          "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
          "Bag", "Ankle boot",
        ])
    case .cifar10(let directory): return try loadCIFAR10(part, in: directory)
    case .csv, .arrays, .images, .kws01: return nil
    }
  }
}

/// `directory` and `name` as one path.
func path(_ directory: String, _ name: String) -> String {
  directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
}

/// The first of `names`, plain or with `.gz` behind it, that `directory` has.
func findFile(_ names: [String], in directory: String) throws(Diagnostic) -> String {
  let candidates = names.flatMap { [$0, $0 + ".gz"] }
  for name in candidates where FileManager.default.fileExists(atPath: path(directory, name)) {
    return path(directory, name)
  }
  throw .dataFileMissing(directory, candidates)
}

/// The last component of `path`, which names a data set without telling where it was.
func baseName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
