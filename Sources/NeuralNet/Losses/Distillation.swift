// Learning from the logits of a teacher.

import Foundation

/// loss = alpha · loss(labels) + (1 - alpha) · T² · KL(softmax(teacher / T), softmax(student / T)),
/// after Hinton, Vinyals and Dean, 2015. T² keeps gradients of one size whatever the temperature.
public struct Distillation: Hashable, Sendable {
  public var alpha: Real
  public var temperature: Real
  /// Softens probabilities instead of logits and leaves out T², as some published recipes do; nearly
  /// nothing of the teacher arrives then. For comparison with them only.
  public var softensProbabilities: Bool

  public init(alpha: Real = 0.1, temperature: Real = 10, softensProbabilities: Bool = false) {
    self.alpha = alpha
    self.temperature = temperature
    self.softensProbabilities = softensProbabilities
  }

  /// The divergence of one sample, weighted as above; adds `scale` times its gradient.
  ///
  /// `memory` has room for four values per class.
  func loss(
    _ logits: UnsafePointer<Real>, teacher: UnsafePointer<Real>, classes: Int,
    memory: UnsafeMutablePointer<Real>, gradient: UnsafeMutablePointer<Real>?, scale: Real
  ) -> Double {
    let (target, result) = (memory, memory + classes)
    let (scaled, probabilities) = (memory + 2 * classes, memory + 3 * classes)
    soften(teacher, classes, probabilities, scaled, into: target)
    let logSum = soften(logits, classes, probabilities, scaled, into: result)
    var divergence: Real = 0
    for index in 0..<classes where target[index] > 0 {
      divergence += target[index] * (log(target[index]) - (scaled[index] - logSum))
    }
    let factor = (1 - alpha) * (softensProbabilities ? 1 : temperature * temperature)
    if let gradient {
      // With respect to the values that were divided by the temperature.
      let step = scale * factor / temperature
      for index in 0..<classes { scaled[index] = step * (result[index] - target[index]) }
      if softensProbabilities {
        var inner: Real = 0
        for index in 0..<classes { inner += probabilities[index] * scaled[index] }
        for index in 0..<classes { scaled[index] = probabilities[index] * (scaled[index] - inner) }
      }
      for index in 0..<classes { gradient[index] += scaled[index] }
    }
    return Double(factor * divergence)
  }

  /// Writes softmax(x / T) of the logits or, where they are softened, of the probabilities, and
  /// leaves x / T in `scaled`; returns log Σ e^(x / T).
  @discardableResult
  private func soften(
    _ logits: UnsafePointer<Real>, _ classes: Int, _ probabilities: UnsafeMutablePointer<Real>,
    _ scaled: UnsafeMutablePointer<Real>, into result: UnsafeMutablePointer<Real>
  ) -> Real {
    if softensProbabilities { softmax(logits, count: classes, into: probabilities) }
    for index in 0..<classes {
      scaled[index] = (softensProbabilities ? probabilities[index] : logits[index]) / temperature
    }
    return softmax(scaled, count: classes, into: result)
  }
}

/// The whole of what a stage minimizes for each sample.
public struct Objective: Hashable, Sendable {
  public var loss: Loss
  public var distillation: Distillation?

  public init(_ loss: Loss = .crossEntropy, distillation: Distillation? = nil) {
    self.loss = loss
    self.distillation = distillation
  }

  /// The score of `rows` samples; `gradient`, if given, becomes `scale` times the gradient of their
  /// summed loss. `teacher` holds the teacher's logits where there is a distillation.
  package func score(
    logits: UnsafePointer<Real>, labels: UnsafePointer<Int32>, teacher: UnsafePointer<Real>?,
    rows: Int, classes: Int, gradient: UnsafeMutablePointer<Real>?, scale: Real
  ) -> Score {
    withUnsafeTemporaryAllocation(of: Real.self, capacity: 4 * classes) { memory in
      let memory = memory.baseAddress!
      var score = Score()
      for row in 0..<rows {
        let logits = logits + row * classes
        let label = Int(labels[row])
        let gradient = gradient.map { $0 + row * classes }
        let weight = distillation == nil || teacher == nil ? 1 : distillation!.alpha
        score.loss +=
          Double(weight)
          * loss.loss(
            logits, label: label, classes: classes, probabilities: memory, gradient: gradient,
            scale: weight * scale)
        if let distillation, let teacher {
          score.loss += distillation.loss(
            logits, teacher: teacher + row * classes, classes: classes, memory: memory,
            gradient: gradient, scale: scale)
        }
        let best = indexOfLargest(UnsafeBufferPointer(start: logits, count: classes))
        score.correct += best == label ? 1 : 0
      }
      score.samples = rows
      return score
    }
  }
}
