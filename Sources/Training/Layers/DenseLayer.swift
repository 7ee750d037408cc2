// Fully connected layers.

/// `output` = `input` · kernel + bias; the kernel has shape inputs × outputs.
struct DenseLayer: Layer {
  let inputCount: Int
  let outputCount: Int
  let kernel: Parameter
  let bias: Parameter

  func forward(_ pass: ForwardPass) {
    let bias = pass.parameters + bias.offset
    for row in 0..<pass.rows {
      (pass.output + row * outputCount).update(from: bias, count: outputCount)
    }
    Matrix.multiply(
      Matrix(pass.input, pass.rows, inputCount), weights(pass.parameters), into: pass.output,
      adding: true)
  }

  func backward(_ pass: BackwardPass) {
    let outputGradient = Matrix(pass.outputGradient, pass.rows, outputCount)
    Matrix.multiply(
      Matrix(pass.input, pass.rows, inputCount).transposed, outputGradient,
      into: pass.gradients + kernel.offset)
    let biasGradient = pass.gradients + bias.offset
    biasGradient.update(repeating: 0, count: outputCount)
    for row in 0..<pass.rows {
      let gradient = pass.outputGradient + row * outputCount
      for column in 0..<outputCount { biasGradient[column] += gradient[column] }
    }
    if let inputGradient = pass.inputGradient {
      Matrix.multiply(
        outputGradient, weights(pass.parameters).transposed, into: inputGradient)
    }
  }

  private func weights(_ parameters: UnsafePointer<Float>) -> Matrix {
    Matrix(parameters + kernel.offset, inputCount, outputCount)
  }
}
