// Fixed-point values between layers.

/// Rounds values to the grids of fixed quantizers.
///
/// Gradients pass straight through the rounding (Bengio, Léonard and Courville, 2013), except, as in
/// QKeras, beyond the ends of the grid.
struct QuantizerLayer: Layer {
  let count: Int
  let quantizer: FakeQuantizer

  var inputCounts: [Int] { [count] }
  var outputCount: Int { count }
  var isPerSample: Bool { true }

  func forward(_ pass: ForwardPass) {
    quantizer.quantize(pass.input, into: pass.output, count: pass.rows * count)
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    let (lowest, highest) = (quantizer.lowest, quantizer.highest)
    for index in 0..<pass.rows * count {
      let (x, gradient) = (pass.input[index], pass.outputGradient[index])
      inputGradient[index] = (x >= lowest ? gradient : 0) * (x <= highest ? 1 : 0)
    }
  }
}
