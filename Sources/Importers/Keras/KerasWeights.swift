// Where the variables of a layer are, in both layouts Keras has.
//
// Named (`.h5`): a group per layer, whose attribute `weight_names` lists paths in it, and the last word
// of a path says what it is: `conv1/kernel:0`. Numbered (Keras 3): `layers/conv2d_1/vars/0`, named for
// classes; a variable's number follows from the order in which the layer makes them.

import Diagnostics
import FileFormats

/// What a variable is for, with the last words of its names.
struct KerasRole: Hashable {
  var name: String
  var aliases: [String]

  init(_ name: String, _ aliases: String...) {
    self.name = name
    self.aliases = aliases
  }

  static let kernel = KerasRole("kernel", "W")
  static let bias = KerasRole("bias", "b")
  static let depthwiseKernel = KerasRole("depthwise_kernel", "kernel")
  static let pointwiseKernel = KerasRole("pointwise_kernel")
  static let gamma = KerasRole("gamma", "bn_gamma")
  static let beta = KerasRole("beta", "bn_beta")
  static let mean = KerasRole("moving_mean", "running_mean", "mean")
  static let variance = KerasRole("moving_variance", "running_std", "variance")
  static let alpha = KerasRole("alpha", "alphas")
}

/// The variables in an HDF5 file.
struct KerasWeightFile {
  enum Layout {
    /// Groups of layers below `root`.
    case named(root: [String], variables: [String: [String]])
    /// Groups of layers in the groups called `container`; `paths` are those of all datasets, split
    /// at slashes and backslashes, with the names they have in the file.
    case numbered(container: String, paths: [[String]: [String]])
    /// Arrays called `conv1/kernel`.
    case arrays([String: NumberArray])
  }

  /// Where the numbers are; nil when the layout holds them.
  private let content: HDF5File?
  let file: String
  let layout: Layout
  let version: String

  /// Arrays in memory, from the file that is named in diagnostics.
  init(arrays: [String: NumberArray], file: String) {
    (content, self.file, layout, version) = (nil, file, .arrays(arrays), "")
  }

  /// The numbers of the dataset at `path`.
  func numbers(_ path: [String]) throws(Diagnostic) -> NumberArray? {
    try content?.numbers(path)
  }

  init(_ content: HDF5File, file: String) throws(Diagnostic) {
    (self.content, self.file) = (content, file)
    for root in [[], ["model_weights"]] {
      if !root.isEmpty, !content.objects.contains(where: { $0.path == root }) { continue }
      guard let names = try KerasWeightFile.list("layer_names", of: root, content) else { continue }
      var variables: [String: [String]] = [:]
      for name in names {
        variables[name] =
          try KerasWeightFile.list("weight_names", of: root + [name], content) ?? []
      }
      layout = .named(root: root, variables: variables)
      version = try content.strings("keras_version", of: root)?.first ?? ""
      return
    }
    // Some writers made backslashes of the slashes.
    var paths: [[String]: [String]] = [:]
    for object in content.objects where !object.isGroup {
      let words = object.path.flatMap { $0.split { $0 == "\\" || $0 == "/" }.map(String.init) }
      paths[words] = object.path
    }
    let container =
      paths.keys.contains { $0.first == "layers" }
      ? "layers" : "_layer_checkpoint_dependencies"
    layout = .numbered(container: container, paths: paths)
    version = ""
  }

  /// A list of strings that is split into `name0`, `name1` … where it is long; nil when there is none.
  private static func list(
    _ name: String, of path: [String], _ content: HDF5File
  ) throws(Diagnostic) -> [String]? {
    if let list = try content.strings(name, of: path) { return list }
    var joined: [String]?
    var number = 0
    while let part = try content.strings("\(name)\(number)", of: path) {
      joined = (joined ?? []) + part
      number += 1
    }
    return joined
  }
}

/// The variables of one layer.
struct KerasVariables {
  let weights: KerasWeightFile
  /// What diagnostics call the layer.
  let layer: String
  /// Named: the group, and the word that the paths of its variables hold, if any. Numbered: the path.
  private var group: String
  private var word: String?
  private var path: [String]
  /// Named: which of several variables of the same role.
  private var occurrence = 0

  private init(
    _ weights: KerasWeightFile, layer: String, group: String, word: String?, path: [String]
  ) {
    (self.weights, self.layer, self.group, self.word, self.path) = (
      weights, layer, group, word, path
    )
  }

  /// The variables of a layer of the outermost model, which is `numbered` among those of its class.
  init(_ weights: KerasWeightFile, layer: String, numbered: String) {
    let path: [String] =
      if case .numbered(let container, _) = weights.layout { [container, numbered] } else { [] }
    self.init(weights, layer: layer, group: layer, word: nil, path: path)
  }

  /// The variables of a layer of the model that has these variables.
  func member(_ layer: String, numbered: String) -> KerasVariables {
    var path = self.path
    if case .numbered(let container, _) = weights.layout { path += [container, numbered] }
    return KerasVariables(weights, layer: layer, group: group, word: layer, path: path)
  }

  /// The variables of an object that the layer holds: in attribute `attribute`, and with names that
  /// hold `word`, if given; `occurrence` tells objects apart whose names do not.
  func part(
    _ attribute: [String], word: String? = nil, occurrence: Int = 0
  ) -> KerasVariables {
    var part = KerasVariables(
      weights, layer: layer, group: group, word: word ?? self.word, path: path + attribute)
    part.occurrence = occurrence
    return part
  }

  /// The variables `roles`, all those that the layer has, in the order in which it makes them. The
  /// roles that are nil are of no interest.
  func read(_ roles: [KerasRole?]) throws(Diagnostic) -> [KerasRole: NumberArray] {
    var result: [KerasRole: NumberArray] = [:]
    for (number, role) in roles.enumerated() {
      guard let role else { continue }
      guard let array = try find(role, number: number) else {
        throw .kerasMissingWeight(weights.file, layer: layer, variable: role.name)
      }
      result[role] = array
    }
    return result
  }

  /// How many variables the layer itself has where they are numbered, else 0.
  var numberedCount: Int {
    guard case .numbered(_, let paths) = weights.layout else { return 0 }
    var count = 0
    while paths[path + ["vars", String(count)]] != nil { count += 1 }
    return count
  }

  /// The variable `role`, which has this number; nil when the file lacks it.
  func find(_ role: KerasRole, number: Int) throws(Diagnostic) -> NumberArray? {
    switch weights.layout {
    case .numbered(_, let paths):
      guard let path = paths[path + ["vars", String(number)]] else { return nil }
      return try weights.numbers(path)
    case .arrays(let arrays):
      for alias in [role.name] + role.aliases {
        for separator in ["/", ".", "_"] {
          if let array = arrays[layer + separator + alias] { return array }
        }
      }
      return nil
    case .named(let root, let variables):
      let names = (variables[group] ?? []).filter(isOwn)
      for alias in [role.name] + role.aliases {
        let matches = names.filter { KerasVariables.matches($0, alias) }
        if occurrence < matches.count {
          let words = matches[occurrence].split(separator: "/").map(String.init)
          return try weights.numbers(root + [group] + words)
        }
      }
      return nil
    }
  }

  /// Whether a variable of the group belongs to the layer.
  private func isOwn(_ name: String) -> Bool {
    guard let word else { return true }
    let words = name.split(separator: "/")
    // Keras 1 joins names: `dense_1_W`.
    return words.contains { $0 == word } || words.last?.hasPrefix("\(word)_") == true
  }

  /// Whether the last word of `name` is `alias`: `conv1/kernel:0` is a kernel, `dense_1_W` a W.
  private static func matches(_ name: String, _ alias: String) -> Bool {
    guard let last = name.split(separator: "/").last,
      let word = last.split(separator: ":").first
    else { return false }
    if word == alias { return true }
    guard word.hasSuffix("_\(alias)") else { return false }
    // `depthwise_kernel` is no kernel, `kernel_bw` no bw.
    let known = [
      "depthwise", "pointwise", "recurrent", "quant", "moving", "running", "bn", "gamma", "kernel",
    ]
    let front = word.dropLast(alias.count + 1).split(separator: "_").last ?? ""
    return !known.contains(String(front))
  }
}

extension KerasVariables {
  /// The variables `roles` as float32 of the given shapes.
  func floats(_ roles: [(role: KerasRole, shape: [Int])]) throws(Diagnostic) -> [KerasRole: [Float]]
  {
    let arrays = try read(roles.map { $0.role })
    var result: [KerasRole: [Float]] = [:]
    for (role, shape) in roles { result[role] = try floats(arrays[role]!, role, shape: shape) }
    return result
  }

  /// The numbers of `array`, which must have this shape and be finite.
  func floats(
    _ array: NumberArray, _ role: KerasRole, shape: [Int]
  ) throws(Diagnostic) -> [Float] {
    guard array.shape == shape else {
      throw .kerasWeightShape(
        weights.file, layer: layer, variable: role.name, array.shape, expected: shape)
    }
    let values = array.floats
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .kerasNotFinite(
        weights.file, layer: layer, variable: role.name, index: index, value: values[index])
    }
    return values
  }
}

/// How Keras 3 numbers the layers of a model: `conv2d`, `conv2d_1` …, in the order of the model.
struct KerasNumbering {
  private var counts: [String: Int] = [:]

  mutating func name(of className: String) -> String {
    let base = KerasNumbering.snakeCase(className)
    let count = counts[base, default: 0]
    counts[base] = count + 1
    return count == 0 ? base : "\(base)_\(count)"
  }

  /// `MaxPooling2D` is `max_pooling2d`, `PReLU` is `p_re_lu`.
  static func snakeCase(_ name: String) -> String {
    let letters = name.filter { $0.isLetter || $0.isNumber || $0 == "_" }.map(Character.init)
    // An underscore in front of every capital with small letters behind it …
    var first: [Character] = []
    var index = 0
    while index < letters.count {
      first.append(letters[index])
      index += 1
      if index + 1 < letters.count, letters[index].isUppercase, letters[index + 1].isLowercase {
        first.append("_")
        first.append(letters[index])
        index += 1
        while index < letters.count, letters[index].isLowercase {
          first.append(letters[index])
          index += 1
        }
      }
    }
    // … and between a small letter and a capital.
    var result = ""
    for (index, letter) in first.enumerated() {
      if index > 0, letter.isUppercase, first[index - 1].isLowercase { result.append("_") }
      result.append(letter)
    }
    return result.lowercased()
  }
}

extension Diagnostic {
  static func kerasMissingWeight(_ file: String, layer: String, variable: String) -> Diagnostic {
    Diagnostic(
      id: "keras.missing-weight", at: Location(file: file, path: layer),
      "the file has no \(variable) of this layer",
      suggestion: "save architecture and weights of the same model")
  }

  static func kerasWeightShape(
    _ file: String, layer: String, variable: String, _ shape: [Int], expected: [Int]
  ) -> Diagnostic {
    Diagnostic(
      id: "keras.weight-shape", at: Location(file: file, path: layer),
      "\(variable) has shape \(shape); its configuration makes it \(expected)",
      suggestion: "save architecture and weights of the same model")
  }

  static func kerasNotFinite(
    _ file: String, layer: String, variable: String, index: Int, value: Float
  ) -> Diagnostic {
    Diagnostic(
      id: "keras.not-finite", at: Location(file: file, path: layer),
      "element \(index) of \(variable) is \(value)",
      suggestion: "train again; weights must be finite")
  }
}
