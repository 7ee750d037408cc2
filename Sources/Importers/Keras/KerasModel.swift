// The architecture in a Keras configuration: layers, and who reads whom. Keras 1, 2 and 3.

import Diagnostics
import FileFormats

/// A model, or a model that another one uses as a layer.
struct KerasModel {
  var name: String
  var layers: [KerasLayer]
  /// What a functional model reads and returns; empty for a sequential one.
  var inputs: [KerasReference] = []
  var outputs: [KerasReference] = []
  var isSequential: Bool
}

/// A layer with the calls that were made of it: one, unless it is shared.
struct KerasLayer {
  /// Without a package: `HDense` for `HGQ>HDense`.
  var className: String
  var name: String
  var config: JSONField
  /// The Python module, empty in files of old versions.
  var module: String
  /// The arguments of each call; empty in sequential models.
  var calls: [[KerasArgument]] = []
}

/// One argument of a call.
enum KerasArgument {
  case tensor(KerasReference)
  case number(Double)
}

/// Output number `output` of call number `call` of a layer.
struct KerasReference {
  var layer: String
  var call: Int
  var output: Int
}

extension KerasModel {
  /// Whether a layer of this class is a model.
  static func isModel(_ className: String) -> Bool {
    ["Sequential", "Functional", "Model"].contains(className)
  }

  /// Reads `{"class_name": …, "config": …}`.
  init(_ json: JSONField) throws(Diagnostic) {
    let className = KerasLayer.className(try json.member("class_name").string())
    guard KerasModel.isModel(className) else {
      throw .kerasModelClass(json.location, className: className)
    }
    try self.init(className: className, config: try json.member("config"))
  }

  /// Reads the configuration of a model of this class.
  init(className: String, config: JSONField) throws(Diagnostic) {
    isSequential = className == "Sequential"
    if isSequential, case .array = config.value {
      // Keras 1 and early Keras 2: a bare list.
      name = "sequential"
      layers = try KerasModel.layers(config, isSequential: true)
      return
    }
    name = try config.optionalMember("name")?.string() ?? "model"
    layers = try KerasModel.layers(try config.member("layers"), isSequential: isSequential)
    if !isSequential {
      inputs = try KerasReference.list(try config.member("input_layers"))
      outputs = try KerasReference.list(try config.member("output_layers"))
    }
  }

  private static func layers(
    _ json: JSONField, isSequential: Bool
  ) throws(Diagnostic) -> [KerasLayer] {
    var layers: [KerasLayer] = []
    var names: Set<String> = []
    for field in try json.elements() {
      let layer = try KerasLayer(field, isSequential: isSequential, number: layers.count)
      guard names.insert(layer.name).inserted else {
        throw .kerasDuplicateLayer(field.location, name: layer.name)
      }
      layers.append(layer)
    }
    return layers
  }
}

extension KerasLayer {
  /// Reads an element of `layers`.
  init(_ json: JSONField, isSequential: Bool, number: Int) throws(Diagnostic) {
    className = KerasLayer.className(try json.member("class_name").string())
    config = try json.member("config")
    let named: JSONField? =
      if let name = try json.optionalMember("name") {
        name
      } else if case .object = config.value {
        try config.optionalMember("name")
      } else {
        nil
      }
    name = try named?.string() ?? "\(className.lowercased())_\(number)"
    module = try json.optionalMember("module")?.string() ?? ""
    if !isSequential, let nodes = try json.optionalMember("inbound_nodes") {
      for node in try nodes.elements() { calls.append(try KerasArgument.list(node)) }
    }
  }

  /// A layer inside of a wrapper, which has its calls.
  init(wrappedIn wrapper: KerasLayer, _ json: JSONField) throws(Diagnostic) {
    try self.init(json, isSequential: true, number: 0)
    calls = wrapper.calls
  }

  static func className(_ registered: String) -> String {
    String(registered.split(separator: ">").last ?? "")
  }
}

extension KerasReference {
  /// `["a", 0, 0]`, a list of such, or a dictionary of them.
  static func list(_ json: JSONField) throws(Diagnostic) -> [KerasReference] {
    if let reference = try KerasReference(json) { return [reference] }
    var list: [KerasReference] = []
    switch json.value {
    case .array: for element in try json.elements() { list += try KerasReference.list(element) }
    case .object: for member in try json.members() { list += try KerasReference.list(member.value) }
    case .null, .bool, .integer, .double, .string: throw json.mismatch("a layer's output")
    }
    return list
  }

  /// `["a", 0, 0]`, possibly with keyword arguments behind it; nil for anything else.
  init?(_ json: JSONField) throws(Diagnostic) {
    guard case .array(let values) = json.value, values.count >= 3,
      case .string(let name) = values[0],
      case .integer = values[1], case .integer = values[2]
    else { return nil }
    let elements = try json.elements()
    layer = name
    call = try elements[1].integer(in: 0...Int(Int32.max))
    output = try elements[2].integer(in: 0...Int(Int32.max))
  }
}

extension KerasArgument {
  /// The arguments of a call: Keras 3 writes `{"args": […], "kwargs": {…}}` with tensors as objects,
  /// others a list of `["a", 0, 0, {…}]`.
  static func list(_ json: JSONField) throws(Diagnostic) -> [KerasArgument] {
    switch json.value {
    case .null, .bool, .string: return []
    case .integer, .double: return [.number(try json.double())]
    case .array:
      if let reference = try KerasReference(json) { return [.tensor(reference)] }
      var list: [KerasArgument] = []
      for element in try json.elements() { list += try KerasArgument.list(element) }
      return list
    case .object:
      if let className = try json.optionalMember("class_name"),
        try className.string() == "__keras_tensor__"
      {
        let history = try json.member("config").member("keras_history")
        guard let reference = try KerasReference(history) else {
          throw history.mismatch("a layer's name and two numbers")
        }
        return [.tensor(reference)]
      }
      guard let arguments = try json.optionalMember("args") else { return [] }
      var list = try KerasArgument.list(arguments)
      if let keywords = try json.optionalMember("kwargs") {
        // Options such as `training` are not inputs; tensors are.
        for member in try keywords.members() {
          list += try KerasArgument.list(member.value).filter {
            if case .tensor = $0 { true } else { false }
          }
        }
      }
      return list
    }
  }
}

extension Diagnostic {
  static func kerasModelClass(_ location: Location, className: String) -> Diagnostic {
    Diagnostic(
      id: "keras.model-class", at: location,
      "a model of class '\(className)' has no list of layers",
      suggestion: "save a Sequential or functional model; subclassed models cannot be read")
  }

  static func kerasDuplicateLayer(_ location: Location, name: String) -> Diagnostic {
    Diagnostic(
      id: "keras.duplicate-layer", at: location, "two layers are called '\(name)'",
      suggestion: "give every layer a name of its own")
  }
}
