// Which optimizer a stage uses, and with what settings.

/// An optimizer as a recipe states it; defaults are those of Keras.
public enum Optimizer: Hashable, Sendable {
  /// Gradient descent with momentum (Polyak, 1964) or Nesterov's variant; a momentum of 0 is plain
  /// gradient descent.
  case sgd(rate: Float = 0.01, momentum: Float = 0, nesterov: Bool = false)
  /// Tieleman and Hinton, 2012. `isCentered` divides by the variance instead of the mean square.
  /// Keras takes the root of square + epsilon, MATLAB adds epsilon to the root.
  case rmsprop(
    rate: Float = 0.001, rho: Float = 0.9, momentum: Float = 0, epsilon: Float = 1e-7,
    isCentered: Bool = false, isEpsilonInRoot: Bool = true)
  /// Kingma and Ba, 2015. `weightDecay` is decoupled: Loshchilov and Hutter's AdamW, 2019.
  /// `isAMSGrad` keeps the largest second moment: Reddi, Kale and Kumar, 2018.
  case adam(
    rate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7,
    weightDecay: Float = 0, isAMSGrad: Bool = false)

  public static let adam = Optimizer.adam(rate: 0.001)

  /// The learning rate before any schedule.
  public var rate: Float {
    switch self {
    case .sgd(let rate, _, _), .rmsprop(let rate, _, _, _, _, _), .adam(let rate, _, _, _, _, _):
      rate
    }
  }

  /// Arrays of the parameters' size that the optimizer keeps from step to step.
  var stateCount: Int {
    switch self {
    case .sgd(_, let momentum, _): momentum == 0 ? 0 : 1
    case .rmsprop(_, _, let momentum, _, let isCentered, _):
      1 + (momentum == 0 ? 0 : 1) + (isCentered ? 1 : 0)
    case .adam(_, _, _, _, _, let isAMSGrad): isAMSGrad ? 3 : 2
    }
  }

  /// The update of step `step`, counted from 1, at learning rate `rate`.
  func update(step: Int, rate: Float) -> OptimizerUpdate {
    switch self {
    case .sgd(_, let momentum, let nesterov):
      return momentum == 0
        ? .descent(rate: rate) : .momentum(rate: rate, momentum: momentum, nesterov: nesterov)
    case .rmsprop(_, let rho, let momentum, let epsilon, let isCentered, let isEpsilonInRoot):
      return .rmsprop(
        rate: rate, rho: rho, momentum: momentum, epsilonInRoot: isEpsilonInRoot ? epsilon : 0,
        epsilon: isEpsilonInRoot ? 0 : epsilon, isCentered: isCentered)
    case .adam(_, let beta1, let beta2, let epsilon, let weightDecay, let isAMSGrad):
      // 1 - beta^step, the bias of moments that start at zero.
      let first = 1 - Float(power(Double(beta1), step))
      let second = 1 - Float(power(Double(beta2), step))
      return .adam(
        rate: rate * second.squareRoot() / first, beta1: beta1, beta2: beta2, epsilon: epsilon,
        kept: 1 - weightDecay * rate, isAMSGrad: isAMSGrad)
    }
  }
}

/// `base` to a whole power, by repeated squaring: the same on every machine.
func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return result
}
