// Cross-entropy at its edges.

import Foundation
import Testing

@testable import Training

struct LossTests {
  @Test func equalLogitsCostTheLogarithmOfTheClasses() {
    var gradient = [Float](repeating: 0, count: 4)
    let score = softmaxCrossEntropy(
      logits: [2, 2, 2, 2], labels: [1], rows: 1, classes: 4, gradient: &gradient, scale: 1)
    #expect(abs(score.loss - log(4)) < 1e-6)
    #expect(gradient == [0.25, -0.75, 0.25, 0.25])
    // The first of equal logits is the prediction.
    #expect(score.correct == 0)
  }

  @Test func hugeLogitsStayFinite() {
    var gradient = [Float](repeating: 0, count: 4)
    let score = softmaxCrossEntropy(
      logits: [3e38, -3e38, -1e4, 1e4], labels: [0, 0], rows: 2, classes: 2, gradient: &gradient,
      scale: 1)
    #expect(score.loss == 2e4)
    #expect(score.correct == 1)
    #expect(gradient == [0, 0, -1, 1])
  }
}
