// Frames to simulate with, and what must come back.

import Dispatch
import FixedPoint
import GraphIR
import SeededRandom
import Synchronization

extension Compilation {
  /// Random integers of the input formats: mostly anything, some extremes, some sparse frames.
  public func randomFrames(count: Int) -> [[Int64]] {
    var random = SeededRandom(seed: options.seed)
    let formats = host.inputFormats
    return (0..<count).map { index in
      let style = index % 4
      return formats.map { format in
        switch style {
        case 1 where Int.random(in: 0..<4, using: &random) > 0: return 0
        case 2: return Bool.random(using: &random) ? format.minimum : format.maximum
        default: return Int64.random(in: format.minimum...format.maximum, using: &random)
        }
      }
    }
  }
}

/// `transform` of every index below `count`, on all cores; results in order.
public func parallelMap<Result: Sendable>(
  _ count: Int, _ transform: @Sendable (Int) -> Result
) -> [Result] {
  let pieces = min(count, 64)
  let parts = Mutex([[Result]](repeating: [], count: max(pieces, 1)))
  DispatchQueue.concurrentPerform(iterations: pieces) { piece in
    let range = count * piece / pieces..<count * (piece + 1) / pieces
    let results = range.map(transform)
    parts.withLock { $0[piece] = results }
  }
  return parts.withLock { $0.flatMap { $0 } }
}
