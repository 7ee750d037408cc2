// How the learning rate changes over a stage.

import Foundation

/// A factor on the optimizer's learning rate, by progress through the stage (behind its warm-up, if
/// it has one).
public enum RateSchedule: Hashable, Sendable {
  case constant
  /// Multiplied by `factor` after every `epochs` epochs.
  case step(factor: Float, epochs: Int)
  /// The factor of the last piece that has begun; 1 before the first.
  case piecewise([Piece])
  /// factor^(epochs done / `epochs`), changing with every step: Keras' `ExponentialDecay`.
  case exponential(factor: Float, epochs: Int)
  /// Falls along half a cosine from 1 to `final` at the last step (Loshchilov and Hutter, 2017).
  case cosine(final: Float)
  /// From `initial` up to 1 over the share `rise` of the stage, then down to `final`, both along half
  /// a cosine (Smith and Topin, 2018; numbers as in PyTorch's `OneCycleLR`).
  case oneCycle(initial: Float = 0.04, rise: Float = 0.3, final: Float = 4e-6)

  /// A part of a piecewise schedule.
  public struct Piece: Hashable, Sendable {
    /// First epoch, counted from 1.
    public var epoch: Int
    public var factor: Float

    public init(epoch: Int, factor: Float) {
      self.epoch = epoch
      self.factor = factor
    }
  }

  /// The factor for `step`, counted from 0, of a stage of `steps` steps.
  func factor(step: Int, of steps: Int, stepsPerEpoch: Int) -> Float {
    switch self {
    case .constant:
      return 1
    case .step(let factor, let epochs):
      return Float(power(Double(factor), step / (stepsPerEpoch * epochs)))
    case .piecewise(let pieces):
      let epoch = step / stepsPerEpoch + 1
      return pieces.last { $0.epoch <= epoch }?.factor ?? 1
    case .exponential(let factor, let epochs):
      return Float(pow(Double(factor), Double(step) / Double(stepsPerEpoch * epochs)))
    case .cosine(let final):
      return cosine(from: 1, to: final, at: Double(step) / Double(max(steps - 1, 1)))
    case .oneCycle(let initial, let rise, let final):
      let top = Double(rise) * Double(steps) - 1
      let last = Double(max(steps - 1, 1))
      if Double(step) <= top { return cosine(from: initial, to: 1, at: Double(step) / top) }
      return cosine(from: 1, to: final, at: (Double(step) - top) / (last - top))
    }
  }

  /// Half a cosine from `start` at 0 to `end` at 1.
  private func cosine(from start: Float, to end: Float, at progress: Double) -> Float {
    end + (start - end) * Float(0.5 * (1 + cos(Double.pi * progress)))
  }
}

/// How long the learning rate rises, linearly and step by step, to where its schedule begins.
public enum WarmUp: Hashable, Sendable {
  case steps(Int)
  case epochs(Int)

  func steps(stepsPerEpoch: Int) -> Int {
    switch self {
    case .steps(let count): count
    case .epochs(let count): count * stepsPerEpoch
    }
  }
}

extension Stage {
  /// The learning rate of `step`, counted from 0, of `steps`, before reductions on plateaus.
  func rate(step: Int, of steps: Int, stepsPerEpoch: Int) -> Float {
    let warmUp = min(self.warmUp?.steps(stepsPerEpoch: stepsPerEpoch) ?? 0, steps)
    let factor = schedule.factor(
      step: max(step - warmUp, 0), of: max(steps - warmUp, 1), stepsPerEpoch: stepsPerEpoch)
    let share = step < warmUp ? Float(step + 1) / Float(warmUp + 1) : 1
    return optimizer.rate * factor * share
  }
}
