// Labelled samples in memory.

import Diagnostics

/// Samples of one shape with their classes, in a fixed order.
///
/// Features are raw values as the source has them (a grey level is 0 … 255); what a network makes
/// of them, its preprocessing, belongs to the network.
public struct Dataset: Sendable {
  /// Where the samples come from, e.g. `mnist/train`.
  public let name: String
  /// Shape of one sample: `[height, width]` or `[height, width, channels]` of an image,
  /// `[length, channels]` of a signal, `[n]` of a plain vector. Row-major, channels last.
  public let featureShape: [Int]
  /// Class of each sample, an index into `classNames`.
  public let labels: [Int32]
  public let classNames: [String]
  let features: Features

  /// Raw values, sample after sample. Bytes stay bytes: a quarter of the memory of floats.
  enum Features: Sendable {
    case bytes([UInt8])
    case floats([Float])

    var count: Int {
      switch self {
      case .bytes(let values): values.count
      case .floats(let values): values.count
      }
    }

    var floats: [Float] {
      switch self {
      case .bytes(let values): values.map(Float.init)
      case .floats(let values): values
      }
    }
  }

  public var count: Int { labels.count }
  /// Number of values in one sample.
  public var featureCount: Int { featureShape.reduce(1, *) }

  /// Samples of byte values; `features` holds `labels.count` samples.
  public init(
    name: String, featureShape: [Int], bytes features: [UInt8], labels: [Int32],
    classNames: [String]
  ) {
    self.init(name, featureShape, .bytes(features), labels, classNames)
  }

  /// Samples of any values; `features` holds `labels.count` samples.
  public init(
    name: String, featureShape: [Int], floats features: [Float], labels: [Int32],
    classNames: [String]
  ) {
    self.init(name, featureShape, .floats(features), labels, classNames)
  }

  init(
    _ name: String, _ shape: [Int], _ features: Features, _ labels: [Int32],
    _ classNames: [String]
  ) {
    let valueCount = features.count
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
    return Dataset(name, featureShape, part, Array(labels[range]), classNames)
  }

  /// The samples at positions `indices`, in that order, as a data set called `name`.
  func selecting(_ indices: [Int], name: String) -> Dataset {
    let part: Features
    switch features {
    case .bytes(let all): part = .bytes(gather(all, indices))
    case .floats(let all): part = .floats(gather(all, indices))
    }
    return Dataset(name, featureShape, part, indices.map { labels[$0] }, classNames)
  }

  private func gather<Value>(_ values: [Value], _ indices: [Int]) -> [Value] {
    var result: [Value] = []
    result.reserveCapacity(indices.count * featureCount)
    for index in indices {
      result += values[index * featureCount..<(index + 1) * featureCount]
    }
    return result
  }

  /// The samples of both, those of `other` last; shapes and classes must agree.
  func joined(with other: Dataset) -> Dataset {
    precondition(featureShape == other.featureShape, "shapes differ")
    precondition(classNames == other.classNames, "classes differ")
    let joined: Features
    switch (features, other.features) {
    case (.bytes(let first), .bytes(let second)): joined = .bytes(first + second)
    default: joined = .floats(features.floats + other.features.floats)
    }
    return Dataset(name, featureShape, joined, labels + other.labels, classNames)
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
