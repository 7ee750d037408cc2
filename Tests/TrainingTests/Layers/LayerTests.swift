// Layers one by one.

import FixedPoint
import SeededRandom
import Testing

@testable import Training

/// Runs one layer forward, then back with `outputGradient`; returns its output and the gradient of
/// its input.
private func run(
  _ layer: any Layer, _ input: [Float], outputGradient: [Float], noise: NoiseSource? = nil
) -> (output: [Float], inputGradient: [Float]) {
  let rows = input.count / layer.inputCount
  let output = FloatBuffer(count: rows * layer.outputCount)
  let inputGradient = FloatBuffer(count: input.count)
  let scratch = FloatBuffer(count: layer.scratchCount(rows: rows))
  let none = FloatBuffer(count: 0)
  let (x, dy) = (FloatBuffer(input), FloatBuffer(outputGradient))
  withExtendedLifetime((x, dy, scratch, none)) {
    layer.forward(
      ForwardPass(
        rows: rows, input: x.base, output: output.base, scratch: scratch.base,
        parameters: none.base, noise: noise))
    layer.backward(
      BackwardPass(
        rows: rows, input: x.base, outputGradient: dy.base, inputGradient: inputGradient.base,
        scratch: scratch.base, parameters: none.base, gradients: none.base))
  }
  return (output.values, inputGradient.values)
}

struct LayerTests {
  @Test func reluCutsBelowZero() {
    let (output, gradient) = run(
      ReLULayer(count: 4, quantizer: nil), [-1, 0, 0.5, 9], outputGradient: [1, 1, 1, 1])
    #expect(output == [0, 0, 0.5, 9])
    #expect(gradient == [0, 0, 1, 1])
  }

  @Test func quantizedReluPassesGradientsWithinItsRange() {
    let quantizer = FakeQuantizer(Quantizer(spelling: "quantized_relu(2,0)")!)
    // The grid is 0, 0.25, 0.5, 0.75; 0.125 and 0.375 are ties.
    let (output, gradient) = run(
      ReLULayer(count: 7, quantizer: quantizer), [-1, 0.1, 0.125, 0.375, 0.75, 0.8, 5],
      outputGradient: [1, 1, 1, 1, 1, 1, 1])
    #expect(output == [0, 0, 0, 0.5, 0.75, 0.75, 0.75])
    #expect(gradient == [0, 1, 1, 1, 1, 0, 0])
  }

  @Test func dropoutKeepsTheMeanAndIsTheSameInAnyShard() {
    let layer = DropoutLayer(count: 1000, rate: 0.2, index: 3)
    let ones = [Float](repeating: 1, count: 4000)
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
    let values: [Float] = [1, -2, 3]
    let layer = DropoutLayer(count: 3, rate: 0.9, index: 0)
    #expect(run(layer, values, outputGradient: values).output == values)
  }

  @Test(arguments: Initializer.allCases) func initializersHaveTheirVariance(kind: Initializer) {
    var random = SeededRandom(seed: 1)
    let values = kind.values(count: 20_000, inputs: 200, outputs: 100, using: &random)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
    let expected: Float =
      switch kind {
      case .glorotUniform: 2 / 300
      case .heNormal, .heUniform: 2 / 200
      case .lecunNormal, .lecunUniform: 1 / 200
      }
    #expect(abs(variance / expected - 1) < 0.05)
  }
}
