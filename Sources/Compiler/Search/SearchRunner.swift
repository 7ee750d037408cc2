// Carrying out a strategy's trials, several at once, and remembering what is done.

import Dispatch
import Synchronization

/// Follows a search while it runs. Calls never overlap, but come from several threads.
public protocol SearchObserver {
  /// Something that takes a while begins, e.g. `training teacher`.
  func willDo(_ step: String)
  /// A trial is done, as number `done` of at most `count`; `isKnown` when an earlier run had it.
  func didFinish(_ result: TrialResult, isKnown: Bool, done: Int, of count: Int)
}

/// Runs trials on at most `jobs` threads.
///
/// A strategy's batch is tried in any order and handed back in its own, so that the number of
/// threads changes nothing. Within nested `concurrentPerform` the cores are shared among the trials.
struct SearchRunner {
  let store: TrialStore
  let evaluator: any TrialEvaluator
  let jobs: Int
  let observer: any SearchObserver

  /// The results of all trials, in the order the strategy asked for them.
  func run(_ strategy: any SearchStrategy) throws -> [TrialResult] {
    var strategy = strategy
    var results: [TrialResult] = []
    while true {
      let batch = strategy.next(after: results)
      if batch.isEmpty { return results }
      results += try run(batch, done: results.count, of: strategy.plannedCount)
    }
  }

  private struct Progress {
    var next = 0
    var done: Int
    var results: [TrialResult?]
    var error: (any Error)?
  }

  private func run(_ batch: [Assignment], done: Int, of count: Int) throws -> [TrialResult] {
    let progress = Mutex(
      Progress(done: done, results: Array(repeating: nil, count: batch.count)))
    nonisolated(unsafe) let observer = self.observer
    let (store, evaluator) = (self.store, self.evaluator)
    DispatchQueue.concurrentPerform(iterations: min(jobs, batch.count)) { _ in
      while true {
        let index = progress.withLock { progress -> Int? in
          guard progress.error == nil, progress.next < batch.count else { return nil }
          progress.next += 1
          return progress.next - 1
        }
        guard let index else { return }
        do {
          let known = try store.outcome(of: batch[index])
          let outcome = try known ?? evaluator.evaluate(batch[index])
          if known == nil { try store.keep(outcome, of: batch[index]) }
          progress.withLock { progress in
            let result = TrialResult(batch[index], outcome)
            progress.results[index] = result
            progress.done += 1
            observer.didFinish(result, isKnown: known != nil, done: progress.done, of: count)
          }
        } catch {
          progress.withLock { if $0.error == nil { $0.error = error } }
        }
      }
    }
    return try progress.withLock { progress in
      if let error = progress.error { throw error }
      return progress.results.map { $0! }
    }
  }
}
