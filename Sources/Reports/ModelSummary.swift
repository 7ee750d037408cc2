// What a model is made of: the layer table of `nncc inspect`.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// The layer table of a model: of a graph, or of rows that were gathered elsewhere.
public struct ModelSummary: Hashable, Sendable {
  public struct Layer: Hashable, Sendable {
    public var name: String
    /// What it computes: `dense, relu`.
    public var op: String
    /// Of the result for one sample.
    public var shape: Shape
    public var parameters = 0
    /// Parameters that training does not change by gradients: means and variances.
    public var nonTrainable = 0
    public var nonZero = 0
    /// Multiplications of a weight and an input per sample.
    public var products = 0
    /// Bits of all parameters in their formats; float32 counts as 32.
    public var parameterBits = 0
    /// Of the result.
    public var format: String

    public init(
      name: String, op: String, shape: Shape, parameters: Int = 0, nonTrainable: Int = 0,
      nonZero: Int = 0, products: Int = 0, parameterBits: Int = 0, format: String = "float"
    ) {
      self.name = name
      self.op = op
      self.shape = shape
      self.parameters = parameters
      self.nonTrainable = nonTrainable
      self.nonZero = nonZero
      self.products = products
      self.parameterBits = parameterBits
      self.format = format
    }
  }

  public var name: String
  public var layers: [Layer]
  public var classNames: [String]
  public var provenance: [Provenance]

  public init(
    name: String, layers: [Layer], classNames: [String] = [], provenance: [Provenance] = []
  ) {
    self.name = name
    self.layers = layers
    self.classNames = classNames
    self.provenance = provenance
  }

  public init(_ graph: Graph) throws(Diagnostic) {
    name = graph.name
    classNames = graph.classNames
    provenance = graph.provenance
    let shapes = try graph.inferShapes()
    var formats = [String](repeating: "float", count: graph.nodes.count)
    if let ranges = try? graph.inferRanges() {
      for id in graph.ids {
        if case .fixed(let range) = ranges[id.index], let format = range.format {
          formats[id.index] = ModelSummary.text(format)
        }
      }
    }
    layers = graph.ids.compactMap { id in
      let node = graph[id]
      if case .constant = node.op { return nil }
      var layer = Layer(
        name: node.name, op: node.steps.map(\.mnemonic).joined(separator: ", "),
        shape: shapes[id.index], format: formats[id.index])
      for (operand, input) in node.inputs.enumerated() {
        guard case .constant(let constant) = graph[ModelSummary.source(input, graph)].op else {
          continue
        }
        layer.add(constant)
        // The operands x, gamma, beta, mean, variance.
        if case .batchNorm = node.op, operand >= 3 { layer.nonTrainable += constant.shape.count }
      }
      layer.products = ModelSummary.products(node, shapes)
      return layer
    }
  }

  /// Multiplications of a weight and an input; those with padding do not count.
  private static func products(_ node: Node, _ shapes: [Shape]) -> Int {
    switch node.op {
    case .dense:
      return shapes[node.inputs[0].index].count * shapes[node.inputs[1].index].channels
    case .conv(let conv):
      return conv.products(
        input: shapes[node.inputs[0].index], kernel: shapes[node.inputs[1].index])
    default: return 0
    }
  }

  /// The constant behind quantizers of parameters.
  private static func source(_ id: Node.ID, _ graph: Graph) -> Node.ID {
    if case .quantize = graph[id].op { return source(graph[id].inputs[0], graph) }
    return id
  }

  private static func text(_ format: TensorFormat) -> String {
    if format.isUniform { return "\(format.formats[0])" }
    let widths = format.formats.map(\.width)
    return "\(widths.min()!)-\(widths.max()!) bits"
  }

  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  public var nonTrainable: Int { layers.reduce(0) { $0 + $1.nonTrainable } }
  public var nonZero: Int { layers.reduce(0) { $0 + $1.nonZero } }
  public var products: Int { layers.reduce(0) { $0 + $1.products } }
  public var parameterBits: Int { layers.reduce(0) { $0 + $1.parameterBits } }
  /// The share of parameters that are zero.
  public var sparsity: Double {
    parameters == 0 ? 0 : 1 - Double(nonZero) / Double(parameters)
  }

  /// Rows of the table for people, the header first.
  public var rows: [[String]] {
    var rows = [["layer", "op", "shape", "format", "params", "zero", "MACs", "bits"]]
    for layer in layers {
      rows.append(
        [layer.name, layer.op, "\(layer.shape)", layer.format]
          + cells(layer.parameters, layer.nonZero, layer.products, layer.parameterBits))
    }
    rows.append(["total", "", "", ""] + cells(parameters, nonZero, products, parameterBits))
    return rows
  }

  private func cells(_ parameters: Int, _ nonZero: Int, _ products: Int, _ bits: Int) -> [String] {
    if parameters == 0 && products == 0 { return ["", "", "", ""] }
    let zeros = 1 - Double(nonZero) / Double(max(parameters, 1))
    return ["\(parameters)", "\(Int((zeros * 100).rounded())) %", "\(products)", "\(bits)"]
  }

  public var json: JSONValue {
    .object(
      JSONObject([
        .init("name", .string(name)), .init("parameters", JSONValue(parameters)),
        .init("non_trainable", JSONValue(nonTrainable)),
        .init("non_zero", JSONValue(nonZero)), .init("sparsity", .double(sparsity)),
        .init("macs", JSONValue(products)), .init("parameter_bits", JSONValue(parameterBits)),
        .init("classes", JSONValue(classNames)),
        .init(
          "layers",
          .array(
            layers.map { layer in
              .object(
                JSONObject([
                  .init("name", .string(layer.name)), .init("op", .string(layer.op)),
                  .init("shape", JSONValue(layer.shape.extents)),
                  .init("format", .string(layer.format)),
                  .init("parameters", JSONValue(layer.parameters)),
                  .init("non_trainable", JSONValue(layer.nonTrainable)),
                  .init("non_zero", JSONValue(layer.nonZero)),
                  .init("macs", JSONValue(layer.products)),
                  .init("parameter_bits", JSONValue(layer.parameterBits)),
                ]))
            })),
        .init(
          "provenance",
          .object(JSONObject(provenance.map { .init($0.key, .string($0.value)) }))),
      ]))
  }
}

extension ModelSummary.Layer {
  fileprivate mutating func add(_ constant: Constant) {
    parameters += constant.shape.count
    switch constant.elements {
    case .real(let values):
      nonZero += values.count { $0 != 0 }
      parameterBits += 32 * values.count
    case .fixed(let values, let format):
      nonZero += values.count { $0 != 0 }
      parameterBits += values.indices.reduce(0) { $0 + format.format(of: $1).width }
    }
  }
}
