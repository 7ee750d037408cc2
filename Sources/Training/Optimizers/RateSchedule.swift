// How the learning rate changes over a stage.

import Foundation

/// A factor on the optimizer's learning rate, by progress through the stage.
public enum RateSchedule: Hashable, Sendable {
  case constant
  /// Multiplied by `factor` after every `epochs` epochs.
  case step(factor: Float, epochs: Int)
  /// Falls along half a cosine from 1 to `final` at the last step (Loshchilov and Hutter, 2017).
  case cosine(final: Float)

  /// The factor for `step`, counted from 0, of a stage of `steps` steps.
  func factor(step: Int, of steps: Int, stepsPerEpoch: Int) -> Float {
    switch self {
    case .constant:
      return 1
    case .step(let factor, let epochs):
      return (0..<step / (stepsPerEpoch * epochs)).reduce(1) { product, _ in product * factor }
    case .cosine(let final):
      let progress = Double(step) / Double(max(steps - 1, 1))
      return final + (1 - final) * Float(0.5 * (1 + cos(Double.pi * progress)))
    }
  }
}
