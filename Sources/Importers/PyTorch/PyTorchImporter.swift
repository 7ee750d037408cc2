// A pickled `torch.nn.Sequential` of dense layers to GraphIR.

import Diagnostics
import FileFormats
import GraphIR

/// The model in `bytes`, the contents of `file`, verified.
///
/// PyTorch saves objects, not graphs: only a `torch.nn.Sequential` says what follows what, and only dense
/// layers say how large their input is. Everything else is refused with the way through ONNX.
public func importPyTorch(_ bytes: [UInt8], file: String) throws(Diagnostic) -> Graph {
  let saved = try PyTorchFile(bytes, file: file)
  var importer = PyTorchImporter(saved)
  return try importer.imported()
}

private struct PyTorchImporter {
  private let saved: PyTorchFile
  private var graph: Graph
  private var current: Node.ID?

  init(_ saved: PyTorchFile) {
    self.saved = saved
    let name = saved.file.split(separator: "/").last?.split(separator: ".").first ?? "model"
    graph = Graph(name: String(name), provenance: [Provenance("format", "PyTorch")])
  }

  mutating func imported() throws(Diagnostic) -> Graph {
    guard let module = Module(saved.root) else { throw refusal("", "it is no saved module") }
    try add(module, path: "", depth: 0)
    guard let output = current else { throw refusal("", "it has no layers") }
    graph.outputs = [output]
    if let problem = graph.verify().first { throw problem }
    return graph
  }

  private func refusal(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "pytorch.unsupported", at: Location(file: saved.file, path: path.isEmpty ? nil : path),
      reason, suggestion: PyTorchFile.advice)
  }

  private mutating func add(_ module: Module, path: String, depth: Int) throws(Diagnostic) {
    guard depth < 32 else { throw refusal(path, "its modules are nested too deeply") }
    switch module.type {
    case "Sequential":
      for (name, child) in try module.children(path, refusal) {
        try add(child, path: path.isEmpty ? name : "\(path)_\(name)", depth: depth + 1)
      }
    case "Linear": try addLinear(module, path)
    case "BatchNorm1d": try addBatchNorm(module, path)
    case "Dropout", "Identity", "Flatten", "AlphaDropout": break
    case "ReLU": try append(.relu(Relu()), path)
    case "ReLU6": try append(.clip(Clip(low: 0, high: 6)), path)
    case "Hardtanh":
      try append(
        .clip(
          Clip(low: try number(module, "min_val", path), high: try number(module, "max_val", path))),
        path)
    case "LeakyReLU":
      try append(.leakyRelu(LeakyRelu(alpha: try number(module, "negative_slope", path))), path)
    case "ELU": try append(.elu(Elu(alpha: Double(try number(module, "alpha", path)))), path)
    case "Sigmoid": try append(.sigmoid(Sigmoid()), path)
    case "Tanh": try append(.tanh(Tanh()), path)
    case "Softmax": try append(.softmax(Softmax()), path)
    case "SELU": try append(.function(Function(.selu)), path)
    case "SiLU": try append(.function(Function(.swish, alpha: 1)), path)
    case "Softplus": try append(.function(Function(.softplus)), path)
    case "Hardswish": try append(.function(Function(.hardSwish)), path)
    default:
      throw refusal(
        path, "\(module.type) cannot be imported from a pickled module")
    }
  }

  private func number(_ module: Module, _ key: String, _ path: String) throws(Diagnostic) -> Float {
    switch module.state[key] {
    case .real(let value)?: return Float(value)
    case .integer(let value)?: return Float(value)
    default: throw refusal(path, "\(module.type) has no number \(key)")
    }
  }

  private mutating func append(_ op: Op, _ path: String, _ parameters: [Node.ID] = [])
    throws(Diagnostic)
  {
    guard let operand = current else { throw refusal(path, "the first layer must be dense") }
    current = graph.append(graph.freshName(path), op, [operand] + parameters)
  }

  private mutating func parameter(
    _ module: Module, _ key: String, _ path: String, _ transform: ([Float], [Int]) -> Constant?
  ) throws(Diagnostic) -> Node.ID {
    let name = "\(path)_\(key)"
    guard let value = module.tensors[key] else { throw refusal(path, "it has no \(key)") }
    let (values, shape) = try saved.tensor(value, name)
    guard let constant = transform(values, shape) else {
      throw refusal(path, "its \(key) has shape \(shape)")
    }
    return graph.append(graph.freshName(name), .constant(constant))
  }

  private mutating func addLinear(_ module: Module, _ path: String) throws(Diagnostic) {
    var inputs = 0
    let weights = try parameter(module, "weight", path) { values, shape in
      guard shape.count == 2, shape[0] > 0, shape[1] > 0 else { return nil }
      inputs = shape[1]
      let order = Transpose(permutation: [1, 0]).sources(Shape(shape))
      return Constant(shape: [shape[1], shape[0]], real: order.map { values[$0!] })
    }
    if current == nil { current = graph.append("input", .input(Input(shape: [inputs]))) }
    var parameters = [weights]
    if let bias = module.tensors["bias"], case .object = bias {
      parameters.append(
        try parameter(module, "bias", path) { Constant(shape: Shape($1), real: $0) })
    }
    try append(.dense(Dense()), path, parameters)
  }

  private mutating func addBatchNorm(_ module: Module, _ path: String) throws(Diagnostic) {
    var parameters: [Node.ID] = []
    for key in ["weight", "bias", "running_mean", "running_var"] {
      parameters.append(try parameter(module, key, path) { Constant(shape: Shape($1), real: $0) })
    }
    let epsilon = try number(module, "eps", path)
    try append(.batchNorm(BatchNorm(epsilon: Double(epsilon))), path, parameters)
  }
}

/// A pickled `torch.nn.Module`.
private struct Module {
  /// The class alone: `Linear`.
  let type: String
  let state: PickleDictionary
  /// Parameters and buffers.
  let tensors: PickleDictionary

  init?(_ value: PickleValue) {
    guard case .object(let object) = value, case .dictionary(let state)? = object.state else {
      return nil
    }
    var made = object.made
    // Old files keep the source of a class beside its name.
    if case .persistent(let items) = made, items.count >= 2 { made = items[1] }
    guard case .global(let name) = made, name.hasPrefix("torch.nn.modules.") else { return nil }
    type = String(name.split(separator: ".").last ?? "")
    self.state = state
    tensors = PickleDictionary()
    for key in ["_parameters", "_buffers"] {
      if let items = Module.items(state[key]) { tensors.items += items }
    }
  }

  private static func items(_ value: PickleValue?) -> [(key: PickleValue, value: PickleValue)]? {
    switch value {
    case .dictionary(let dictionary)?: dictionary.items
    case .object(let object)?: object.items.items
    default: nil
    }
  }

  func children(_ path: String, _ refusal: (String, String) -> Diagnostic) throws(Diagnostic)
    -> [(name: String, module: Module)]
  {
    var children: [(String, Module)] = []
    for item in Module.items(state["_modules"]) ?? [] {
      guard case .text(let name) = item.key, let module = Module(item.value) else {
        throw refusal(path, "one of its layers is no module of torch.nn")
      }
      children.append((name, module))
    }
    return children
  }
}
