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
  /// Tensors whose widths are trained; they need no quantizer above.
  public var widths: WidthPlan?
  /// Weights stay so small that every sum of a layer fits this many bits, with its sign.
  public var accumulatorBits: Int?

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
    activations: Quantizer? = nil, layers: [LayerOverride] = [], widths: WidthPlan? = nil,
    accumulatorBits: Int? = nil
  ) {
    self.input = input
    self.weights = weights
    self.biases = biases
    self.activations = activations
    self.layers = layers
    self.widths = widths
    self.accumulatorBits = accumulatorBits
  }

  /// The fixed quantizer of a parameter; nil where it is in floating point or its widths are trained.
  public func quantizer(of parameter: Parameter) -> Quantizer? {
    let override = override(of: parameter.layer)
    switch parameter.role {
    case .kernel, .table: return override?.weights ?? (widths?.weights == nil ? weights : nil)
    case .bias: return override?.biases ?? (widths?.biases == nil ? biases : nil)
    case .normalization, .statistic, .width: return nil
    }
  }

  /// How the widths of a parameter are trained; nil where they are not.
  public func trainableWidths(of parameter: Parameter) -> TrainableWidths? {
    let override = override(of: parameter.layer)
    switch parameter.role {
    case .kernel, .table: return override?.weights == nil ? widths?.weights : nil
    case .bias: return override?.biases == nil ? widths?.biases : nil
    case .normalization, .statistic, .width: return nil
    }
  }

  /// The fixed quantizer of a layer's result: its own, or the network's if the result is an
  /// activation.
  public func outputQuantizer(of layer: LayerSpec) -> Quantizer? {
    if let own = override(of: layer.name)?.activations { return own }
    return layer.kind.definition.isActivation && widths?.activations == nil ? activations : nil
  }

  /// How the widths of a layer's result are trained; nil where they are not.
  public func trainableOutput(of layer: LayerSpec) -> TrainableWidths? {
    layer.kind.definition.isActivation && override(of: layer.name)?.activations == nil
      ? widths?.activations : nil
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
