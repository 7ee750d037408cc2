// Optimizers: one parameter through five gradients, against Keras.

import Testing

@testable import NeuralNet
@testable import Training

private let gradients: [Float] = [0.5, -0.25, 1, 0, -2]

/// One parameter, from 1, through `gradients`.
private func run(_ optimizer: Optimizer) -> [Float] {
  var value: Float = 1
  let state = (0..<optimizer.stateCount).map { _ in RealBuffer(count: 1) }
  return withExtendedLifetime(state) {
    gradients.enumerated().map { index, gradient in
      optimizer.update(step: index + 1, rate: optimizer.rate).apply(
        to: &value, gradients: [gradient], state: state.map(\.base), count: 1)
      return value
    }
  }
}

/// What Keras 3.15 makes of the same parameter and gradients, to the precision of its powers of beta.
private let keras: [(Optimizer, [Float])] = [
  (.sgd(rate: 0.5), [0.75, 0.875, 0.375, 0.375, 1.375]),
  (.sgd(rate: 0.5, momentum: 0.5), [0.75, 0.75, 0.25, 0, 0.875]),
  (.sgd(rate: 0.5, momentum: 0.5, nesterov: true), [0.625, 0.75, 0, -0.125, 1.3125]),
  (.rmsprop(rate: 0.1), [0.6837729, 0.8312145, 0.5493567, 0.5493567, 0.831647]),
  (
    .rmsprop(rate: 0.1, momentum: 0.5), [0.6837729, 0.673101, 0.3859073, 0.2423104, 0.4528022]
  ),
  (.rmsprop(rate: 0.1, isCentered: true), [0.6666674, 0.8151456, 0.5162732, 0.5162732, 0.8016803]),
  (
    .rmsprop(rate: 0.1, momentum: 0.5, isCentered: true),
    [0.6666674, 0.6484793, 0.3405129, 0.1865296, 0.3949451]
  ),
  (.adam(rate: 0.1), [0.9000013, 0.873368, 0.8075573, 0.7536495, 0.7783694]),
  (
    .adam(rate: 0.1, weightDecay: 0.05),
    [0.8950013, 0.863893, 0.7937628, 0.7358862, 0.7569266]
  ),
  (.adam(rate: 0.1, isAMSGrad: true), [0.9000013, 0.873368, 0.8075573, 0.7536764, 0.7783963]),
]

struct OptimizerTests {
  @Test(arguments: keras.indices) func doesWhatKerasDoes(index: Int) {
    let (optimizer, expected) = keras[index]
    for (a, b) in zip(run(optimizer), expected) { #expect(abs(a - b) < 4e-6, "\(optimizer)") }
  }

  /// MATLAB adds epsilon to the root: 1 - 0.1 · 0.5 / (√0.025 + 0.1), the second gradient's square
  /// on top.
  @Test func epsilonMayStandBesideTheRoot() {
    let optimizer = Optimizer.rmsprop(rate: 0.1, epsilon: 0.1, isEpsilonInRoot: false)
    let first = 1 - 0.05 / (0.025.squareRoot() + 0.1)
    let second = first + 0.025 / ((0.9 * 0.025 + 0.1 * 0.0625).squareRoot() + 0.1)
    for (a, b) in zip(run(optimizer), [first, second]) { #expect(abs(Double(a) - b) < 1e-6) }
  }

  @Test func keepsOnlyWhatItNeeds() {
    let counts = [
      Optimizer.sgd(), .sgd(momentum: 0.9), .rmsprop(), .rmsprop(momentum: 0.9, isCentered: true),
      .adam(), .adam(isAMSGrad: true),
    ].map(\.stateCount)
    #expect(counts == [0, 1, 1, 3, 2, 3])
  }
}
