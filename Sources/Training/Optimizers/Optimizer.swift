// How a gradient changes parameters.

/// An optimizer as a recipe states it; defaults are those of Keras.
public enum Optimizer: Hashable, Sendable {
  case sgd(rate: Float, momentum: Float, nesterov: Bool)
  case adam(rate: Float, beta1: Float, beta2: Float, epsilon: Float)

  public static let adam = Optimizer.adam(rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7)

  /// The learning rate before any schedule.
  public var rate: Float {
    switch self {
    case .sgd(let rate, _, _), .adam(let rate, _, _, _): rate
    }
  }

  /// Arrays of the parameters' size that the optimizer keeps from step to step.
  var stateCount: Int {
    switch self {
    case .sgd: 1
    case .adam: 2
    }
  }

  /// The update of step `step`, counted from 1, at learning rate `rate`.
  func update(step: Int, rate: Float) -> OptimizerUpdate {
    switch self {
    case .sgd(_, let momentum, let nesterov):
      return .momentum(rate: rate, momentum: momentum, nesterov: nesterov)
    case .adam(_, let beta1, let beta2, let epsilon):
      // 1 - beta^step, the bias of moments that start at zero.
      let first = 1 - Float(pow(Double(beta1), step))
      let second = 1 - Float(pow(Double(beta2), step))
      return .adam(
        rate: rate * second.squareRoot() / first, beta1: beta1, beta2: beta2, epsilon: epsilon)
    }
  }
}

/// What one step does to every parameter alike.
enum OptimizerUpdate {
  case momentum(rate: Float, momentum: Float, nesterov: Bool)
  /// `rate` includes the correction for the moments' bias.
  case adam(rate: Float, beta1: Float, beta2: Float, epsilon: Float)

  /// Changes `count` parameters, given their gradients and the optimizer's memory of them.
  func apply(
    to values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int
  ) {
    switch self {
    case .momentum(let rate, let momentum, let nesterov):
      let velocity = state[0]
      for index in 0..<count {
        let step = rate * gradients[index]
        let speed = momentum * velocity[index] - step
        velocity[index] = speed
        values[index] += nesterov ? momentum * speed - step : speed
      }
    case .adam(let rate, let beta1, let beta2, let epsilon):
      let (mean, square) = (state[0], state[1])
      let (share1, share2) = (1 - beta1, 1 - beta2)
      for index in 0..<count {
        let gradient = gradients[index]
        let m = mean[index] + (gradient - mean[index]) * share1
        let v = square[index] + (gradient * gradient - square[index]) * share2
        mean[index] = m
        square[index] = v
        values[index] -= rate * m / (v.squareRoot() + epsilon)
      }
    }
  }
}

/// `base` to a whole power, by repeated squaring: the same on every machine.
private func pow(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return result
}
