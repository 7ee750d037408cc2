// Activation functions that have other meanings, or no other, in QKeras.

import Diagnostics
import GraphIR

extension KerasImporter {
  /// The function that QKeras calls `word`; nil for those it takes from Keras.
  mutating func qkerasFunction(
    _ word: String, on x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID? {
    switch word {
    case "hard_sigmoid":
      return try append(.clip(Clip(low: 0, high: 1)), [halved(x, call)], call, word)
    case "hard_tanh": return try append(.clip(Clip(low: -1, high: 1)), [x], call, word)
    case "smooth_sigmoid": return try smoothSigmoid(x, call)
    case "smooth_tanh":
      let doubled = try append(
        .multiply(Multiply()), [try smoothSigmoid(x, call), try number(2, call)], call, "doubled")
      return try append(.subtract(Subtract()), [doubled, try number(1, call)], call, word)
    case "binary_tanh": return try sign(x, call, zeroIsPositive: false)
    case "binary_sigmoid":
      let minus = try number(-1, call)
      let negated = try append(.multiply(Multiply()), [x, minus], call, "negated")
      let isPositive = try append(QKerasStep.op, [negated], call, "step")
      return try append(.multiply(Multiply()), [isPositive, minus], call, word)
    default: return nil
    }
  }

  /// `3/16 · x + 1/2` between 0 and 1.
  private mutating func smoothSigmoid(
    _ x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    let scaled = try append(
      .multiply(Multiply()), [x, try number(0.1875, call)], call, "smooth_scaled")
    let shifted = try append(
      .add(Add()), [scaled, try number(0.5, call)], call, "smooth_shifted")
    return try append(.clip(Clip(low: 0, high: 1)), [shifted], call, "smooth_sigmoid")
  }
}
