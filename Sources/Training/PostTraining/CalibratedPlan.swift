// Grids for quantization-aware training, taken from a trained model instead of being written down.

import Diagnostics
import FixedPoint
import Foundation
import GraphIR
import NeuralNet

extension QuantizationPlan {
  /// The plan that trains `model` on with ranges as its values have them now: TFLite's scheme of
  /// fake quantization, with power-of-two scales that stay as they are.
  ///
  /// Weights have a grid per layer, whatever the granularity, and biases 16 bits. Beside activations,
  /// means and what is added or joined have grids of their own, so that no layer reads wide sums.
  ///
  /// - Parameter samples: raw samples; the ranges of the input and of activations are theirs.
  public static func calibrated(
    _ model: TrainedModel, _ calibration: Calibration, samples: [[Double]]
  ) throws(Diagnostic) -> QuantizationPlan {
    guard !samples.isEmpty else { throw .calibrationSamplesMissing() }
    guard model.network.quantization == nil else { throw .alreadyQuantized(model.recipe.name) }
    guard calibration.scales == .powerOfTwo else { throw .calibratedScales(model.recipe.name) }
    let graph = model.graph()
    let activations = model.network.spec.layersWithGrid
    let watched = graph.ids.filter {
      graph.inputs.contains($0) || activations.contains(graph[$0].name)
    }
    let statistics = ActivationStatistics(graph, watched, samples: samples)
    func quantizer(_ id: Node.ID) -> Quantizer {
      let histogram = statistics.histograms[id.index]!
      let grid = Grid(isSigned: histogram.low < 0, bits: calibration.activationBits)
      return grid.quantizer(step: grid.step(for: histogram, calibration))
    }
    var plan = QuantizationPlan(input: graph.inputs.map(quantizer))
    for layer in model.network.spec.layers {
      var own = LayerOverride(layer: layer.name)
      for parameter in model.network.parameters where parameter.layer == layer.name {
        let values = model.masterParameters[parameter.range].map(Double.init)
        switch parameter.role {
        case .kernel:
          let grid = Grid(isSigned: true, bits: calibration.weightBits)
          own.weights = grid.quantizer(step: grid.step(for: Histogram(values), calibration))
        case .bias:
          let grid = Grid(isSigned: true, bits: 16)
          var whole = calibration
          whole.method = .minMax
          own.biases = grid.quantizer(step: grid.step(for: Histogram(values), whole))
        case .table, .normalization, .statistic, .width: break
        }
      }
      if activations.contains(layer.name),
        let id = graph.ids.first(where: { graph[$0].name == layer.name })
      {
        own.activations = quantizer(id)
      }
      if own != LayerOverride(layer: layer.name) { plan.layers.append(own) }
    }
    return plan
  }
}

extension NetworkSpec {
  /// Names of the layers whose results are rounded: activations, means, and operands of sums and
  /// concatenations that are neither rounded nor a choice of rounded values.
  fileprivate var layersWithGrid: [String] {
    let operands = operandNames
    var joined: Set<String> = []
    for (layer, names) in zip(layers, operands) {
      switch layer.kind {
      case .add, .concat: joined.formUnion(names)
      case .flatten, .dense, .conv, .pool, .globalPool, .batchNorm, .activation, .softmax, .dropout,
        .table:
        break
      }
    }
    return layers.filter { layer in
      switch layer.kind {
      case .activation: true
      case .pool(let pool): pool.kind == .average
      case .globalPool(let pool): pool.kind == .average
      case .dense, .conv, .batchNorm, .add: joined.contains(layer.name)
      case .flatten, .softmax, .dropout, .concat, .table: false
      }
    }.map(\.name)
  }
}

extension Grid {
  /// The quantizer to the grid with a step that is a power of two.
  func quantizer(step: Double) -> Quantizer {
    Quantizer(
      FixedFormat(signed: isSigned, width: bits, fraction: -Int(log2(step).rounded())), .halfEven,
      .saturate)
  }
}

extension Diagnostic {
  static func calibratedScales(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "quantize.training-scales", at: Location(path: model),
      "training goes on with power-of-two scales only, not with free ones",
      suggestion: "leave out \"scales\", or \"stages\" to quantize without training")
  }
}
