// How a data set is spelled on the command line: parsing, printing, and the usage of every kind.

import Diagnostics

extension DatasetSpec {
  /// The usage of each kind, without the options of `splitUsage`.
  static let usages = [
    "digits": "digits[:train=N,test=N,seed=N]",
    "mnist": "mnist:DIR",
    "fashion": "fashion:DIR",
    "cifar10": "cifar10:DIR",
    "kws01": "kws01:DIR",
    "csv": "csv:FILE[,test=FILE][,label=NAME|INDEX|first|last][,skip=NAME|INDEX]…"
      + "[,header=auto|yes|no][,delimiter=auto|comma|semicolon|tab|space][,shape=HxWxC]",
    "npy": "npy:X.npy,Y.npy[,TESTX.npy,TESTY.npy][,shape=HxWxC][,layout=nhwc|nchw]",
    "npz": "npz:FILE[,shape=HxWxC][,layout=nhwc|nchw]",
    "images": "images:DIR[,channels=1|3][,size=HxW]",
    "raw": "raw:X.bin,Y.bin[,TESTX.bin,TESTY.bin],shape=HxWxC[,type=uint8|int8]"
      + "[,layout=nhwc|nchw]",
  ]

  /// Options that every kind except `digits` takes.
  static let splitUsage =
    "[,split=FRACTION|COUNT][,holdout=random|first|last][,seed=N][,stratify=yes|no]"

  /// The kinds in the order in which they are documented.
  static let kinds = [
    "digits", "mnist", "fashion", "cifar10", "kws01", "csv", "npy", "npz", "images", "raw",
  ]

  /// Parses e.g. `csv:iris.csv,label=species,split=0.8`.
  public init(_ text: String) throws(Diagnostic) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let kind = String(parts[0])
    guard let usage = DatasetSpec.usages[kind] else { throw .dataKindUnknown(text) }
    var arguments = try SpecArguments(
      parts.count > 1 ? String(parts[1]) : "", of: text,
      usage: kind == "digits" ? usage : usage + DatasetSpec.splitUsage)
    source = try Source(kind, &arguments)
    split = kind == "digits" ? nil : try SplitRule(&arguments)
    try arguments.finish()
  }
}

extension DatasetSpec.Source {
  fileprivate init(_ kind: String, _ arguments: inout SpecArguments) throws(Diagnostic) {
    switch kind {
    case "digits":
      try arguments.expectPaths([0])
      self = .digits(
        training: try arguments.count("train") ?? 20_000,
        test: try arguments.count("test") ?? 4_000,
        seed: try arguments.seed() ?? 1)
    case "csv": self = .csv(try CSVSource(&arguments))
    case "npy", "npz", "raw": self = .arrays(try ArraySource(kind, &arguments))
    case "images": self = .images(try ImageFolderSource(&arguments))
    default:
      try arguments.expectPaths([1])
      let directory = arguments.paths[0]
      switch kind {
      case "mnist": self = .mnist(directory: directory)
      case "fashion": self = .fashion(directory: directory)
      case "cifar10": self = .cifar10(directory: directory)
      default: self = .kws01(directory: directory)
      }
    }
  }
}

extension DatasetSpec: CustomStringConvertible {
  /// The text that parses to this value, options at their defaults left out.
  public var description: String {
    let text =
      switch source {
      case .digits(let training, let test, let seed):
        "digits:train=\(training),test=\(test),seed=\(seed)"
      case .mnist(let directory): "mnist:\(directory)"
      case .fashion(let directory): "fashion:\(directory)"
      case .cifar10(let directory): "cifar10:\(directory)"
      case .kws01(let directory): "kws01:\(directory)"
      case .csv(let source): source.description
      case .arrays(let source): source.description
      case .images(let source): source.description
      }
    return text + (split.map { ",\($0)" } ?? "")
  }
}

/// What stands behind the colon of a data set: paths, then options, all separated by commas.
///
/// ```
/// a/x.npy,a/y.npy,layout=nchw   →   paths ["a/x.npy", "a/y.npy"], options [("layout", "nchw")]
/// ```
struct SpecArguments {
  let text: String
  let usage: String
  private(set) var paths: [String] = []
  private var options: [(key: String, value: String)] = []

  init(_ arguments: String, of text: String, usage: String) throws(Diagnostic) {
    self.text = text
    self.usage = usage
    guard !arguments.isEmpty else { return }
    for piece in arguments.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // A path may contain '=', but not as `word=`.
      let isOption = pair.count == 2 && pair[0].allSatisfy { $0 >= "a" && $0 <= "z" }
      if isOption, !pair[1].isEmpty {
        options.append((String(pair[0]), String(pair[1])))
      } else if !isOption, !piece.isEmpty, options.isEmpty {
        paths.append(String(piece))
      } else {
        throw .dataOption(text, String(piece), usage: usage)
      }
    }
  }

  /// Refuses any other number of paths than those in `counts`.
  func expectPaths(_ counts: [Int]) throws(Diagnostic) {
    guard counts.contains(paths.count) else {
      throw .dataPaths(text, count: paths.count, usage: usage)
    }
  }

  /// Every value of the option `key`, which is used up.
  mutating func values(_ key: String) -> [String] {
    let values = options.filter { $0.key == key }.map(\.value)
    options.removeAll { $0.key == key }
    return values
  }

  /// The value of the option `key`, which may stand there once.
  mutating func value(_ key: String) throws(Diagnostic) -> String? {
    let values = values(key)
    guard values.count <= 1 else { throw bad(key, values[1]) }
    return values.first
  }

  /// What `convert` makes of the value of the option `key`; nil from it is an error.
  mutating func value<Value>(
    _ key: String, _ convert: (String) -> Value?
  ) throws(Diagnostic) -> Value? {
    guard let text = try value(key) else { return nil }
    guard let value = convert(text) else { throw bad(key, text) }
    return value
  }

  /// A number of samples.
  mutating func count(_ key: String) throws(Diagnostic) -> Int? {
    try value(key) { Int($0).flatMap { (1...10_000_000).contains($0) ? $0 : nil } }
  }

  mutating func seed() throws(Diagnostic) -> UInt64? { try value("seed") { UInt64($0) } }

  mutating func flag(_ key: String) throws(Diagnostic) -> Bool? {
    try value(key) { ["yes": true, "no": false][$0] }
  }

  /// Sizes like `28x28x1`; `ranks` says how many there may be.
  mutating func shape(_ key: String, ranks: ClosedRange<Int>) throws(Diagnostic) -> [Int]? {
    try value(key) { text in
      let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard ranks.contains(sizes.count) else { return nil }
      let valid = sizes.compactMap { $0 }.filter { (1...65_536).contains($0) }
      return valid.count == sizes.count ? valid : nil
    }
  }

  /// Refuses options that nothing has used up.
  func finish() throws(Diagnostic) {
    if let option = options.first { throw bad(option.key, option.value) }
  }

  func bad(_ key: String, _ value: String) -> Diagnostic {
    .dataOption(text, "\(key)=\(value)", usage: usage)
  }
}

/// `[28, 28]` as an option spells it: `28x28`.
func shapeText(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "x") }
