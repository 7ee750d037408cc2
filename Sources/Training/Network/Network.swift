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
  /// Number of logits.
  public let classCount: Int

  /// Training keeps up to seven floats for each: 2 GB.
  static let largestParameterCount = 1 << 26
  /// Most values between layers that a batch may have: 4 GB with their gradients.
  static let largestActivationCount = 1 << 29

  let layers: [any Layer]
  let inputCount: Int
  let parameterCount: Int

  public init(
    _ spec: NetworkSpec, quantization: QuantizationPlan? = nil
  ) throws(Diagnostic) {
    if let unusable = quantization?.all.first(where: { FakeQuantizer($0) == nil }) {
      throw .quantizerUntrainable(unusable)
    }
    var builder = Builder(shape: spec.inputShape, quantization: quantization)
    for (index, layer) in spec.layers.enumerated() { try builder.add(layer, index: index) }
    guard builder.shape.count == 1, builder.parameters.contains(where: { $0.role == .kernel })
    else { throw .networkOutput(builder.shape) }
    guard builder.parameterCount <= Network.largestParameterCount else {
      throw .networkTooLarge(builder.parameterCount)
    }
    self.spec = spec
    self.quantization = quantization
    parameters = builder.parameters
    classCount = builder.shape[0]
    layers = builder.layers
    inputCount = spec.inputShape.reduce(1, *)
    parameterCount = builder.parameterCount
  }

  /// Appends layers one by one, keeping count of shapes and parameters.
  private struct Builder {
    var shape: [Int]
    let quantization: QuantizationPlan?
    var layers: [any Layer] = []
    var parameters: [Parameter] = []
    var parameterCount = 0

    mutating func add(_ spec: LayerSpec, index: Int) throws(Diagnostic) {
      let count = shape.reduce(1, *)
      switch spec {
      case .flatten:
        // Rows of the batch are vectors in memory already.
        shape = [count]
      case .dense(let name, let units, _):
        guard shape.count == 1 else { throw .layerNeedsVector(name, shape) }
        layers.append(
          DenseLayer(
            inputCount: count, outputCount: units,
            kernel: parameter(name, .kernel, [count, units]),
            bias: parameter(name, .bias, [units])))
        shape = [units]
      case .relu(let name):
        let quantizer = quantization?.activationQuantizer(of: name).flatMap(FakeQuantizer.init)
        layers.append(ReLULayer(count: count, quantizer: quantizer))
      case .dropout(_, let rate):
        layers.append(DropoutLayer(count: count, rate: rate, index: index))
      }
    }

    private mutating func parameter(
      _ layer: String, _ role: Parameter.Role, _ shape: [Int]
    ) -> Parameter {
      let parameter = Parameter(layer: layer, role: role, shape: shape, offset: parameterCount)
      // Every tensor starts at a cache line.
      parameterCount += (parameter.count + 15) / 16 * 16
      parameters.append(parameter)
      return parameter
    }
  }

  /// Whether a batch of this size is reasonable.
  func fits(batch: Int) -> Bool {
    layers.reduce(inputCount) { $0 + $1.outputCount } * batch <= Network.largestActivationCount
  }

  /// First parameters: kernels as their layers ask, biases zero.
  func initialParameters(seed: UInt64) -> [Float] {
    var values = [Float](repeating: 0, count: parameterCount)
    for (index, parameter) in parameters.enumerated() where parameter.role == .kernel {
      var random = SeededRandom(seed: seed, index)
      let outputs = parameter.shape[parameter.shape.count - 1]
      let kernel = initializer(of: parameter).values(
        count: parameter.count, inputs: parameter.count / outputs, outputs: outputs,
        using: &random)
      values.replaceSubrange(parameter.range, with: kernel)
    }
    return values
  }

  private func initializer(of parameter: Parameter) -> Initializer {
    for case .dense(parameter.layer, _, let initializer) in spec.layers { return initializer }
    return .glorotUniform
  }

  /// The quantizer of each parameter tensor, in their order.
  var parameterQuantizers: [FakeQuantizer?] {
    parameters.map { quantization?.quantizer(of: $0).flatMap(FakeQuantizer.init) }
  }

  /// What the hardware will hold: `values` on the grids of their quantizers.
  func quantized(_ values: [Float]) -> [Float] {
    var result = values
    for (parameter, quantizer) in zip(parameters, parameterQuantizers) {
      guard let quantizer else { continue }
      result.withUnsafeMutableBufferPointer { buffer in
        quantizer.quantize(buffer.baseAddress! + parameter.offset, count: parameter.count)
      }
    }
    return result
  }
}
