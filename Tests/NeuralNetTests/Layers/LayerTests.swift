// Layers one by one.

import FixedPoint
import SeededRandom
import Testing

@testable import NeuralNetDouble

/// Runs one layer forward, then back with `outputGradient`; returns its output and the gradient of
/// its input.
private func run(
  _ layer: any Layer, _ input: [Real], outputGradient: [Real], noise: NoiseSource? = nil
) -> (output: [Real], inputGradient: [Real]) {
  let rows = input.count / layer.inputCounts[0]
  let output = RealBuffer(count: rows * layer.outputCount)
  let inputGradient = RealBuffer(count: input.count)
  let kept = RealBuffer(count: rows * layer.keptCount)
  let none = RealBuffer(count: 0)
  let (x, dy) = (RealBuffer(input), RealBuffer(outputGradient))
  withExtendedLifetime((x, dy, kept, none)) {
    layer.forward(
      ForwardPass(
        rows: rows, inputs: [UnsafePointer(x.base)], output: output.base, kept: kept.base,
        workspace: none.base, parameters: none.base, noise: noise, batch: nil))
    layer.backward(
      BackwardPass(
        rows: rows, inputs: [UnsafePointer(x.base)], output: output.base,
        outputGradient: dy.base, inputGradients: [inputGradient.base], kept: kept.base,
        workspace: none.base, parameters: none.base, gradients: none.base, batch: nil))
  }
  return (output.values, inputGradient.values)
}

struct LayerTests {
  @Test func reluCutsBelowZero() {
    let (output, gradient) = run(
      ActivationLayer(count: 4, function: .relu, alpha: 0), [-1, 0, 0.5, 9],
      outputGradient: [1, 1, 1, 1])
    #expect(output == [0, 0, 0.5, 9])
    #expect(gradient == [0, 0, 1, 1])
  }

  @Test func quantizersPassGradientsWithinTheirRange() {
    let quantizer = FakeQuantizer(
      Quantizer(.unsigned(2, fraction: 2), .halfEven, .saturate))!
    // The grid is 0, 0.25, 0.5, 0.75; 0.125 and 0.375 are ties.
    let (output, gradient) = run(
      QuantizerLayer(count: 7, quantizer: quantizer), [-1, 0.1, 0.125, 0.375, 0.75, 0.8, 5],
      outputGradient: [1, 1, 1, 1, 1, 1, 1])
    #expect(output == [0, 0, 0, 0.5, 0.75, 0.75, 0.75])
    #expect(gradient == [0, 1, 1, 1, 1, 0, 0])
  }

  @Test func dropoutKeepsTheMeanAndIsTheSameInAnyShard() {
    let layer = DropoutLayer(count: 1000, rate: 0.2, index: 3)
    let ones = [Real](repeating: 1, count: 4000)
    let noise = NoiseSource(seed: 9, step: 4, firstRow: 0)
    let (output, gradient) = run(layer, ones, outputGradient: ones, noise: noise)
    #expect(output == gradient)
    #expect(Set(output) == [0, 1.25])
    #expect(abs(output.reduce(0, +) / 4000 - 1) < 0.03)
    let shard = run(
      layer, Array(ones[..<2000]), outputGradient: Array(ones[..<2000]),
      noise: NoiseSource(seed: 9, step: 4, firstRow: 2))
    #expect(shard.output == Array(output[2000...]))
    let later = NoiseSource(seed: 9, step: 5, firstRow: 0)
    #expect(run(layer, ones, outputGradient: ones, noise: later).output != output)
  }

  @Test func dropoutDoesNothingOutsideOfTraining() {
    let values: [Real] = [1, -2, 3]
    let layer = DropoutLayer(count: 3, rate: 0.9, index: 0)
    #expect(run(layer, values, outputGradient: values).output == values)
  }

  @Test(arguments: Initializer.allCases) func initializersHaveTheirVariance(kind: Initializer) {
    var random = SeededRandom(seed: 1)
    let values = kind.values(count: 20_000, inputs: 200, outputs: 100, using: &random)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Real(values.count)
    let expected: Real? =
      switch kind {
      case .glorotUniform: 2 / 300
      case .heNormal, .heUniform: 2 / 200
      case .glorotNormal: 2 / 300
      case .lecunNormal, .lecunUniform: 1 / 200
      // Of a normal distribution cut at two deviations, 0.774 is left.
      case .truncatedNormal: 0.01 * 0.774
      case .zeros, .ones: nil
      }
    guard let expected else { return }
    #expect(abs(variance / expected - 1) < 0.05)
  }
}
