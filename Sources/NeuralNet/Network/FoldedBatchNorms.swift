// Merging batch normalizations into the layers in front of them, while a network is trained.

import Diagnostics

/// A batch normalization that is the only reader of a layer with a kernel.
package struct FoldableNorm: Hashable, Sendable {
  package let layer: String
  package let norm: String
}

extension NetworkSpec {
  /// The batch normalizations that can be merged into the layers in front of them.
  package var foldableNorms: [FoldableNorm] {
    let operands = operandNames
    return layers.indices.compactMap { index in
      guard case .batchNorm = layers[index].kind, let source = operands[index].first,
        layers.first(where: { $0.name == source })?.kind.definition.hasKernel == true,
        operands.joined().count(where: { $0 == source }) == 1
      else { return nil }
      return FoldableNorm(layer: source, norm: layers[index].name)
    }
  }

  /// The same network without its foldable batch normalizations; the layers in front of them have
  /// biases instead.
  ///
  /// | before                                | after              |
  /// |---------------------------------------|--------------------|
  /// | `conv1` (no bias) → `bn1` → `relu1`   | `conv1` → `relu1`  |
  package var foldingBatchNorms: NetworkSpec {
    let folds = foldableNorms
    let operands = operandNames
    var result = self
    result.layers = []
    for (index, layer) in layers.enumerated()
    where !folds.contains(where: { $0.norm == layer.name }) {
      var layer = layer
      let names = operands[index].map { name in
        folds.first { $0.norm == name }?.layer ?? name
      }
      let before = result.layers.last?.name ?? LayerSpec.inputName
      if !layer.inputs.isEmpty || names != [before] { layer.inputs = names }
      if folds.contains(where: { $0.layer == layer.name }) { layer.kind.addBias() }
      result.layers.append(layer)
    }
    return result
  }

  /// What every layer reads, by name.
  package var operandNames: [[String]] {
    layers.indices.map { index in
      if !layers[index].inputs.isEmpty { return layers[index].inputs }
      return [index == 0 ? LayerSpec.inputName : layers[index - 1].name]
    }
  }
}

extension LayerKind {
  fileprivate mutating func addBias() {
    switch self {
    case .dense(var spec):
      spec.hasBias = true
      self = .dense(spec)
    case .conv(var spec):
      spec.hasBias = true
      self = .conv(spec)
    case .flatten, .pool, .globalPool, .batchNorm, .activation, .softmax, .dropout, .add, .concat,
      .table:
      preconditionFailure("only layers with a kernel are in front of a foldable normalization")
    }
  }
}

extension Network {
  /// The parameters of this network, folded from `other`, for which `values` are the parameters:
  /// kernel · scale, and bias · scale + beta - mean · scale, with scale = gamma / √(variance + epsilon).
  package func folded(_ values: [Real], of other: Network) -> [Real] {
    var result = adopting(values, of: other, seed: 0)
    for fold in other.spec.foldableNorms {
      guard case .batchNorm(let norm) = other.kind(of: fold.norm) else { continue }
      func old(_ layer: String, _ part: String) -> ArraySlice<Real>? {
        other.parameter(layer, part).map { values[$0.range] }
      }
      guard let gamma = old(fold.norm, "gamma"), let beta = old(fold.norm, "beta"),
        let mean = old(fold.norm, "mean"), let variance = old(fold.norm, "variance"),
        let kernel = parameter(fold.layer, "kernel"), let bias = parameter(fold.layer, "bias")
      else { preconditionFailure("'\(fold.layer)' has no parameters to fold '\(fold.norm)' into") }
      let scale = zip(gamma, variance).map { $0 / ($1 + norm.epsilon).squareRoot() }
      for index in 0..<kernel.count {
        result[kernel.offset + index] *= scale[index % kernel.channels]
      }
      let start = Array(old(fold.layer, "bias") ?? [])
      for (channel, (beta, mean)) in zip(beta, mean).enumerated() {
        result[bias.offset + channel] =
          ((start.isEmpty ? 0 : start[channel]) - mean) * scale[channel] + beta
      }
    }
    return result
  }

  /// The parameter tensor `layer/part`; nil where there is none.
  package func parameter(_ layer: String, _ part: String) -> Parameter? {
    parameters.first { $0.layer == layer && $0.part == part }
  }

  private func kind(of layer: String) -> LayerKind? {
    spec.layers.first { $0.name == layer }?.kind
  }
}
