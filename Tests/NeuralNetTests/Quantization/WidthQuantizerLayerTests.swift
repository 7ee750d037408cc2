// Activations of trained widths, against formulas written one value at a time.

import FileFormats
import FixedPoint
import SeededRandom
import Testing

@testable import NeuralNetDouble

/// What happens to one value of i integer and f fraction bits: the result and its derivatives.
private struct Reference {
  var result = 0.0
  var slope = 0.0
  var fractionSlope = 0.0
  var integerSlope = 0.0

  init(_ x: Double, integer: Int, fraction: Int, isSigned: Bool, rounding: Rounding) {
    let step = pow2(-fraction)
    let hasBits = integer + fraction > 0
    let highest = hasBits ? pow2(integer) - step : 0
    let lowest = isSigned && hasBits ? -pow2(integer) : 0
    if x > highest {
      // The end of the range, 2^i - 2^-f.
      result = highest
      fractionSlope = step * 0.6931471805599453
      integerSlope = pow2(integer) * 0.6931471805599453
    } else if x < lowest {
      result = lowest
      integerSlope = isSigned ? -pow2(integer) * 0.6931471805599453 : 0
    } else {
      let steps = x / step
      result = (rounding == .floor ? steps.rounded(.down) : steps.rounded(.toNearestOrEven)) * step
      if !hasBits { result = 0 }
      slope = 1
      fractionSlope = (x - result) * 0.6931471805599453
    }
  }
}

private func pow2(_ exponent: Int) -> Double {
  Double(sign: .plus, exponent: exponent, significand: 1)
}

struct WidthQuantizerLayerTests {
  @Test(arguments: [Rounding.halfEven, .floor], [true, false])
  func followsTheFormulas(rounding: Rounding, isSigned: Bool) throws {
    for granularity in TrainableWidths.Granularity.allCases {
      let widths = TrainableWidths(
        granularity: granularity, fraction: 2, integer: 1, rounding: rounding)
      let plan = QuantizationPlan(widths: WidthPlan(activations: widths))
      let activation =
        isSigned ? #"{"type": "tanh", "name": "a"}"# : #"{"type": "relu", "name": "a"}"#
      var specs: [LayerSpec] = []
      for text in [activation, #"{"type": "dense", "name": "d", "units": 2}"#] {
        specs.append(try LayerSpec(try JSONField(parsing: text, file: "layer"), after: specs))
      }
      let network = try Network(
        NetworkSpec(inputShape: [6], preprocessing: Preprocessing(), layers: specs),
        quantization: plan)
      let layer = try #require(network.steps[1].layer as? WidthQuantizerLayer)
      #expect(layer.isSigned == isSigned)
      try check(layer, network, rounding)
    }
  }

  private func check(
    _ layer: WidthQuantizerLayer, _ network: Network, _ rounding: Rounding
  ) throws {
    var random = SeededRandom(seed: 5)
    let rows = 40
    let parameters = RealBuffer(network.initialParameters(seed: 1))
    for place in 0..<layer.fraction.count {
      parameters.base[layer.fraction.offset + place] = Double(random.below(7)) - 2.3
      parameters.base[layer.integer.offset + place] = Double(random.below(4)) - 1.2
    }
    let x = RealBuffer((0..<rows * 6).map { _ in 2 * Double(random.normal()) })
    let gradient = RealBuffer((0..<rows * 6).map { _ in Double(random.normal()) })
    let (y, dx) = (RealBuffer(count: rows * 6), RealBuffer(count: rows * 6))
    let (workspace, kept) = (RealBuffer(count: layer.workspaceCount), RealBuffer(count: 0))
    let gradients = RealBuffer(count: network.partialCount)
    layer.forward(
      ForwardPass(
        rows: rows, inputs: [UnsafePointer(x.base)], output: y.base, kept: kept.base,
        workspace: workspace.base, parameters: parameters.base, noise: nil, batch: nil))
    layer.backward(
      BackwardPass(
        rows: rows, inputs: [UnsafePointer(x.base)], output: y.base,
        outputGradient: gradient.base, inputGradients: [dx.base], kept: kept.base,
        workspace: workspace.base, parameters: parameters.base, gradients: gradients.base,
        batch: nil))
    var fractionSums = [Double](repeating: 0, count: layer.fraction.count)
    var integerSums = fractionSums
    for index in 0..<rows * 6 {
      let place = index % 6 % layer.fraction.count
      let reference = Reference(
        x.values[index],
        integer: Int(parameters.values[layer.integer.offset + place].rounded()),
        fraction: Int(parameters.values[layer.fraction.offset + place].rounded()),
        isSigned: layer.isSigned, rounding: rounding)
      #expect(y.values[index] == reference.result)
      #expect(dx.values[index] == reference.slope * gradient.values[index])
      fractionSums[place] += reference.fractionSlope * gradient.values[index]
      integerSums[place] += reference.integerSlope * gradient.values[index]
      let format = layer.format(index % 6, parameters.base)
      if format.width > 0 {
        let exact = Quantizer(format, rounding, .saturate)
        #expect(Double(exact.quantize(x.values[index])) * pow2(-format.fraction) == y.values[index])
      } else {
        #expect(y.values[index] == 0)
      }
    }
    for place in fractionSums.indices {
      #expect(
        abs(gradients.values[layer.fraction.partialOffset! + place] - fractionSums[place]) < 1e-9)
      #expect(
        abs(gradients.values[layer.integer.partialOffset! + place] - integerSums[place]) < 1e-9)
    }
  }
}
