// A Keras model as a graph: layers are called in the order of their inputs, nested models in place.

import Diagnostics
import FileFormats
import GraphIR

/// The graph under construction.
struct KerasImporter {
  let parts: KerasParts
  var builder = KerasBuilder()
  private var hasExactWeights = false
  private static let maximumNesting = 32

  init(_ parts: KerasParts) throws(Diagnostic) {
    self.parts = parts
    builder.file = parts.file
  }

  /// Whether Keras 3 wrote the file; some defaults changed then.
  var isKeras3: Bool { (parts.version.split(separator: ".").first.flatMap { Int($0) } ?? 2) >= 3 }

  mutating func graph() throws(Diagnostic) -> Graph {
    let model = try KerasModel(parts.architecture)
    builder.graph.name = model.name
    hasExactWeights = model.layers.contains { $0.className == "FixedPointQuantizer" }
    builder.graph.outputs = try run(model, on: nil, scope: nil, depth: 0)
    makeMeansExact(&builder.graph)
    if let problem = builder.graph.verify().first { throw problem.inFile(parts.file) }
    return builder.graph
  }

  // MARK: Models

  /// The outputs of `model` for `arguments`, or for inputs of its own.
  ///
  /// `scope` has the variables of a nested model.
  private mutating func run(
    _ model: KerasModel, on arguments: [Node.ID]?, scope: KerasVariables?, depth: Int
  ) throws(Diagnostic) -> [Node.ID] {
    guard depth < KerasImporter.maximumNesting else {
      throw .kerasConnection(parts.file, model.name, "models nest too deeply")
    }
    var numbering = KerasNumbering()
    var variables: [KerasVariables] = []
    for layer in model.layers {
      let number = numbering.name(of: layer.className)
      variables.append(
        scope?.member(layer.name, numbered: number)
          ?? KerasVariables(parts.weights, layer: layer.name, numbered: number))
    }
    return model.isSequential
      ? [try runSequence(model, on: arguments, variables, depth: depth)]
      : try runFunction(model, on: arguments, variables, depth: depth)
  }

  private mutating func runSequence(
    _ model: KerasModel, on arguments: [Node.ID]?, _ variables: [KerasVariables], depth: Int
  ) throws(Diagnostic) -> Node.ID {
    var current: Node.ID? = arguments?.first
    for (index, layer) in model.layers.enumerated() {
      if layer.className == "InputLayer" {
        if current == nil { current = try input(layer) }
        continue
      }
      if current == nil { current = try input(layer) }
      let outputs = try call(
        layer, [.tensor(current!)], number: 0, variables[index], depth: depth)
      guard outputs.count == 1 else {
        throw .kerasConnection(parts.file, layer.name, "a layer of a sequence has several outputs")
      }
      current = outputs[0]
    }
    guard let current else {
      throw .kerasConnection(parts.file, model.name, "the model has no layers")
    }
    return current
  }

  private mutating func runFunction(
    _ model: KerasModel, on arguments: [Node.ID]?, _ variables: [KerasVariables], depth: Int
  ) throws(Diagnostic) -> [Node.ID] {
    var schedule = try KerasSchedule(model, file: parts.file)
    for (index, reference) in model.inputs.enumerated() {
      let layer = try schedule.layer(reference, from: model.name)
      if let arguments {
        guard index < arguments.count else {
          throw .kerasConnection(parts.file, model.name, "an input is missing")
        }
        schedule.results[layer] = [[arguments[index]]]
      } else {
        schedule.results[layer] = [[try input(model.layers[layer])]]
      }
    }
    for output in model.outputs {
      try schedule.demand(output, from: model.name)
      while let (index, number) = try schedule.next() {
        let layer = model.layers[index]
        var inputs: [KerasInput] = []
        for argument in layer.calls[number] {
          switch argument {
          case .number(let value): inputs.append(.number(value))
          case .tensor(let reference):
            inputs.append(.tensor(try schedule.result(reference, from: layer.name)))
          }
        }
        schedule.finish(
          try call(layer, inputs, number: number, variables[index], depth: depth))
      }
    }
    var outputs: [Node.ID] = []
    for output in model.outputs {
      outputs.append(try schedule.result(output, from: model.name))
    }
    return outputs
  }

  // MARK: Layers

  /// The graph's input that `layer` describes: an input layer, or the first layer of a sequence.
  private mutating func input(_ layer: KerasLayer) throws(Diagnostic) -> Node.ID {
    var shape: [Int]?
    for key in ["batch_input_shape", "batch_shape", "input_shape", "input_dim"] {
      guard let field = try layer.config.optionalMember(key) else { continue }
      if key == "input_dim" {
        shape = [try field.integer(in: 1...Shape.maximumCount)]
        break
      }
      var extents: [Int] = []
      let elements = try field.elements()
      for element in key == "input_shape" ? elements[...] : elements.dropFirst() {
        guard !element.isNull else {
          throw .kerasInputShape(parts.file, layer.name, "an axis of the input has no size")
        }
        extents.append(try element.integer(in: 1...Shape.maximumCount))
      }
      shape = extents
      break
    }
    guard let shape, !shape.isEmpty else {
      throw .kerasInputShape(parts.file, layer.name, "the configuration has no shape of the input")
    }
    guard Shape(shape).isReasonable else {
      throw .kerasInputShape(parts.file, layer.name, "an input of shape \(shape) is too large")
    }
    let name = layer.className == "InputLayer" ? layer.name : "\(layer.name)_input"
    return try builder.append(name, .input(Input(shape: Shape(shape))), [], layer: layer.name)
  }

  /// The outputs of call `number` of a layer.
  private mutating func call(
    _ layer: KerasLayer, _ inputs: [KerasInput], number: Int, _ variables: KerasVariables,
    depth: Int
  ) throws(Diagnostic) -> [Node.ID] {
    if KerasModel.isModel(layer.className) {
      let nested = try KerasModel(className: layer.className, config: layer.config)
      var arguments: [Node.ID] = []
      for case .tensor(let id) in inputs { arguments.append(id) }
      return try run(nested, on: arguments, scope: variables, depth: depth + 1)
    }
    var call = KerasCall(
      layer: layer, name: layer.name, variables: variables, inputs: inputs, file: parts.file,
      hasExactWeights: hasExactWeights)
    // A shared layer has one set of parameters and a node per call.
    if number > 0 { call.name = "\(layer.name)_call\(number)" }
    return [try apply(call)]
  }
}

/// One call of a layer.
struct KerasCall {
  var layer: KerasLayer
  /// The name of the node, from which others derive.
  var name: String
  var variables: KerasVariables
  var inputs: [KerasInput]
  let file: String
  /// Whether the model's weights are fixed-point numbers, written as floats.
  var hasExactWeights = false
  /// The ranges of a layer that was trained with quantization.
  var ranges: FakeQuantRanges?

  var config: JSONField { layer.config }

  /// The only input.
  func input() throws(Diagnostic) -> Node.ID {
    guard inputs.count == 1, case .tensor(let id) = inputs[0] else {
      throw refusal("it is called with \(inputs.count) inputs; one is expected")
    }
    return id
  }

  /// The layer cannot be imported, for this reason.
  func refusal(_ reason: String, suggestion: String? = nil) -> Diagnostic {
    .kerasUnsupported(
      file, layer: layer.name, className: layer.className, reason, suggestion: suggestion)
  }
}

/// An input of a call.
enum KerasInput {
  case tensor(Node.ID)
  case number(Double)
}

extension Diagnostic {
  static func kerasUnsupported(
    _ file: String, layer: String, className: String, _ reason: String, suggestion: String?
  ) -> Diagnostic {
    Diagnostic(
      id: "keras.unsupported", at: Location(file: file, path: layer),
      "\(className) cannot be imported: \(reason)",
      suggestion: suggestion ?? "replace the layer before saving the model")
  }

  static func kerasInputShape(_ file: String, _ layer: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "keras.input-shape", at: Location(file: file, path: layer), reason,
      suggestion: "build the model with an input of fixed shape and save it again")
  }
}
