// Frames to simulate with, and what must come back.

import FixedPoint
import GraphIR
import SeededRandom

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

/// `transform` of every index, on all cores; results in order.
public func parallelMap<Result: Sendable>(
  _ count: Int, _ transform: @escaping @Sendable (Int) -> Result
) async -> [Result] {
  let workers = max(1, min(count, 8))
  return await withTaskGroup(of: (Int, [Result]).self) { group in
    for worker in 0..<workers {
      let range = count * worker / workers..<count * (worker + 1) / workers
      group.addTask { (worker, range.map(transform)) }
    }
    var parts = [[Result]](repeating: [], count: workers)
    for await (worker, results) in group { parts[worker] = results }
    return parts.flatMap { $0 }
  }
}
