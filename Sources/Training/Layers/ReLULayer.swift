// Rectified linear units, with or without a fixed-point result.

/// `max(input, 0)`, then rounded to the grid of `quantizer`, if there is one.
///
/// Gradients pass straight through the rounding (Bengio, Léonard and Courville, 2013) where the input
/// is above zero and, as in QKeras, not beyond the largest value of the grid.
struct ReLULayer: Layer {
  let count: Int
  let quantizer: FakeQuantizer?

  var inputCount: Int { count }
  var outputCount: Int { count }

  func forward(_ pass: ForwardPass) {
    let count = pass.rows * count
    for index in 0..<count { pass.output[index] = max(pass.input[index], 0) }
    quantizer?.quantize(pass.output, count: count)
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    let highest = quantizer?.highest ?? .infinity
    for index in 0..<pass.rows * count {
      let input = pass.input[index]
      inputGradient[index] = input > 0 && input <= highest ? pass.outputGradient[index] : 0
    }
  }
}
