// What training minimizes.

import Foundation

/// What became of a few samples.
struct Score: Sendable {
  /// Summed, not yet averaged, loss.
  var loss: Double = 0
  var correct = 0
  var samples = 0

  static func += (total: inout Score, part: Score) {
    total.loss += part.loss
    total.correct += part.correct
    total.samples += part.samples
  }

  var meanLoss: Double { samples == 0 ? 0 : loss / Double(samples) }
  var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }
}

/// Cross-entropy of softmax(logits) against the labels of `rows` samples.
///
/// Works on logits, shifted by their largest, so that no exponential overflows and no logarithm sees
/// a rounded zero. `gradient`, if given, becomes `scale` · (softmax - one-hot label).
func softmaxCrossEntropy(
  logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int, classes: Int,
  gradient: UnsafeMutablePointer<Float>?, scale: Float
) -> Score {
  var score = Score()
  for row in 0..<rows {
    let logits = UnsafeBufferPointer(start: logits + row * classes, count: classes)
    let label = Int(labels[row])
    let predicted = indexOfLargest(logits)
    let largest = logits[predicted]
    var sum: Float = 0
    for logit in logits { sum += exp(logit - largest) }
    score.loss += Double(log(sum) - (logits[label] - largest))
    score.correct += predicted == label ? 1 : 0
    if let gradient = gradient.map({ $0 + row * classes }) {
      for column in 0..<classes {
        gradient[column] = scale * exp(logits[column] - largest) / sum
      }
      gradient[label] -= scale
    }
  }
  score.samples = rows
  return score
}

/// The class of the largest logit; the first of equal ones.
func indexOfLargest(_ logits: UnsafeBufferPointer<Float>) -> Int {
  var best = 0
  for index in 1..<max(logits.count, 1) where logits[index] > logits[best] { best = index }
  return best
}
