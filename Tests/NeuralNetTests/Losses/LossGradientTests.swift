// The gradient of every loss, and their values against formulas written out.

import Foundation
import Testing

@testable import NeuralNetDouble

struct LossGradientTests {
  @Test(arguments: [
    Objective(.crossEntropy), Objective(.crossEntropy(smoothing: 0.1)),
    Objective(.divergence(smoothing: 0.2)), Objective(.binaryCrossEntropy(smoothing: 0)),
    Objective(.binaryCrossEntropy(smoothing: 0.1)), Objective(.squaredError), Objective(.hinge),
    Objective(.squaredHinge), Objective(distillation: Distillation()),
    Objective(distillation: Distillation(alpha: 0.3, temperature: 2)),
    Objective(
      distillation: Distillation(alpha: 0.1, temperature: 3, softensProbabilities: true)),
  ])
  func matchesDifferences(objective: Objective) throws {
    let network = try network(
      #"[{"type": "dense", "units": 5}, {"type": "tanh"}, {"type": "dense", "units": 4}]"#,
      input: [6])
    #expect(GradientCheck(network, objective).worstError() < 1e-7)
  }

  private func loss(
    _ objective: Objective, _ logits: [Double], label: Int32, teacher: [Double]? = nil
  )
    -> Double
  {
    let score = (teacher ?? []).withUnsafeBufferPointer { teacher in
      objective.score(
        logits: logits, labels: [label], teacher: teacher.baseAddress, rows: 1,
        classes: logits.count, gradient: nil, scale: 0)
    }
    return score.loss
  }

  @Test func valuesAreThoseOfTheFormulas() {
    let x = [0.5, -1.0, 2.0]
    let sum = x.reduce(0) { $0 + exp($1) }
    let p = x.map { exp($0) / sum }
    #expect(abs(loss(Objective(), x, label: 2) + log(p[2])) < 1e-12)
    let target = [0.1 / 3, 0.1 / 3, 0.9 + 0.1 / 3]
    let smoothed = -zip(target, p).reduce(0) { $0 + $1.0 * log($1.1) }
    #expect(abs(loss(Objective(.crossEntropy(smoothing: 0.1)), x, label: 2) - smoothed) < 1e-12)
    let divergence = zip(target, p).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    #expect(abs(loss(Objective(.divergence(smoothing: 0.1)), x, label: 2) - divergence) < 1e-12)
    let s = x.map { 1 / (1 + exp(-$0)) }
    let binary = -(log(1 - s[0]) + log(1 - s[1]) + log(s[2])) / 3
    #expect(abs(loss(Objective(.binaryCrossEntropy(smoothing: 0)), x, label: 2) - binary) < 1e-12)
    let squared = (p[0] * p[0] + p[1] * p[1] + (p[2] - 1) * (p[2] - 1)) / 3
    #expect(abs(loss(Objective(.squaredError), x, label: 2) - squared) < 1e-12)
    #expect(abs(loss(Objective(.hinge), x, label: 0) - (0.5 + 0 + 3) / 3) < 1e-12)
    #expect(abs(loss(Objective(.squaredHinge), x, label: 0) - (0.25 + 0 + 9) / 3) < 1e-12)
  }

  @Test func hugeLogitsStayFinite() {
    for objective in [Objective(), Objective(.binaryCrossEntropy(smoothing: 0))] {
      #expect(loss(objective, [1000, -1000, 0], label: 1).isFinite)
    }
  }

  /// A student that agrees with its teacher loses nothing to it; the faulty form sees almost no
  /// difference even where they disagree.
  @Test func distillationComparesWithTheTeacher() {
    let teacher = [4.0, 0, -4]
    let agree = Objective(distillation: Distillation(alpha: 0, temperature: 10))
    #expect(abs(loss(agree, teacher, label: 0, teacher: teacher)) < 1e-12)
    let student = [-4.0, 0, 4]
    let right = loss(agree, student, label: 0, teacher: teacher)
    let faulty = loss(
      Objective(
        distillation: Distillation(alpha: 0, temperature: 10, softensProbabilities: true)),
      student, label: 0, teacher: teacher)
    #expect(right > 10 && faulty < 0.01)
  }
}
