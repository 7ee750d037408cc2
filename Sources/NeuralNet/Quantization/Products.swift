// Which numbers a network multiplies, and how many bits they have: what costs of widths count.

import Diagnostics
import FixedPoint

/// The multiplications of one layer: elements of its operand by rows of its kernel.
package struct ProductSite: Sendable {
  /// Where the number of bits of an element comes from.
  package enum Operand: Sendable {
    /// All elements have this many.
    case fixed(Int)
    case trained(WidthQuantizerLayer)
  }

  /// Where the fraction bits of a weight come from.
  package enum Weights: Sendable {
    case fixed(FakeQuantizer)
    case trained(TrainableTensor)
  }

  /// An element that is multiplied by a row of the kernel. A convolution has one for every place of
  /// every window.
  package struct Read: Sendable {
    package let element: Int
    package let row: Int
  }

  package let layer: String
  /// Outputs stand on the last axis; all others together are the rows.
  package let kernel: Parameter
  package let bias: TrainableTensor?
  package let operand: Operand
  package let weights: Weights
  package let elementCount: Int
  package let reads: [Read]
  /// Whether the operand is what the network reads: its quantizer costs no adders.
  package let readsInput: Bool

  package var outputCount: Int { kernel.channels }
  package var rowCount: Int { kernel.count / kernel.channels }

  /// Bits of the element at `index`.
  package func bits(_ index: Int, _ parameters: UnsafePointer<Real>) -> Int {
    switch operand {
    case .fixed(let bits): bits
    case .trained(let layer): layer.bits(index, parameters).width
    }
  }

  /// The whole fraction bits of the weight at `index`.
  package func fractionBits(_ index: Int, _ parameters: UnsafePointer<Real>) -> Int {
    switch weights {
    case .fixed(let quantizer): quantizer.quantizer.format.fraction
    case .trained(let tensor): tensor.fractionBits(index, parameters)
    }
  }
}

extension Network {
  /// The multiplications of every dense layer and every convolution.
  package func productSites() throws(Diagnostic) -> [ProductSite] {
    var sites: [ProductSite] = []
    for step in steps {
      let kernel: Parameter
      let reads: [ProductSite.Read]
      switch step.layer {
      case let layer as DenseLayer:
        kernel = layer.kernel
        reads = (0..<layer.inputCount).map { .init(element: $0, row: $0) }
      case let layer as ConvLayer:
        guard layer.groups == 1 else { throw .costOfGroups(step.name) }
        kernel = layer.kernel
        reads = layer.reads
      case is DepthwiseLayer: throw .costOfGroups(step.name)
      default: continue
      }
      sites.append(try site(step, kernel, reads))
    }
    return sites
  }

  private func site(
    _ step: Step, _ kernel: Parameter, _ reads: [ProductSite.Read]
  ) throws(Diagnostic) -> ProductSite {
    guard let operand = operand(step.operands[0]) else { throw .costOfFloats(step.name) }
    let trained = trainableTensors.first { $0.values == kernel }
    let fixed = quantization?.quantizer(of: kernel).flatMap(FakeQuantizer.init)
    guard let weights = trained.map(ProductSite.Weights.trained) ?? fixed.map({ .fixed($0) }) else {
      throw .costOfFloats(step.name)
    }
    return ProductSite(
      layer: step.name, kernel: kernel,
      bias: trainableTensors.first { $0.values.layer == step.name && $0.values.role == .bias },
      operand: operand, weights: weights, elementCount: step.layer.inputCounts[0], reads: reads,
      readsInput: isInput(step.operands[0]))
  }

  /// The bits of a value; nil where it is in floating point.
  private func operand(_ value: Int) -> ProductSite.Operand? {
    if value == 0 { return quantization?.input.last.map { .fixed($0.format.width) } }
    switch steps[value - 1].layer {
    case let layer as WidthQuantizerLayer: return .trained(layer)
    case let layer as QuantizerLayer: return .fixed(layer.quantizer.quantizer.format.width)
    default: return nil
    }
  }

  private func isInput(_ value: Int) -> Bool {
    value == 0 || steps[value - 1].name == LayerSpec.inputName
  }
}

extension ConvLayer {
  /// Every place of every window that is not padding.
  fileprivate var reads: [ProductSite.Read] {
    let places = geometry.rows.size * geometry.columns.size
    var reads: [ProductSite.Read] = []
    geometry.forEachPlace { place, source in
      guard let source else { return }
      for channel in 0..<geometry.channels {
        reads.append(
          .init(
            element: source + channel, row: place % places * geometry.channels + channel))
      }
    }
    return reads
  }
}
