// Labelled samples in memory.

import Diagnostics

/// Samples of one shape with their classes, in a fixed order.
///
/// Features are raw values as the source has them (a grey level is 0 … 255); what a network makes
/// of them, its preprocessing, belongs to the network.
public struct Dataset: Sendable {
  /// Where the samples come from, e.g. `mnist/train`.
  public let name: String
  /// Shape of one sample: `[28, 28]`, or `[n]` for a plain vector.
  public let featureShape: [Int]
  /// Class of each sample, an index into `classNames`.
  public let labels: [Int32]
  public let classNames: [String]
  let features: Features

  /// Raw values, sample after sample. Bytes stay bytes: a quarter of the memory of floats.
  enum Features: Sendable {
    case bytes([UInt8])
    case floats([Float])
  }

  public var count: Int { labels.count }
  /// Number of values in one sample.
  public var featureCount: Int { featureShape.reduce(1, *) }

  /// Samples of byte values; `features` holds `labels.count` samples.
  public init(
    name: String, featureShape: [Int], bytes features: [UInt8], labels: [Int32],
    classNames: [String]
  ) {
    self.init(name, featureShape, .bytes(features), features.count, labels, classNames)
  }

  /// Samples of any values; `features` holds `labels.count` samples.
  public init(
    name: String, featureShape: [Int], floats features: [Float], labels: [Int32],
    classNames: [String]
  ) {
    self.init(name, featureShape, .floats(features), features.count, labels, classNames)
  }

  private init(
    _ name: String, _ shape: [Int], _ features: Features, _ valueCount: Int, _ labels: [Int32],
    _ classNames: [String]
  ) {
    precondition(
      valueCount == labels.count * shape.reduce(1, *),
      "\(valueCount) values are not \(labels.count) samples of shape \(shape)")
    precondition(
      labels.allSatisfy { classNames.indices.contains(Int($0)) }, "label without a class name")
    self.name = name
    self.featureShape = shape
    self.features = features
    self.labels = labels
    self.classNames = classNames
  }

  /// The raw values of one sample.
  public func sample(_ index: Int) -> [Float] {
    let range = index * featureCount..<(index + 1) * featureCount
    switch features {
    case .bytes(let values): return values[range].map(Float.init)
    case .floats(let values): return Array(values[range])
    }
  }

  /// The samples at positions `range`, as a data set of their own.
  public func samples(_ range: Range<Int>) -> Dataset {
    let values = range.lowerBound * featureCount..<range.upperBound * featureCount
    let part: Features
    switch features {
    case .bytes(let all): part = .bytes(Array(all[values]))
    case .floats(let all): part = .floats(Array(all[values]))
    }
    return Dataset(
      name, featureShape, part, values.count, Array(labels[range]), classNames)
  }

  /// The first `limit` samples, or all when there are no more.
  public func prefix(_ limit: Int) -> Dataset {
    limit >= count ? self : samples(0..<limit)
  }
}

/// One of the two parts of a data set, which share no samples.
public enum DatasetPart: String, CaseIterable, Sendable {
  /// To learn from.
  case training = "train"
  /// To be judged by.
  case test
}

/// A data set as it is published: one part to learn from, one to be judged by.
public struct DataSplit: Sendable {
  public let training: Dataset
  public let test: Dataset

  public init(training: Dataset, test: Dataset) {
    precondition(training.featureShape == test.featureShape, "training and test shapes differ")
    precondition(training.classNames == test.classNames, "training and test classes differ")
    self.training = training
    self.test = test
  }
}
