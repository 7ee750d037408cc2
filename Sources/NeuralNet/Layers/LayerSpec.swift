// A layer as a recipe states it, and the closed set of kinds.

import Diagnostics
import FileFormats

/// One layer of a network: what it is, not yet how large its input is.
public struct LayerSpec: Hashable, Sendable {
  public var name: String
  /// Names of the layers it reads; empty is the layer before it, or the network's input.
  public var inputs: [String]
  public var kind: LayerKind

  public init(_ name: String, _ kind: LayerKind, inputs: [String] = []) {
    self.name = name
    self.kind = kind
    self.inputs = inputs
  }

  /// What layers read that read the network's input beside another layer.
  public static let inputName = "input"
}

/// The kinds of layers. Adding one: a file in Layers/, a case here, then follow the compiler.
public enum LayerKind: Hashable, Sendable {
  case flatten(FlattenSpec)
  case dense(DenseSpec)
  case conv(ConvSpec)
  case pool(PoolSpec)
  case globalPool(GlobalPoolSpec)
  case batchNorm(BatchNormSpec)
  case activation(ActivationSpec)
  case softmax(SoftmaxSpec)
  case dropout(DropoutSpec)
  case add(AddSpec)
  case concat(ConcatSpec)
  case table(TableSpec)

  /// The definition, for everything that need not know which kind it is.
  public var definition: any LayerDefinition {
    switch self {
    case .flatten(let spec): spec
    case .dense(let spec): spec
    case .conv(let spec): spec
    case .pool(let spec): spec
    case .globalPool(let spec): spec
    case .batchNorm(let spec): spec
    case .activation(let spec): spec
    case .softmax(let spec): spec
    case .dropout(let spec): spec
    case .add(let spec): spec
    case .concat(let spec): spec
    case .table(let spec): spec
    }
  }

  /// Every word a recipe may use for a layer.
  public static let words: [String] =
    [
      "flatten", "dense", "conv1d", "conv2d", "depthwise_conv1d", "depthwise_conv2d",
      "max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d", "global_max_pool",
      "global_average_pool", "batch_norm", "dropout", "add", "concat", "softmax",
      "table_dense",
    ] + ActivationFunction.allCases.map(\.rawValue)

  /// The layer a recipe calls `word`, with its options; nil for a word that is none of `words`.
  init?(_ word: String, _ json: JSONField) throws(Diagnostic) {
    switch word {
    case "flatten": self = .flatten(FlattenSpec())
    case "dense": self = .dense(try DenseSpec(json))
    case "conv1d": self = .conv(try ConvSpec(json, rank: 1))
    case "conv2d": self = .conv(try ConvSpec(json, rank: 2))
    case "depthwise_conv1d": self = .conv(try ConvSpec(depthwise: json, rank: 1))
    case "depthwise_conv2d": self = .conv(try ConvSpec(depthwise: json, rank: 2))
    case "max_pool1d": self = .pool(try PoolSpec(json, .max, rank: 1))
    case "max_pool2d": self = .pool(try PoolSpec(json, .max, rank: 2))
    case "average_pool1d": self = .pool(try PoolSpec(json, .average, rank: 1))
    case "average_pool2d": self = .pool(try PoolSpec(json, .average, rank: 2))
    case "global_max_pool": self = .globalPool(GlobalPoolSpec(.max))
    case "global_average_pool": self = .globalPool(GlobalPoolSpec(.average))
    case "batch_norm": self = .batchNorm(try BatchNormSpec(json))
    case "dropout": self = .dropout(try DropoutSpec(json))
    case "add": self = .add(AddSpec())
    case "concat": self = .concat(ConcatSpec())
    case "table_dense": self = .table(try TableSpec(json))
    case "softmax": self = .softmax(SoftmaxSpec())
    default:
      guard let function = ActivationFunction(rawValue: word) else { return nil }
      self = .activation(try ActivationSpec(function, json))
    }
  }
}

/// One kind of layer: its options, its shape, and what runs.
public protocol LayerDefinition: Hashable, Sendable {
  /// The word for this kind of layer in a recipe.
  var word: String { get }
  /// Options in a recipe beside `type`, `name` and `from`, defaults spelled out.
  var options: JSONObject { get }
  /// Whether the layer's result is an activation, which quantization rounds unless told otherwise.
  var isActivation: Bool { get }

  /// Whether the layer has a kernel, which quantization and pruning treat.
  var hasKernel: Bool { get }

  /// Adds the layer to a network that is being built: gives its shape, the layer itself (nil when
  /// nothing happens to the values) and its parameters.
  func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer
}

extension LayerDefinition {
  public var options: JSONObject { JSONObject() }
  public var isActivation: Bool { false }
  public var hasKernel: Bool { false }
}

extension LayerSpec {
  public var json: JSONValue {
    let definition = kind.definition
    var object = JSONObject([.init("type", .string(definition.word)), .init("name", .string(name))])
    if !inputs.isEmpty { object["from"] = JSONValue(inputs) }
    for member in definition.options.members { object[member.key] = member.value }
    return .object(object)
  }

  /// Reads one layer of a recipe; `before` are those already read. An unnamed layer is called by its
  /// kind and number.
  public init(_ json: JSONField, after before: [LayerSpec]) throws(Diagnostic) {
    let word = try json.member("type").string()
    guard let kind = try LayerKind(word, json) else {
      throw try json.member("type").mismatch("one of \(LayerKind.words.joined(separator: ", "))")
    }
    self.kind = kind
    let definition = kind.definition
    try json.allowOnly(["type", "name", "from"] + definition.options.members.map(\.key))
    let number = before.count { $0.kind.definition.word == word } + 1
    let given = try json.optionalMember("name")
    name = try given?.nonEmptyString() ?? (word == "flatten" ? word : "\(word)\(number)")
    guard name != LayerSpec.inputName, !before.contains(where: { [name] in $0.name == name }) else {
      throw (given ?? json).mismatch("a layer name that is not used before '\(name)'")
    }
    inputs = []
    guard let from = try json.optionalMember("from") else { return }
    let fields = if case .string = from.value { [from] } else { try from.nonEmptyElements() }
    for field in fields {
      let source = try field.string()
      guard source == LayerSpec.inputName || before.contains(where: { $0.name == source }) else {
        throw field.mismatch("the name of an earlier layer, or '\(LayerSpec.inputName)'")
      }
      inputs.append(source)
    }
  }
}
