// CSV files as data sets: their options, and how labels become classes.

import Diagnostics
import FileFormats

/// A CSV file, or two, whose rows are samples: one column holds the class, the others numbers.
public struct CSVSource: Hashable, Sendable {
  public enum Delimiter: String, CaseIterable, Sendable {
    case comma, semicolon, tab, space

    var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: CSVCursor.tab
      case .space: CSVCursor.space
      }
    }
  }

  public var file: String
  public var testFile: String?
  /// A name of the header, `first`, `last`, or a number from 1.
  public var label = "last"
  /// Columns that are neither label nor feature, spelled as `label` is.
  public var skipped: [String] = []
  /// Nil: a header is there when the first record looks like one.
  public var hasHeader: Bool?
  /// Nil: the first of comma, semicolon and tab in the first line.
  public var delimiter: Delimiter?
  /// Nil: a plain vector.
  public var shape: [Int]?

  /// More labels than that are measurements, not classes.
  static let classLimit = 10_000

  public init(file: String) { self.file = file }

  init(_ arguments: inout SpecArguments) throws(Diagnostic) {
    try arguments.expectPaths([1])
    file = arguments.paths[0]
    testFile = try arguments.value("test")
    label = try arguments.value("label") ?? "last"
    skipped = arguments.values("skip")
    let header: Bool?? = try arguments.value("header") {
      ["auto": Bool?.none, "yes": true, "no": false][$0]
    }
    hasHeader = header ?? nil
    let delimiter: Delimiter?? = try arguments.value("delimiter") { text in
      text == "auto" ? .some(nil) : Delimiter(rawValue: text).map { .some($0) }
    }
    self.delimiter = delimiter ?? nil
    shape = try arguments.shape("shape", ranks: 1...3)
  }

  func load() throws(Diagnostic) -> (training: Dataset, test: Dataset?) {
    let training = try CSVTable(try readUnpacked(file), self, file: file)
    var test: CSVTable?
    if let testFile {
      let table = try CSVTable(try readUnpacked(testFile), self, file: testFile)
      if let names = table.layout.names, let others = training.layout.names, names != others {
        throw .csvHeaders(testFile, names, trainingFile: file, others)
      }
      test = table
    }
    let classes = try Classes(training, test, self)
    var testPart: Dataset?
    if let test { testPart = try dataset(test, classes, .test) }
    return (try dataset(training, classes, .training), testPart)
  }

  private func dataset(
    _ table: CSVTable, _ classes: Classes, _ part: DatasetPart
  ) throws(Diagnostic) -> Dataset {
    let count = table.layout.featureCount
    let shape = shape ?? [count]
    guard shape.reduce(1, *) == count else {
      throw .dataShape(part == .test ? testFile! : file, shape, values: count)
    }
    let index = table.labels.map { classes.index[classes.name(of: $0)]! }
    return Dataset(
      "\(baseName(file))/\(part.rawValue)", shape, .smallest(table.features),
      table.rowLabels.map { index[Int($0)] }, classes.names)
  }
}

/// The classes that the labels of one or two tables stand for.
///
/// When all labels are whole numbers, they are sorted as such and `3.0` is the class `3`; otherwise
/// they are words, sorted by their bytes.
private struct Classes {
  let areNumbers: Bool
  let names: [String]
  let index: [String: Int32]

  init(_ training: CSVTable, _ test: CSVTable?, _ source: CSVSource) throws(Diagnostic) {
    let all = training.labels + (test?.labels ?? [])
    let numbers = all.map { Double($0) }
    areNumbers = !numbers.contains(nil)
    if areNumbers, let bad = numbers.firstIndex(where: { Int64(exactly: $0!) == nil }) {
      let isInTraining = bad < training.labels.count
      let table = isInTraining ? training : test!
      throw .csvLabel(
        isInTraining ? source.file : source.testFile!,
        line: table.labelLines[isInTraining ? bad : bad - training.labels.count],
        column: table.layout.columnText(table.layout.roles.firstIndex(of: .label)!),
        text: all[bad])
    }
    let areNumbers = areNumbers
    func name(_ label: String) -> String { Classes.name(of: label, areNumbers: areNumbers) }
    let known = Set(training.labels.map(name))
    if let test, let bad = test.labels.firstIndex(where: { !known.contains(name($0)) }) {
      throw .csvUnknownClass(
        source.testFile!, line: test.labelLines[bad], label: test.labels[bad],
        trainingFile: source.file)
    }
    names = known.sorted {
      areNumbers ? Int64($0)! < Int64($1)! : $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    index = Dictionary(uniqueKeysWithValues: zip(names, 0...))
  }

  func name(of label: String) -> String { Classes.name(of: label, areNumbers: areNumbers) }

  private static func name(of label: String, areNumbers: Bool) -> String {
    areNumbers ? String(Int64(Double(label)!)) : label
  }
}

extension CSVSource: CustomStringConvertible {
  public var description: String {
    var text = "csv:\(file)"
    if let testFile { text += ",test=\(testFile)" }
    if label != "last" { text += ",label=\(label)" }
    for column in skipped { text += ",skip=\(column)" }
    if let hasHeader { text += ",header=\(hasHeader ? "yes" : "no")" }
    if let delimiter { text += ",delimiter=\(delimiter.rawValue)" }
    if let shape { text += ",shape=\(shapeText(shape))" }
    return text
  }
}

extension Dataset.Features {
  /// Bytes when every one of `values` is a byte, a quarter of the memory.
  static func smallest(_ values: [Float]) -> Dataset.Features {
    let areBytes = values.allSatisfy { $0 >= 0 && $0 <= 255 && $0 == $0.rounded(.towardZero) }
    return areBytes ? .bytes(values.map { UInt8($0) }) : .floats(values)
  }
}
