// Optimizers, against their definitions in double precision.

import Foundation
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

struct OptimizerTests {
  @Test func adamFollowsKingmaAndBa() {
    var (value, mean, square) = (1.0, 0.0, 0.0)
    let expected = gradients.enumerated().map { index, gradient in
      let gradient = Double(gradient)
      mean = 0.9 * mean + 0.1 * gradient
      square = 0.999 * square + 0.001 * gradient * gradient
      let rate =
        0.01 * (1 - pow(0.999, Double(index + 1))).squareRoot() / (1 - pow(0.9, Double(index + 1)))
      value -= rate * mean / (square.squareRoot() + 1e-7)
      return value
    }
    let actual = run(.adam(rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7))
    for (a, b) in zip(actual, expected) { #expect(abs(Double(a) - b) < 1e-5) }
  }

  @Test func momentumFollowsKeras() {
    #expect(
      run(.sgd(rate: 0.5, momentum: 0, nesterov: false)) == [0.75, 0.875, 0.375, 0.375, 1.375])
    // Velocities: -0.25, 0, -0.5, -0.25, 0.875.
    #expect(
      run(.sgd(rate: 0.5, momentum: 0.5, nesterov: false)) == [0.75, 0.75, 0.25, 0, 0.875])
    #expect(
      run(.sgd(rate: 0.5, momentum: 0.5, nesterov: true)) == [0.625, 0.75, 0, -0.125, 1.3125])
  }
}

struct RateScheduleTests {
  @Test func factorsFollowTheirCurves() {
    let step = RateSchedule.step(factor: 0.5, epochs: 2)
    #expect(
      (0..<6).map { step.factor(step: $0 * 10, of: 60, stepsPerEpoch: 10) } == [
        1, 1, 0.5, 0.5, 0.25, 0.25,
      ])
    let cosine = RateSchedule.cosine(final: 0.1)
    #expect(cosine.factor(step: 0, of: 101, stepsPerEpoch: 10) == 1)
    #expect(abs(cosine.factor(step: 50, of: 101, stepsPerEpoch: 10) - 0.55) < 1e-6)
    #expect(abs(cosine.factor(step: 100, of: 101, stepsPerEpoch: 10) - 0.1) < 1e-6)
    #expect(cosine.factor(step: 0, of: 1, stepsPerEpoch: 1) == 1)
    #expect(RateSchedule.constant.factor(step: 9, of: 10, stepsPerEpoch: 1) == 1)
  }
}
