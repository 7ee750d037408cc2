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
  /// The parameters whose fractions are trained.
  package let trainableTensors: [TrainableTensor]

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
    builder.addInputWidths()
    let isSoftmaxImplied =
      if case .softmax = spec.layers.last?.kind { spec.layers.count > 1 } else { false }
    for layer in isSoftmaxImplied ? spec.layers.dropLast() : spec.layers[...] {
      try builder.add(layer)
    }
    if isSoftmaxImplied { builder.layerShapes.append(builder.last.shape) }
    guard builder.last.shape.count == 1,
      builder.parameters.contains(where: { $0.role == .kernel || $0.role == .table }),
      builder.last.value == builder.steps.count
    else { throw .networkOutput(builder.last.shape) }
    builder.placeWidths()
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
    trainableTensors = builder.trainableTensors
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
      if parameter.role == .width {
        for position in parameter.range { values[position] = parameter.start }
        continue
      }
      var random = SeededRandom(seed: seed, index)
      let outputs = parameter.channels
      let window = parameter.shape.dropLast(2).reduce(1, *)
      let first = parameter.initializer.values(
        count: parameter.count, inputs: max(parameter.count / outputs, 1),
        outputs: outputs * window, using: &random)
      values.replaceSubrange(parameter.range, with: first)
    }
    for step in steps { step.layer.initialize(&values) }
    return values
  }

  /// First parameters of this network, and those of `other` wherever it has the same tensor.
  package func adopting(_ values: [Real], of other: Network, seed: UInt64) -> [Real] {
    var result = initialParameters(seed: seed)
    for parameter in parameters {
      guard
        let source = other.parameters.first(where: {
          $0.name == parameter.name && $0.shape == parameter.shape
        })
      else { continue }
      result.replaceSubrange(parameter.range, with: values[source.range])
    }
    return result
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
    for tensor in trainableTensors {
      result.withUnsafeMutableBufferPointer {
        tensor.quantize(values, tensor.values.range, into: $0.baseAddress!)
      }
    }
    return result
  }
}
