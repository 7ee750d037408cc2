// A search whose trials take no time: objectives are functions of the point.

import Diagnostics
import Synchronization

@testable import Compiler

/// Accuracy rises and cost grows with `x`; `y0` to `y3` away from 0.5 spoil the accuracy, and what is
/// `on` costs something for nothing.
struct FakeTrials: TrialEvaluator {
  /// Trials whose points have no model.
  var failing: Set<Int> = []
  /// The trial that ends the search.
  var breaking: Int?
  /// Trials that reach a cost only when trained to the end.
  var costOnlyWhenWhole = false
  let log = Log()

  final class Log: Sendable {
    let entries = Mutex<[Assignment]>([])
    var sorted: [Assignment] {
      entries.withLock { $0.sorted { ($0.rung, $0.trial) < ($1.rung, $1.trial) } }
    }
  }

  struct Broken: Error {}

  static let space = try! SearchSpace([
    SearchAxis("x", .reals(0...1)), SearchAxis("useless", .choices(["on", "off"])),
    SearchAxis("y0", .reals(0...1)), SearchAxis("y1", .reals(0...1)),
    SearchAxis("y2", .reals(0...1)), SearchAxis("y3", .reals(0...1)),
  ])

  static func objectives(_ point: SearchPoint) -> Objectives {
    let x = Double(point.values[0])!
    let errors = point.values.dropFirst(2).map { Double($0)! - 0.5 }
    return Objectives(
      accuracy: errors.reduce(x.squareRoot()) { $0 - $1 * $1 },
      cost: 100 * x + (point.values[1] == "on" ? 20 : 0))
  }

  func evaluate(_ assignment: Assignment) throws -> TrialResult.Outcome {
    log.entries.withLock { $0.append(assignment) }
    if assignment.trial == breaking { throw Broken() }
    if failing.contains(assignment.trial) { return .failed("a bad point") }
    let objectives = FakeTrials.objectives(assignment.point)
    let hasCost = assignment.isWhole || !costOnlyWhenWhole
    return .measured(
      Measurement(
        epochs: Int((assignment.share * 90).rounded()), validationAccuracy: objectives.accuracy,
        testAccuracy: 0.5, cost: hasCost ? objectives.cost : nil,
        costMissing: hasCost ? "" : "not yet", parameters: 3, nonZero: 2,
        bits: Int(1000 - objectives.cost), macs: 7))
  }
}

/// Counts what is reported.
final class SilentObserver: SearchObserver {
  nonisolated(unsafe) var known = 0
  nonisolated(unsafe) var steps: [String] = []
  nonisolated(unsafe) var done: [Int] = []

  func willDo(_ step: String) { steps.append(step) }
  func didFinish(_ result: TrialResult, isKnown: Bool, done: Int, of count: Int) {
    known += isKnown ? 1 : 0
    self.done.append(done)
    precondition(done <= count, "trial \(done) of \(count)")
  }
}
