// How a gradient changes parameters: one simple loop for each kind of update.

import COpenBLAS

/// What one step does to every parameter alike.
enum OptimizerUpdate {
  /// value -= rate · gradient
  case descent(rate: Float)
  /// speed = momentum · speed - rate · gradient; value += speed, or, by Nesterov,
  /// value += momentum · speed - rate · gradient
  case momentum(rate: Float, momentum: Float, nesterov: Bool)
  /// square follows gradient² (and mean the gradient, if centered);
  /// value -= rate · gradient / (√(square - mean² + epsilonInRoot) + epsilon), with momentum or not
  case rmsprop(
    rate: Float, rho: Float, momentum: Float, epsilonInRoot: Float, epsilon: Float,
    isCentered: Bool)
  /// mean follows the gradient, square gradient²; value = kept · value - rate · mean / (√square +
  /// epsilon). `rate` includes the correction for the moments' bias, `kept` is what weight decay
  /// leaves of a value.
  case adam(
    rate: Float, beta1: Float, beta2: Float, epsilon: Float, kept: Float, isAMSGrad: Bool)

  /// Changes `count` parameters, given their gradients and the optimizer's memory of them.
  func apply(
    to values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int
  ) {
    switch self {
    case .descent(let rate):
      for index in 0..<count { values[index] -= rate * gradients[index] }
    case .momentum(let rate, let momentum, let nesterov):
      let velocity = state[0]
      for index in 0..<count {
        let step = rate * gradients[index]
        let speed = momentum * velocity[index] - step
        velocity[index] = speed
        values[index] += nesterov ? momentum * speed - step : speed
      }
    case .rmsprop:
      applyRMSprop(to: values, gradients, state, count)
    case .adam(let rate, let beta1, let beta2, let epsilon, let kept, let isAMSGrad):
      let (mean, square) = (state[0], state[1])
      let (share1, share2) = (1 - beta1, 1 - beta2)
      if isAMSGrad {
        let largest = state[2]
        for index in 0..<count {
          let gradient = gradients[index]
          let m = mean[index] + (gradient - mean[index]) * share1
          let v = square[index] + (gradient * gradient - square[index]) * share2
          let top = max(largest[index], v)
          mean[index] = m
          square[index] = v
          largest[index] = top
          values[index] = kept * values[index] - rate * m / (nncc_sqrt(top) + epsilon)
        }
        return
      }
      for index in 0..<count {
        let gradient = gradients[index]
        let m = mean[index] + (gradient - mean[index]) * share1
        let v = square[index] + (gradient * gradient - square[index]) * share2
        mean[index] = m
        square[index] = v
        values[index] = kept * values[index] - rate * m / (nncc_sqrt(v) + epsilon)
      }
    }
  }

  private func applyRMSprop(
    to values: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    _ state: [UnsafeMutablePointer<Float>], _ count: Int
  ) {
    guard
      case .rmsprop(
        let rate, let rho, let momentum, let epsilonInRoot, let epsilon, let isCentered) = self
    else { return }
    let square = state[0]
    let mean = isCentered ? state[state.count - 1] : square
    let velocity = momentum == 0 ? nil : state[1]
    let share = 1 - rho
    if velocity == nil, !isCentered {
      for index in 0..<count {
        let gradient = gradients[index]
        let v = rho * square[index] + share * gradient * gradient
        square[index] = v
        values[index] -= rate * gradient / (nncc_sqrt(v + epsilonInRoot) + epsilon)
      }
      return
    }
    for index in 0..<count {
      let gradient = gradients[index]
      let v = rho * square[index] + share * gradient * gradient
      square[index] = v
      var spread = v
      if isCentered {
        let average = rho * mean[index] + share * gradient
        mean[index] = average
        spread -= average * average
      }
      let step = rate * gradient / (nncc_sqrt(spread + epsilonInRoot) + epsilon)
      if let velocity {
        let speed = momentum * velocity[index] + step
        velocity[index] = speed
        values[index] -= speed
      } else {
        values[index] -= step
      }
    }
  }
}
