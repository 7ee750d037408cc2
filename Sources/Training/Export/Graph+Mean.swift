// Means in fixed point.

import GraphIR
import NeuralNet

extension Graph {
  /// Appends the means of windows without padding as fixed-point hardware makes them, and as quantized
  /// networks are trained: sums, times a constant for the reciprocal of their count.
  mutating func appendMean(_ name: String, of operand: Node.ID, _ window: PoolWindow) -> Node.ID {
    let sum = append(freshName("\(name)_sum"), .sumPool(SumPool(window)), [operand])
    let reciprocal = Reciprocal(of: window.size.reduce(1, *))
    let constant = append(
      freshName("\(name)/reciprocal"),
      .constant(
        Constant(
          shape: [1], fixed: [reciprocal.integer], format: TensorFormat(reciprocal.format))))
    return append(freshName(name), .multiply(Multiply()), [sum, constant])
  }
}
