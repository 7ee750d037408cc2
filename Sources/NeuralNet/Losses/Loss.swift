// What training minimizes.

import Foundation

/// A loss of the logits of a sample against its class. Targets are one-hot, or smoothed:
/// (1 - smoothing) · one-hot + smoothing / classes.
public enum Loss: Hashable, Sendable {
  /// -Σ target · log softmax(logits)
  case crossEntropy(smoothing: Real)
  /// Kullback-Leibler divergence from softmax(logits) to the target: cross-entropy less the target's
  /// own entropy.
  case divergence(smoothing: Real)
  /// Mean over classes of -target · log sigmoid(logit) - (1 - target) · log(1 - sigmoid(logit)).
  case binaryCrossEntropy(smoothing: Real)
  /// Mean over classes of (softmax(logits) - target)², as Keras has it behind a softmax layer.
  case squaredError
  /// Mean over classes of max(0, 1 - y · logit), with y = 1 for the class and -1 for others.
  case hinge
  /// Mean over classes of max(0, 1 - y · logit)².
  case squaredHinge

  public static let crossEntropy = Loss.crossEntropy(smoothing: 0)

  /// The words of recipes.
  public var word: String {
    switch self {
    case .crossEntropy: "cross_entropy"
    case .divergence: "kl_divergence"
    case .binaryCrossEntropy: "binary_cross_entropy"
    case .squaredError: "mean_squared_error"
    case .hinge: "hinge"
    case .squaredHinge: "squared_hinge"
    }
  }

  /// The loss of one sample; `gradient`, if given, becomes `scale` times its gradient.
  ///
  /// `probabilities` is memory for one value per class.
  func loss(
    _ logits: UnsafePointer<Real>, label: Int, classes: Int,
    probabilities: UnsafeMutablePointer<Real>, gradient: UnsafeMutablePointer<Real>?, scale: Real
  ) -> Double {
    switch self {
    case .crossEntropy(let smoothing), .divergence(let smoothing):
      let target = Target(label, classes, smoothing)
      let logSum = softmax(logits, count: classes, into: probabilities)
      var loss = 0.0
      for index in 0..<classes {
        let share = target[index]
        if share != 0 { loss += Double(share * (logSum - logits[index])) }
        gradient?[index] = scale * (probabilities[index] - share)
      }
      if case .divergence = self { loss -= target.entropy }
      return loss
    case .binaryCrossEntropy(let smoothing):
      let target = Target(label, classes, smoothing)
      let scale = scale / Real(classes)
      var loss = 0.0
      for index in 0..<classes {
        let x = logits[index]
        // log(1 + e^-|x|) neither overflows nor loses small values.
        loss += Double(max(x, 0) - x * target[index] + log(1 + exp(-abs(x))))
        gradient?[index] = scale * (1 / (1 + exp(-x)) - target[index])
      }
      return loss / Double(classes)
    case .squaredError:
      return squaredError(logits, label, classes, probabilities, gradient, scale)
    case .hinge, .squaredHinge:
      return hinge(logits, label, classes, gradient, scale / Real(classes))
    }
  }

  private func squaredError(
    _ logits: UnsafePointer<Real>, _ label: Int, _ classes: Int,
    _ probabilities: UnsafeMutablePointer<Real>, _ gradient: UnsafeMutablePointer<Real>?,
    _ scale: Real
  ) -> Double {
    softmax(logits, count: classes, into: probabilities)
    var loss = 0.0
    var inner: Real = 0
    for index in 0..<classes {
      let difference = probabilities[index] - (index == label ? 1 : 0)
      loss += Double(difference * difference)
      inner += probabilities[index] * difference
    }
    if let gradient {
      for index in 0..<classes {
        let difference = probabilities[index] - (index == label ? 1 : 0)
        gradient[index] = 2 * scale / Real(classes) * probabilities[index] * (difference - inner)
      }
    }
    return loss / Double(classes)
  }

  private func hinge(
    _ logits: UnsafePointer<Real>, _ label: Int, _ classes: Int,
    _ gradient: UnsafeMutablePointer<Real>?, _ scale: Real
  ) -> Double {
    var loss = 0.0
    for index in 0..<classes {
      let sign: Real = index == label ? 1 : -1
      let missing = max(1 - sign * logits[index], 0)
      if self == .squaredHinge {
        loss += Double(missing * missing)
        gradient?[index] = -2 * scale * sign * missing
      } else {
        loss += Double(missing)
        gradient?[index] = missing > 0 ? -scale * sign : 0
      }
    }
    return loss / Double(classes)
  }
}

/// The wished-for distribution over classes.
private struct Target {
  let label: Int
  let peak: Real
  let rest: Real
  let classes: Int

  init(_ label: Int, _ classes: Int, _ smoothing: Real) {
    self.label = label
    self.classes = classes
    rest = smoothing / Real(classes)
    peak = 1 - smoothing + rest
  }

  subscript(index: Int) -> Real { index == label ? peak : rest }

  var entropy: Double {
    [(Double(peak), 1.0), (Double(rest), Double(classes - 1))].reduce(0) { sum, part in
      part.0 > 0 ? sum - part.1 * part.0 * log(part.0) : sum
    }
  }
}
