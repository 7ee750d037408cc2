// Which tensors of a network are fixed-point while it is trained, and how.

import FixedPoint

/// The quantizers of a network, by default and by layer; nil leaves a tensor in floating point.
public struct QuantizationPlan: Hashable, Sendable {
  /// Applied to the prepared input one after another. The first makes numbers exact; a narrower one
  /// behind it, e.g. `u4f4 floor` behind `u8f8`, drops low bits for nothing in hardware.
  public var input: [Quantizer]
  /// Kernels.
  public var weights: Quantizer?
  public var biases: Quantizer?
  /// Results of activation layers.
  public var activations: Quantizer?
  /// What differs in single layers.
  public var layers: [LayerOverride]

  /// The quantizers of one layer where they differ from the network's.
  public struct LayerOverride: Hashable, Sendable {
    public var layer: String
    public var weights: Quantizer?
    public var biases: Quantizer?
    public var activations: Quantizer?

    public init(
      layer: String, weights: Quantizer? = nil, biases: Quantizer? = nil,
      activations: Quantizer? = nil
    ) {
      self.layer = layer
      self.weights = weights
      self.biases = biases
      self.activations = activations
    }
  }

  public init(
    input: [Quantizer] = [], weights: Quantizer? = nil, biases: Quantizer? = nil,
    activations: Quantizer? = nil, layers: [LayerOverride] = []
  ) {
    self.input = input
    self.weights = weights
    self.biases = biases
    self.activations = activations
    self.layers = layers
  }

  public func quantizer(of parameter: Parameter) -> Quantizer? {
    let override = override(of: parameter.layer)
    switch parameter.role {
    case .kernel: return override?.weights ?? weights
    case .bias: return override?.biases ?? biases
    case .normalization, .statistic, .width: return nil
    }
  }

  /// The quantizer of a layer's result: its own, or the network's if the result is an activation.
  public func outputQuantizer(of layer: LayerSpec) -> Quantizer? {
    override(of: layer.name)?.activations
      ?? (layer.kind.definition.isActivation ? activations : nil)
  }

  private func override(of layer: String) -> LayerOverride? {
    layers.first { $0.layer == layer }
  }

  /// Every quantizer of the plan.
  package var all: [Quantizer] {
    input
      + ([weights, biases, activations]
      + layers.flatMap { [$0.weights, $0.biases, $0.activations] }).compactMap(\.self)
  }
}
