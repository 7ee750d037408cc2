// Dropout: learning not to rely on any single unit.

import SeededRandom

/// While training, sets a share `rate` of the units to zero and scales the others by 1/(1 - rate)
/// (Srivastava et al., 2014); otherwise does nothing.
struct DropoutLayer: Layer {
  let count: Int
  let rate: Float
  /// Tells the draws of this layer from those of the network's other layers.
  let index: Int

  var inputCount: Int { count }
  var outputCount: Int { count }

  /// The factor of every unit.
  func scratchCount(rows: Int) -> Int { rows * count }

  func forward(_ pass: ForwardPass) {
    guard let noise = pass.noise else {
      pass.output.update(from: pass.input, count: pass.rows * count)
      return
    }
    let kept = 1 / (1 - rate)
    for row in 0..<pass.rows {
      var random = SeededRandom(seed: noise.seed, noise.step, index, noise.firstRow + row)
      for unit in row * count..<(row + 1) * count {
        let factor = random.unit() < rate ? 0 : kept
        pass.scratch[unit] = factor
        pass.output[unit] = pass.input[unit] * factor
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    for index in 0..<pass.rows * count {
      inputGradient[index] = pass.outputGradient[index] * pass.scratch[index]
    }
  }
}
