import Diagnostics
import Foundation
import SeededRandom
import TestSupport
import Testing

@testable import Reports

@Suite struct ClassificationMetricsTests {
  /// Three classes, of which 2 occurs never and is predicted once.
  private func example() throws -> ClassificationMetrics {
    try ClassificationMetrics(
      scores: [
        0.8, 0.1, 0.1,  // 0, right
        0.3, 0.6, 0.1,  // 0, taken for 1
        0.1, 0.9, 0.0,  // 1, right
        0.2, 0.3, 0.5,  // 1, taken for 2
      ], .probabilities, labels: [0, 0, 1, 1], classCount: 3)
  }

  @Test func exampleByHand() throws {
    let metrics = try example()
    #expect(metrics.confusion == [[1, 1, 0], [0, 1, 1], [0, 0, 0]])
    #expect(metrics.accuracy == 0.5)
    #expect(metrics.rankCounts == [2, 2, 0])
    #expect(metrics.topAccuracy(2) == 1)
    let expected = -(log(0.8) + log(0.3) + log(0.9) + log(0.3)) / 4
    #expect(abs(metrics.meanLoss - expected) < 1e-7)
    #expect(metrics.classes.map(\.precision) == [1, 0.5, 0])
    #expect(metrics.classes.map(\.recall) == [0.5, 0.5, nil])
    #expect(metrics.classes.map(\.f1) == [2.0 / 3, 0.5, 0])
    #expect(metrics.classes.map(\.support) == [2, 2, 0])
    // Undefined values count as 0 among the three classes that occur as label or prediction.
    #expect(metrics.macroPrecision == 0.5)
    #expect(metrics.macroRecall == 1.0 / 3)
    #expect(metrics.macroF1 == (2.0 / 3 + 0.5) / 3)
  }

  @Test func classThatNeverOccursHasNoValues() throws {
    let metrics = try ClassificationMetrics(
      scores: [1, 0, 0, 0, 1, 0], labels: [0, 1], classCount: 3)
    let absent = metrics.classes[2]
    #expect(absent.precision == nil)
    #expect(absent.recall == nil)
    #expect(absent.f1 == nil)
    #expect(absent.roc == nil)
    #expect(metrics.macroF1 == 1)
    #expect(metrics.macroAUC == 1)
    let single = try ClassificationMetrics(scores: [2, 3], labels: [0, 0], classCount: 1)
    #expect(single.macroAUC == nil)
    #expect(single.accuracy == 1)
  }

  @Test func firstOfEqualScoresIsPredicted() throws {
    let metrics = try ClassificationMetrics(
      scores: [1, 1, 0, 1, 1, 1], labels: [1, 2], classCount: 3)
    #expect(metrics.confusion == [[0, 0, 0], [1, 0, 0], [1, 0, 0]])
    #expect(metrics.rankCounts == [0, 1, 1])
  }

  @Test func lossOfCertainMistakesIsBounded() throws {
    let metrics = try ClassificationMetrics(
      scores: [1, 0], .probabilities, labels: [1], classCount: 2)
    #expect(abs(metrics.meanLoss - 16.118) < 0.001)
    let logits = try ClassificationMetrics(scores: [3000, -3000], labels: [1], classCount: 2)
    #expect(logits.meanLoss == metrics.meanLoss)
  }

  private static let refusals: [(id: String, scores: [Float], labels: [Int], classes: Int)] = [
    ("metrics.no-samples", [], [], 3), ("metrics.shape", [1, 2, 3], [0, 1], 2),
    ("metrics.shape", [], [0], 0), ("metrics.label", [1, 2], [2], 2),
    ("metrics.label", [1, 2], [-1], 2), ("metrics.not-finite", [1, .nan], [0], 2),
    ("metrics.not-finite", [-.infinity, 0], [0], 2),
    ("metrics.not-a-probability", [0.5, 1.01], [0], 2),
    ("metrics.not-a-probability", [-0.1, 0.5], [0], 2),
  ]

  @Test(arguments: refusals)
  func whatDoesNotFitIsRefused(id: String, scores: [Float], labels: [Int], classes: Int) {
    #expect(
      difference(from: id) {
        try ClassificationMetrics(
          scores: scores, .probabilities, labels: labels, classCount: classes)
      } == nil)
  }

  @Test func messagesNameTheSample() {
    #expect(
      difference(from: "metrics.label", message: "the label 7 is none of the 2 classes") {
        try ClassificationMetrics(scores: [1, 2, 3, 4], labels: [0, 7], classCount: 2)
      } == nil)
    do throws(Diagnostic) {
      _ = try ClassificationMetrics(scores: [1, 2, 3, .nan], labels: [0, 1], classCount: 2)
    } catch {
      #expect(error.location.path == "sample 1")
    }
  }

  @Test(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))
  func numpyComputesTheSame() throws {
    var run = SyntheticRun()
    var (logits, labels) = run.scores(samples: 300, classes: 5)
    // Class 4 is never a label, and coarse scores make ties.
    labels = labels.map { $0 == 4 ? 1 : $0 }
    logits = logits.map { ($0 * 2).rounded() / 2 }
    let metrics = try ClassificationMetrics(scores: logits, labels: labels, classCount: 5)
    let script = """
      import numpy as np
      z = np.array(\(logits), dtype=np.float64).reshape(-1, 5)
      y = np.array(\(labels))
      p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
      guess = z.argmax(1)
      confusion = np.zeros((5, 5), int)
      np.add.at(confusion, (y, guess), 1)
      out = [(guess == y).mean(), -np.log(p[np.arange(len(y)), y]).mean()]
      order = np.argsort(-z, axis=1, kind="stable")
      out += [(order[:, :k] == y[:, None]).any(1).mean() for k in (2, 3)]
      precision, recall, f1 = [], [], []
      for c in range(5):
          tp = ((guess == c) & (y == c)).sum()
          fp = ((guess == c) & (y != c)).sum()
          fn = ((guess != c) & (y == c)).sum()
          if tp + fp + fn == 0: continue
          precision.append(tp / (tp + fp) if tp + fp else 0)
          recall.append(tp / (tp + fn) if tp + fn else 0)
          f1.append(2 * tp / (2 * tp + fp + fn))
      out += [np.mean(precision), np.mean(recall), np.mean(f1)]
      areas = []
      for c in range(5):
          a, b = p[y == c, c], p[y != c, c]
          if len(a) and len(b):
              d = a[:, None] - b[None, :]
              d = np.where(abs(d) < 1e-13, 0, d)
              areas.append(((d > 0) + 0.5 * (d == 0)).mean())
      out.append(np.mean(areas))
      print(confusion.ravel().tolist())
      print(" ".join(repr(float(v)) for v in out))
      """
    let (status, output) = try runProgram(Oracle.python!, ["-c", script])
    try #require(status == 0, "\(output)")
    let lines = output.split(separator: "\n")
    #expect(String(lines[0]) == "\(Array(metrics.confusion.joined()))")
    let expected = lines[1].split(separator: " ").map { Double($0)! }
    let values = [
      metrics.accuracy, metrics.meanLoss, metrics.topAccuracy(2), metrics.topAccuracy(3),
      metrics.macroPrecision, metrics.macroRecall, metrics.macroF1, metrics.macroAUC!,
    ]
    for (value, expected) in zip(values, expected) {
      // Equal logits give probabilities that may differ in the last bit: ties there may break.
      #expect(abs(value - expected) < 1e-4)
    }
  }
}
