// What became of a few samples.

package struct Score: Sendable {
  /// Summed, not yet averaged, loss.
  package var loss: Double = 0
  package var correct = 0
  package var samples = 0

  package init() {}

  package static func += (total: inout Score, part: Score) {
    total.loss += part.loss
    total.correct += part.correct
    total.samples += part.samples
  }

  package var meanLoss: Double { samples == 0 ? 0 : loss / Double(samples) }
  package var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }
}

/// The class of the largest logit; the first of equal ones.
package func indexOfLargest(_ logits: UnsafeBufferPointer<Real>) -> Int {
  var best = 0
  for index in 1..<max(logits.count, 1) where logits[index] > logits[best] { best = index }
  return best
}
