// A network built for one shape of input: layers ready to run and the layout of their parameters.

import Diagnostics
import FixedPoint
import SeededRandom

/// A network that can be trained and run; its parameters are an array beside it.
public struct Network: Sendable {
  public let spec: NetworkSpec
  /// Fixed-point arithmetic that training imitates; nil while the network is in floating point.
  public let quantization: QuantizationPlan?
  public let parameters: [Parameter]
  /// The result of every layer of the spec, in its order: its shape, channels last.
  public let layerShapes: [[Int]]
  /// Number of logits.
  public let classCount: Int

  /// Training keeps up to seven floats for each: 2 GB.
  package static let largestParameterCount = 1 << 26
  /// Most values between layers that a batch may have: 4 GB with their gradients.
  package static let largestActivationCount = 1 << 29

  package let steps: [Step]
  package let inputCount: Int
  package let parameterCount: Int
  /// Size of a shard's array of partial gradients.
  let partialCount: Int

  /// A layer that runs. Value 0 is the network's input, value i + 1 the result of step i.
  package struct Step: Sendable {
    /// Name of the layer of the spec it belongs to.
    package let name: String
    package let layer: any Layer
    package let operands: [Int]
  }

  public init(
    _ spec: NetworkSpec, quantization: QuantizationPlan? = nil
  ) throws(Diagnostic) {
    if let unusable = quantization?.all.first(where: { FakeQuantizer($0) == nil }) {
      throw .quantizerUntrainable(unusable)
    }
    var builder = Builder(inputShape: spec.inputShape, quantization: quantization)
    let isSoftmaxImplied =
      if case .softmax = spec.layers.last?.kind { spec.layers.count > 1 } else { false }
    for layer in isSoftmaxImplied ? spec.layers.dropLast() : spec.layers[...] {
      try builder.add(layer)
    }
    if isSoftmaxImplied { builder.layerShapes.append(builder.last.shape) }
    guard builder.last.shape.count == 1,
      builder.parameters.contains(where: { $0.role == .kernel }),
      builder.last.value == builder.steps.count
    else { throw .networkOutput(builder.last.shape) }
    guard builder.parameterCount <= Network.largestParameterCount else {
      throw .networkTooLarge(builder.parameterCount)
    }
    self.spec = spec
    self.quantization = quantization
    parameters = builder.parameters
    layerShapes = builder.layerShapes
    classCount = builder.last.shape[0]
    steps = builder.steps
    inputCount = spec.inputShape.reduce(1, *)
    parameterCount = builder.parameterCount
    partialCount = builder.partialCount
  }

  /// Values of one sample: of the input, then of every step's result.
  package var valueCounts: [Int] { [inputCount] + steps.map(\.layer.outputCount) }

  /// Whether a batch of this size is reasonable.
  package func fits(batch: Int) -> Bool {
    valueCounts.reduce(0, +) * batch <= Network.largestActivationCount
  }

  /// First parameters, as their layers ask.
  package func initialParameters(seed: UInt64) -> [Real] {
    var values = [Real](repeating: 0, count: parameterCount)
    for (index, parameter) in parameters.enumerated() {
      var random = SeededRandom(seed: seed, index)
      let outputs = parameter.channels
      let window = parameter.shape.dropLast(2).reduce(1, *)
      let first = parameter.initializer.values(
        count: parameter.count, inputs: max(parameter.count / outputs, 1),
        outputs: outputs * window, using: &random)
      values.replaceSubrange(parameter.range, with: first)
    }
    return values
  }

  /// The quantizer of each parameter tensor, in their order.
  package var parameterQuantizers: [FakeQuantizer?] {
    parameters.map { quantization?.quantizer(of: $0).flatMap(FakeQuantizer.init) }
  }

  /// What the hardware will hold: `values` on the grids of their quantizers.
  package func quantized(_ values: [Real]) -> [Real] {
    var result = values
    for (parameter, quantizer) in zip(parameters, parameterQuantizers) {
      guard let quantizer else { continue }
      result.withUnsafeMutableBufferPointer { buffer in
        quantizer.quantize(buffer.baseAddress! + parameter.offset, count: parameter.count)
      }
    }
    return result
  }

  /// Appends layers one by one, keeping count of values, shapes and parameters.
  private struct Builder {
    /// Where the result of a layer is.
    struct Result {
      let value: Int
      let shape: [Int]
    }

    let quantization: QuantizationPlan?
    private var results: [String: Result]
    var last: Result
    var steps: [Step] = []
    var parameters: [Parameter] = []
    var layerShapes: [[Int]] = []
    var parameterCount = 0
    var partialCount = 0

    init(inputShape: [Int], quantization: QuantizationPlan?) {
      self.quantization = quantization
      last = Result(value: 0, shape: inputShape)
      results = [LayerSpec.inputName: last]
    }

    mutating func add(_ spec: LayerSpec) throws(Diagnostic) {
      var operands: [Result] = []
      for input in spec.inputs {
        guard let result = results[input] else { throw .layerUnknown(spec.name, reads: input) }
        operands.append(result)
      }
      if operands.isEmpty { operands = [last] }
      var site = LayerSite(
        name: spec.name, inputShapes: operands.map(\.shape), isQuantized: quantization != nil,
        index: steps.count, parameterCount: parameterCount, partialCount: partialCount)
      let built = try spec.kind.definition.build(&site)
      (parameterCount, partialCount) = site.counts
      parameters += site.parameters
      var value = operands[0].value
      if let layer = built.layer { value = append(spec.name, layer, operands.map(\.value)) }
      if let quantizer = quantization?.outputQuantizer(of: spec).flatMap(FakeQuantizer.init) {
        let count = built.shape.reduce(1, *)
        value = append(spec.name, QuantizerLayer(count: count, quantizer: quantizer), [value])
      }
      last = Result(value: value, shape: built.shape)
      results[spec.name] = last
      layerShapes.append(built.shape)
    }

    private mutating func append(
      _ name: String, _ layer: any Layer, _ operands: [Int]
    ) -> Int {
      steps.append(Step(name: name, layer: layer, operands: operands))
      return steps.count
    }
  }
}
