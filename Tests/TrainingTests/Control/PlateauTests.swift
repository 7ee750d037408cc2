// When the learning rate is lowered, against Keras.

import Testing

@testable import Training

/// An epoch with these numbers.
func epoch(
  loss: Double = 1, accuracy: Double = 0, validationLoss: Double? = nil,
  validationAccuracy: Double? = nil, rate: Float = 0.1
) -> EpochSummary {
  EpochSummary(
    stage: "a", epoch: 1, epochCount: 9, loss: loss, accuracy: accuracy,
    validationLoss: validationLoss, validationAccuracy: validationAccuracy, rate: rate, sparsity: 0,
    cost: nil)
}

let courseOfLosses = [
  1.0, 0.9, 0.9, 0.95, 0.9, 0.89995, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6,
]

/// Learning rates after each epoch, from 0.1 on, as Keras 3.15's ReduceLROnPlateau sets them.
private let cases: [(Plateau, [Float])] = [
  (
    Plateau(monitor: .loss, factor: 0.5, patience: 2),
    [
      0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.00625, 0.00625, 0.003125,
      0.003125,
    ]
  ),
  (
    Plateau(monitor: .loss, factor: 0.5, patience: 2, cooldown: 2),
    [
      0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125,
    ]
  ),
  (
    Plateau(monitor: .loss, factor: 0.1, patience: 1, minimumRate: 0.004),
    [0.1, 0.1, 0.01] + [Float](repeating: 0.004, count: 11)
  ),
  (
    Plateau(monitor: .loss, factor: 0.5, patience: 2, minimumDelta: 0),
    [
      0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125, 0.00625, 0.00625,
    ]
  ),
]

struct PlateauTests {
  @Test(arguments: cases.indices) func lowersTheRateWhenKerasDoes(index: Int) {
    let (plateau, expected) = cases[index]
    var state = Plateau.State()
    for (loss, rate) in zip(courseOfLosses, expected) {
      plateau.update(&state, after: epoch(loss: loss, rate: 0.1 * state.factor))
      #expect(abs(0.1 * state.factor - rate) < 1e-8, "after \(loss)")
    }
  }

  @Test func watchesWhatItIsTold() {
    func factor(_ monitor: Monitor, _ epochs: [EpochSummary]) -> Float {
      var state = Plateau.State()
      for epoch in epochs {
        Plateau(monitor: monitor, factor: 0.5, patience: 1).update(&state, after: epoch)
      }
      return state.factor
    }
    let epochs = [0.5, 0.6].map {
      epoch(loss: $0, accuracy: $0, validationLoss: $0, validationAccuracy: $0)
    }
    #expect(Monitor.allCases.map { factor($0, epochs) } == [0.5, 1, 0.5, 1])
    #expect(factor(.validationLoss, [epoch(), epoch()]) == 1)
  }

  @Test func aNumberThatIsNoneIsNoImprovement() {
    #expect(!Monitor.loss.isBetter(.nan, than: nil, by: 0))
    #expect(!Monitor.validationLoss.isBetter(.infinity, than: 1, by: 0))
    #expect(Monitor.accuracy.isBetter(0, than: nil, by: 0))
  }
}
