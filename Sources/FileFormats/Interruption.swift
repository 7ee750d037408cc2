// What Ctrl-C does while files are written or tools run: it waits until nothing is left behind.

import Diagnostics
import Foundation
import Synchronization

/// Delays SIGINT, SIGTERM and SIGHUP while a `shielded` body runs.
///
/// The handler only takes a note. The body looks at it between two pieces of its work, cleans up
/// and throws; when the last body is done the old handlers come back and the signal is raised
/// again, so that the process ends as it would have.
package enum Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// The signal that came, or 0.
  private static let pending = Atomic<Int32>(0)
  private static let shields = Mutex(Shields())

  private struct Shields {
    var depth = 0
    var old: [sigaction] = []
  }

  package static var isPending: Bool { pending.load(ordering: .relaxed) != 0 }

  /// Throws when a signal came.
  package static func check() throws(Diagnostic) {
    if isPending { throw .interrupted() }
  }

  package static func shielded<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    begin()
    defer { end() }
    return try body()
  }

  private static func begin() {
    // Touched here, so that the handler never initialises it.
    _ = pending.load(ordering: .relaxed)
    shields.withLock { shields in
      if shields.depth == 0 {
        shields.old = signals.map { signal in
          var action = sigaction()
          var old = sigaction()
          action.__sigaction_handler.sa_handler = {
            Interruption.pending.store($0, ordering: .relaxed)
          }
          sigaction(signal, nil, &old)
          // Who ignores a signal (nohup) goes on ignoring it.
          if !isIgnored(old) { sigaction(signal, &action, nil) }
          return old
        }
      }
      shields.depth += 1
    }
  }

  private static func end() {
    shields.withLock { shields in
      shields.depth -= 1
      guard shields.depth == 0 else { return }
      for (signal, var old) in zip(signals, shields.old) { sigaction(signal, &old, nil) }
      let signal = pending.exchange(0, ordering: .relaxed)
      // To the process: a worker thread has these signals blocked, so `raise` would wait for ever.
      if signal != 0 { kill(getpid(), signal) }
    }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

extension Diagnostic {
  static func interrupted() -> Diagnostic {
    Diagnostic(id: "output.interrupted", "interrupted; nothing was written")
  }
}
