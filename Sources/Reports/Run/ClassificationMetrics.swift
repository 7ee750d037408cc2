// How good a classifier is: everything that follows from its scores and the true labels.

import Diagnostics
import Foundation

/// The quality of a classifier on one set of samples.
///
/// The predicted class is the one with the highest score, the first of equal ones. What is not
/// defined, such as the precision of a class that is never predicted, is nil and never
/// not-a-number.
public struct ClassificationMetrics: Hashable, Sendable {
  /// What the scores are.
  public enum ScoreKind: Hashable, Sendable {
    /// Unbounded; softmax makes them probabilities.
    case logits
    /// Between 0 and 1. They need not sum to 1: a quantized softmax does not.
    case probabilities
  }

  /// The quality of one class against all others.
  public struct ClassScore: Hashable, Sendable {
    /// Samples of this class.
    public let support: Int
    /// Samples predicted to be of this class.
    public let predicted: Int
    /// Samples of this class that are predicted to be.
    public let correct: Int
    /// One versus rest, by the probability of this class; nil without samples of both kinds.
    public let roc: ROCCurve?

    /// Share of the predictions that are right; nil when there are none.
    public var precision: Double? { predicted == 0 ? nil : Double(correct) / Double(predicted) }
    /// Share of the samples that are found; nil when there are none.
    public var recall: Double? { support == 0 ? nil : Double(correct) / Double(support) }
    /// Harmonic mean of precision and recall; nil when the class neither occurs nor is predicted.
    public var f1: Double? {
      support + predicted == 0 ? nil : 2 * Double(correct) / Double(support + predicted)
    }
  }

  public let sampleCount: Int
  public let classCount: Int
  /// Numbers of samples: `confusion[label][prediction]`.
  public let confusion: [[Int]]
  /// Mean cross-entropy in nats. Probabilities below `smallestProbability` count as that.
  public let meanLoss: Double
  public let classes: [ClassScore]
  /// `rankCounts[r]` is the number of samples whose label has rank `r` among the scores, from 0.
  public let rankCounts: [Int]

  /// Bounds the loss of a sample where the model is certain and wrong, as Keras does.
  public static let smallestProbability = 1e-7

  /// Evaluates `scores`, [samples x classes] in row-major order, against `labels`.
  ///
  /// Throws where the two do not fit together, there are no samples, a label is no class, or a
  /// score is not finite or not a probability.
  public init(
    scores: [Float], _ kind: ScoreKind = .logits, labels: [Int], classCount: Int
  ) throws(Diagnostic) {
    try ClassificationMetrics.check(scores, kind, labels, classCount)
    var confusion = [[Int]](
      repeating: [Int](repeating: 0, count: classCount), count: classCount)
    var rankCounts = [Int](repeating: 0, count: classCount)
    var probabilities = [Double](repeating: 0, count: scores.count)
    var loss = 0.0
    for (sample, label) in labels.enumerated() {
      let start = sample * classCount
      let row = scores[start..<start + classCount]
      let rank = ClassificationMetrics.rank(of: label, in: row)
      rankCounts[rank] += 1
      confusion[label][ClassificationMetrics.indexOfLargest(row)] += 1
      let shares = ClassificationMetrics.probabilities(row, kind)
      for (index, share) in shares.enumerated() { probabilities[start + index] = share }
      loss -= log(max(shares[label], ClassificationMetrics.smallestProbability))
    }
    sampleCount = labels.count
    self.classCount = classCount
    self.confusion = confusion
    self.rankCounts = rankCounts
    meanLoss = loss / Double(labels.count)
    classes = (0..<classCount).map { index in
      ClassScore(
        support: confusion[index].reduce(0, +),
        predicted: confusion.reduce(0) { $0 + $1[index] }, correct: confusion[index][index],
        roc: ROCCurve(
          scores: labels.indices.map { probabilities[$0 * classCount + index] },
          isPositive: labels.map { $0 == index }))
    }
  }

  /// Share of the samples that are classified correctly.
  public var accuracy: Double { topAccuracy(1) }

  /// Share of the samples whose label is among the `k` highest scores.
  public func topAccuracy(_ k: Int) -> Double {
    Double(rankCounts.prefix(k).reduce(0, +)) / Double(sampleCount)
  }

  // Unweighted means over the classes that occur among labels or predictions. Precision or recall
  // that is not defined counts as 0 there, which is scikit-learn's `average="macro"`.
  public var macroPrecision: Double { macro(\.precision) }
  public var macroRecall: Double { macro(\.recall) }
  public var macroF1: Double { macro(\.f1) }
  /// Mean of the areas that are defined; nil when none is.
  public var macroAUC: Double? {
    let areas = classes.compactMap { $0.roc?.area }
    return areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
  }

  private func macro(_ value: KeyPath<ClassScore, Double?>) -> Double {
    let occurring = classes.filter { $0.support + $0.predicted > 0 }
    return occurring.reduce(0) { $0 + ($1[keyPath: value] ?? 0) } / Double(occurring.count)
  }
}

extension ClassificationMetrics {
  private static func check(
    _ scores: [Float], _ kind: ScoreKind, _ labels: [Int], _ classCount: Int
  ) throws(Diagnostic) {
    guard !labels.isEmpty else { throw .metricsWithoutSamples }
    guard classCount > 0, scores.count == labels.count * classCount else {
      throw .metricsShape(scores: scores.count, samples: labels.count, classes: classCount)
    }
    if let sample = labels.firstIndex(where: { !(0..<classCount).contains($0) }) {
      throw .metricsLabel(labels[sample], sample: sample, classes: classCount)
    }
    if let index = scores.firstIndex(where: { !$0.isFinite }) {
      throw .metricsNotFinite(scores[index], sample: index / classCount)
    }
    if kind == .probabilities, let index = scores.firstIndex(where: { !(0...1).contains($0) }) {
      throw .metricsNotAProbability(scores[index], sample: index / classCount)
    }
  }

  private static func indexOfLargest(_ row: ArraySlice<Float>) -> Int {
    var best = row.startIndex
    for index in row.indices where row[index] > row[best] { best = index }
    return best - row.startIndex
  }

  /// How many classes are preferred to `label`: higher ones, and equal ones in front of it.
  private static func rank(of label: Int, in row: ArraySlice<Float>) -> Int {
    let score = row[row.startIndex + label]
    var rank = 0
    for (index, other) in row.enumerated()
    where other > score || (other == score && index < label) {
      rank += 1
    }
    return rank
  }

  private static func probabilities(_ row: ArraySlice<Float>, _ kind: ScoreKind) -> [Double] {
    switch kind {
    case .probabilities: return row.map(Double.init)
    case .logits:
      // Less the largest, so that nothing overflows.
      let largest = Double(row.max()!)
      let powers = row.map { exp(Double($0) - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }
}

extension Diagnostic {
  static var metricsWithoutSamples: Diagnostic {
    Diagnostic(
      id: "metrics.no-samples", "there are no samples to evaluate",
      suggestion: "evaluate on at least one sample")
  }

  static func metricsShape(scores: Int, samples: Int, classes: Int) -> Diagnostic {
    Diagnostic(
      id: "metrics.shape",
      "\(scores) scores are given for \(samples) samples of \(classes) classes",
      suggestion: "give one score per sample and class")
  }

  static func metricsLabel(_ label: Int, sample: Int, classes: Int) -> Diagnostic {
    Diagnostic(
      id: "metrics.label", at: Location(path: "sample \(sample)"),
      "the label \(label) is none of the \(classes) classes",
      suggestion: "number the classes from 0")
  }

  static func metricsNotFinite(_ score: Float, sample: Int) -> Diagnostic {
    Diagnostic(
      id: "metrics.not-finite", at: Location(path: "sample \(sample)"),
      "the score \(score) is not a finite number",
      suggestion: "look for the epoch in which the loss left the finite numbers")
  }

  static func metricsNotAProbability(_ score: Float, sample: Int) -> Diagnostic {
    Diagnostic(
      id: "metrics.not-a-probability", at: Location(path: "sample \(sample)"),
      "the score \(score) is no probability", suggestion: "say that the scores are logits")
  }
}
