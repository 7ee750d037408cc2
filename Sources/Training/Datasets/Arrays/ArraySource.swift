// Arrays in files as data sets: .npy pairs, .npz archives, raw records.

import Diagnostics
import FileFormats

/// An array of samples and one of labels, and the same for the test where there is one.
public struct ArraySource: Hashable, Sendable {
  public enum Kind: String, Sendable {
    /// Two or four `.npy` files: X, Y, test X, test Y.
    case npy
    /// One archive with the arrays `x_train`, `y_train`, `x_test`, `y_test`, as `numpy.savez`
    /// writes it; `x` and `y` when it is not divided.
    case npz
    /// Two or four files of plain bytes, in the same order; labels are uint8.
    case raw
  }

  public var kind: Kind
  public var paths: [String]
  /// Of one sample as it is stored; nil: as the array says.
  public var shape: [Int]?
  /// Whether the first axis of a sample is the channel (NCHW); it becomes the last.
  public var isChannelsFirst = false
  /// Whether raw features are int8 rather than uint8.
  public var isSigned = false

  public init(_ kind: Kind, paths: [String]) {
    self.kind = kind
    self.paths = paths
  }

  init(_ kind: String, _ arguments: inout SpecArguments) throws(Diagnostic) {
    self.init(Kind(rawValue: kind)!, paths: arguments.paths)
    try arguments.expectPaths(self.kind == .npz ? [1] : [2, 4])
    shape = try arguments.shape("shape", ranks: 1...3)
    isChannelsFirst = try arguments.value("layout") { ["nhwc": false, "nchw": true][$0] } ?? false
    if self.kind == .raw {
      guard shape != nil else { throw .dataOptionMissing(arguments, "shape") }
      isSigned = try arguments.value("type") { ["uint8": false, "int8": true][$0] } ?? false
    }
  }

  /// The parts, with the classes `0` … up to the largest label, or with those of `classNames`.
  func load(
    name: String? = nil, classNames: [String]? = nil
  ) throws(Diagnostic) -> (training: Dataset, test: Dataset?) {
    let arrays = try readArrays()
    let training = try Samples(arrays.training, self)
    var test: Samples?
    if let pair = arrays.test { test = try Samples(pair, self) }
    var classes = classNames ?? []
    if classNames == nil { classes = try ArraySource.classes(training, test) }
    let name = name ?? baseName(paths[0])
    return (
      try training.dataset("\(name)/\(DatasetPart.training.rawValue)", classes),
      try test?.dataset("\(name)/\(DatasetPart.test.rawValue)", classes)
    )
  }

  private typealias Pair = (x: LocatedArray, y: LocatedArray)

  private func readArrays() throws(Diagnostic) -> (training: Pair, test: Pair?) {
    switch kind {
    case .npz: return try npzArrays()
    case .npy, .raw:
      var arrays: [LocatedArray] = []
      for (index, path) in paths.enumerated() {
        let bytes = try readUnpacked(path)
        let array =
          kind == .npy
          ? try NPY.read(bytes, file: path)
          : try rawArray(bytes, isLabels: index % 2 == 1, file: path)
        arrays.append(LocatedArray(array, Location(file: path)))
      }
      return ((arrays[0], arrays[1]), arrays.count == 4 ? (arrays[2], arrays[3]) : nil)
    }
  }

  private func npzArrays() throws(Diagnostic) -> (training: Pair, test: Pair?) {
    let file = paths[0]
    let names = ["x_train", "y_train", "x_test", "y_test", "x", "y"]
    let entries = try readZip(
      readFile(file), file: file, entries: names.map { $0 + ".npy" }, limit: 4 << 30)
    func array(_ name: String) throws(Diagnostic) -> LocatedArray? {
      guard let entry = entries.first(where: { $0.name == name + ".npy" }) else { return nil }
      do {
        return LocatedArray(
          try NPY.read(entry.bytes, file: file), Location(file: file, path: name))
      } catch {
        var located = error
        located.location.path = name
        throw located
      }
    }
    for (x, y) in [("x_train", "y_train"), ("x", "y")] {
      guard let xTraining = try array(x), let yTraining = try array(y) else { continue }
      guard let xTest = try array("x_test"), let yTest = try array("y_test") else {
        return ((xTraining, yTraining), nil)
      }
      return ((xTraining, yTraining), (xTest, yTest))
    }
    throw .npzArrays(file, found: entries.map(\.name))
  }

  private func rawArray(
    _ bytes: [UInt8], isLabels: Bool, file: String
  ) throws(Diagnostic) -> NumberArray {
    if isLabels { return NumberArray(type: .uint8, shape: [bytes.count], bytes: bytes) }
    let record = shape!.reduce(1, *)
    let count = bytes.count / record
    guard count > 0, count * record == bytes.count else {
      throw .rawSize(file, record: record, records: count, size: bytes.count)
    }
    return NumberArray(
      type: isSigned ? .int8 : .uint8, shape: [count] + shape!, bytes: bytes)
  }

  /// `0` … up to the largest label, each of which must have a sample to learn from.
  private static func classes(
    _ training: Samples, _ test: Samples?
  ) throws(Diagnostic) -> [String] {
    let largest = max(training.labels.max()!, test?.labels.max() ?? 0)
    var isPresent = [Bool](repeating: false, count: Int(largest) + 1)
    for label in training.labels { isPresent[Int(label)] = true }
    if let empty = isPresent.firstIndex(of: false) {
      throw .dataEmptyClass(training.labelLocation, "\(empty)", classes: isPresent.count)
    }
    return isPresent.indices.map(String.init)
  }
}

/// An array and where it comes from.
struct LocatedArray {
  let array: NumberArray
  let location: Location

  init(_ array: NumberArray, _ location: Location) {
    self.array = array
    self.location = location
  }
}

/// Features and labels that belong together.
private struct Samples {
  let shape: [Int]
  let features: Dataset.Features
  let labels: [Int32]
  let labelLocation: Location

  init(_ pair: (x: LocatedArray, y: LocatedArray), _ source: ArraySource) throws(Diagnostic) {
    labelLocation = pair.y.location
    labels = try classIndices(pair.y)
    let array = pair.x.array
    guard let count = array.shape.first, count == labels.count else {
      throw .dataCounts(
        pair.x.location, samples: array.shape.first ?? 1, labels: labels.count,
        labelFile: pair.y.location)
    }
    let stored = Array(array.shape.dropFirst())
    let values = array.count / count
    let shape = source.shape ?? (stored.isEmpty ? [1] : stored)
    guard shape.reduce(1, *) == values, values > 0, shape.count <= 3 else {
      throw .dataShape(pair.x.location.rendered ?? "", shape, values: values)
    }
    var features = try featureValues(pair.x, perSample: values)
    if source.isChannelsFirst, shape.count > 1 {
      features = features.channelsLast(channels: shape[0], places: values / shape[0])
      self.shape = Array(shape[1...]) + [shape[0]]
    } else {
      self.shape = shape
    }
    self.features = features
  }

  func dataset(_ name: String, _ classNames: [String]) throws(Diagnostic) -> Dataset {
    if let bad = labels.firstIndex(where: { $0 >= classNames.count }) {
      throw .dataLabel(labelLocation, index: bad, "\(labels[bad])")
    }
    return Dataset(name, shape, features, labels, classNames)
  }
}

/// Bytes as they are, everything else as finite floats.
private func featureValues(
  _ located: LocatedArray, perSample: Int
) throws(Diagnostic) -> Dataset.Features {
  let array = located.array
  if array.type == .uint8 { return .bytes(array.bytes) }
  let values = array.floats
  if array.type.isFloat, let bad = values.firstIndex(where: { !$0.isFinite }) {
    throw .dataNotFinite(located.location, sample: bad / perSample, element: bad % perSample)
  }
  return .floats(values)
}

/// The classes that `labels` names: whole numbers from 0, shape [n] or [n, 1], or one-hot rows,
/// shape [n, classes].
func classIndices(_ labels: LocatedArray) throws(Diagnostic) -> [Int32] {
  let array = labels.array
  let columns = array.shape.count == 2 ? array.shape[1] : 1
  guard (1...2).contains(array.shape.count), array.count > 0 else {
    throw .dataLabelShape(labels.location, array.shape)
  }
  let values = array.doubles
  guard columns > 1 else {
    var result: [Int32] = []
    result.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      guard value >= 0, value < Double(CSVSource.classLimit), value == value.rounded() else {
        throw .dataLabel(labels.location, index: index, "\(value)")
      }
      result.append(Int32(value))
    }
    return result
  }
  return try (0..<array.shape[0]).map { (index) throws(Diagnostic) -> Int32 in
    let row = values[index * columns..<(index + 1) * columns]
    guard let hot = row.firstIndex(of: 1), row.allSatisfy({ $0 == 0 || $0 == 1 }),
      row.reduce(0, +) == 1
    else { throw .dataOneHot(labels.location, index: index) }
    return Int32(hot - row.startIndex)
  }
}

extension ArraySource: CustomStringConvertible {
  public var description: String {
    var text = "\(kind.rawValue):\(paths.joined(separator: ","))"
    if let shape { text += ",shape=\(shapeText(shape))" }
    if isSigned { text += ",type=int8" }
    if isChannelsFirst { text += ",layout=nchw" }
    return text
  }
}
