// Learning rates over a stage, against Keras' and PyTorch's formulas.

import Testing

@testable import Training

/// The factors of these steps, of a stage of `steps` in epochs of ten.
private func factors(_ schedule: RateSchedule, _ list: [Int], of steps: Int = 60) -> [Float] {
  list.map { schedule.factor(step: $0, of: steps, stepsPerEpoch: 10) }
}

private func expect(_ actual: [Float], near expected: [Float]) {
  #expect(actual.count == expected.count)
  for (a, b) in zip(actual, expected) { #expect(abs(a - b) < 1e-6) }
}

struct RateScheduleTests {
  @Test func stepsChangeAtTheirEpochs() {
    #expect(factors(.constant, [0, 59]) == [1, 1])
    #expect(
      factors(.step(factor: 0.5, epochs: 2), [0, 10, 19, 20, 39, 40, 50])
        == [1, 1, 1, 0.5, 0.5, 0.25, 0.25])
    let piecewise = RateSchedule.piecewise([
      .init(epoch: 3, factor: 0.5), .init(epoch: 5, factor: 2),
    ])
    #expect(factors(piecewise, [0, 19, 20, 39, 40, 59]) == [1, 1, 0.5, 0.5, 2, 2])
  }

  /// Keras' ExponentialDecay(1, decay_steps=20, decay_rate=0.5) at steps 0, 10, 20 and 30.
  @Test func exponentialDecayIsSmooth() {
    expect(
      factors(.exponential(factor: 0.5, epochs: 2), [0, 10, 20, 30]),
      near: [1, 0.70710677, 0.5, 0.35355338])
  }

  @Test func cosineEndsAtItsLastStep() {
    let cosine = RateSchedule.cosine(final: 0.1)
    expect(factors(cosine, [0, 50, 100], of: 101), near: [1, 0.55, 0.1])
    #expect(factors(cosine, [0], of: 1) == [1])
  }

  /// PyTorch's OneCycleLR over 20 steps, by its formula.
  @Test func oneCycleRisesAndFalls() {
    expect(
      factors(.oneCycle(), Array(0..<20), of: 20),
      near: [
        0.04, 0.1316718, 0.3716718, 0.6683282, 0.9083282, 1.0, 0.987464, 0.9504846, 0.8909162,
        0.8117457, 0.716943, 0.611262, 0.500002, 0.388742, 0.283061, 0.1882583, 0.1090878,
        0.0495194, 0.01254, 4e-06,
      ])
    // However short the stage.
    for steps in 1...4 {
      #expect(factors(.oneCycle(), Array(0..<steps), of: steps).allSatisfy { $0.isFinite })
    }
    #expect(factors(.oneCycle(rise: 0), Array(0..<9), of: 9).allSatisfy { $0.isFinite })
  }

  @Test func warmUpRisesToWhereTheScheduleBegins() {
    var stage = Stage(
      name: "a", epochs: 3, optimizer: .sgd(rate: 2), schedule: .step(factor: 0.5, epochs: 1),
      warmUp: .steps(3))
    func rates(_ steps: [Int]) -> [Float] {
      steps.map { stage.rate(step: $0, of: 30, stepsPerEpoch: 10) }
    }
    #expect(rates([0, 1, 2, 3, 12, 13, 23]) == [0.5, 1, 1.5, 2, 2, 1, 0.5])
    stage.warmUp = .epochs(1)
    #expect(rates([0, 9, 10, 19, 20]) == [2.0 / 11, 20.0 / 11, 2, 2, 1])
    stage.warmUp = nil
    #expect(rates([0, 10]) == [2, 1])
  }
}
