// Which data set: what the user writes after `--data`, and how it is loaded.

import Diagnostics
import Foundation

/// A data set named on the command line or in a recipe.
///
/// | text                                | meaning                                              |
/// |-------------------------------------|------------------------------------------------------|
/// | `digits`                            | 20000 + 4000 generated digits                        |
/// | `digits:train=500,test=100,seed=3`  | the same generator, other counts and seed            |
/// | `mnist:DIR`                         | the four IDX files of MNIST, plain or `.gz`          |
/// | `fashion:DIR`                       | the same files with Fashion-MNIST's classes          |
public enum DatasetSpec: Hashable, Sendable {
  case digits(training: Int, test: Int, seed: UInt64)
  case mnist(directory: String)
  case fashion(directory: String)

  public static let digits = DatasetSpec.digits(training: 20_000, test: 4_000, seed: 1)

  static let spellings = ["digits[:train=N,test=N,seed=N]", "mnist:DIR", "fashion:DIR"]
  /// Kinds the command line documents and this module does not read yet.
  static let planned = ["npy", "csv", "cifar10"]

  public init(_ text: String) throws(Diagnostic) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let argument = parts.count > 1 ? String(parts[1]) : nil
    switch String(parts[0]) {
    case "digits":
      self = try DatasetSpec.digits(options: argument ?? "", in: text)
    case "mnist", "fashion":
      guard let argument, !argument.isEmpty else { throw .dataDirectoryMissing(text) }
      self =
        parts[0] == "mnist" ? .mnist(directory: argument) : .fashion(directory: argument)
    case let kind:
      throw DatasetSpec.planned.contains(kind) ? .dataKindPlanned(text) : .dataKindUnknown(text)
    }
  }

  private static func digits(
    options: String, in text: String
  ) throws(Diagnostic) -> DatasetSpec {
    var training = 20_000
    var test = 4_000
    var seed: UInt64 = 1
    for option in options.split(separator: ",") {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count == 2 ? UInt64(pair[1]) : nil
      guard let value else { throw .dataOption(text, String(option)) }
      let isCount = (1...10_000_000).contains(value)
      switch pair[0] {
      case "train" where isCount: training = Int(value)
      case "test" where isCount: test = Int(value)
      case "seed": seed = value
      default: throw .dataOption(text, String(option))
      }
    }
    return .digits(training: training, test: test, seed: seed)
  }

  /// Reads, or generates, the data set.
  public func load() throws(Diagnostic) -> DataSplit {
    let (training, test) = (try load(.training), try load(.test))
    guard training.featureShape == test.featureShape else {
      throw .dataShapes(description, training.featureShape, test: test.featureShape)
    }
    return DataSplit(training: training, test: test)
  }

  /// Reads, or generates, one part only.
  public func load(_ part: DatasetPart) throws(Diagnostic) -> Dataset {
    switch self {
    case .digits(let training, let test, let seed):
      return DigitGenerator(seed: seed).dataset(part, count: part == .training ? training : test)
    case .mnist(let directory):
      return try DatasetSpec.loadIDX(
        directory, part, name: "mnist", classNames: (0...9).map(String.init))
    case .fashion(let directory):
      return try DatasetSpec.loadIDX(
        directory, part, name: "fashion",
        classNames: [
          "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
          "Bag", "Ankle boot",
        ])
    }
  }

  private static func loadIDX(
    _ directory: String, _ part: DatasetPart, name: String, classNames: [String]
  ) throws(Diagnostic) -> Dataset {
    let stem = part == .training ? "train" : "t10k"
    return try loadIDXPair(
      images: try find("\(stem)-images", "idx3", in: directory),
      labels: try find("\(stem)-labels", "idx1", in: directory),
      name: "\(name)/\(part.rawValue)", classNames: classNames)
  }

  /// The file of `directory` whose name is one of the spellings in circulation.
  private static func find(
    _ stem: String, _ rank: String, in directory: String
  ) throws(Diagnostic) -> String {
    let names = ["\(stem)-\(rank)-ubyte", "\(stem).\(rank)-ubyte"].flatMap { [$0, $0 + ".gz"] }
    for name in names {
      let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    throw .dataFileMissing(directory, names)
  }
}

extension DatasetSpec: CustomStringConvertible {
  public var description: String {
    switch self {
    case .digits(let training, let test, let seed):
      "digits:train=\(training),test=\(test),seed=\(seed)"
    case .mnist(let directory): "mnist:\(directory)"
    case .fashion(let directory): "fashion:\(directory)"
    }
  }
}
