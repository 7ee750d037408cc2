// Random and extreme frames for any design.

import DataflowIR
import FixedPoint
import SeededRandom

extension Design {
  /// Frames of the input channels' integers; the first two are the corners.
  public func randomFrames(count: Int, seed: UInt64) -> [[[Int64]]] {
    var random = SeededRandom(seed: seed)
    func frame(_ integer: (FixedFormat) -> Int64) -> [[Int64]] {
      inputs.map { id in self[id].elementFormats.map(integer) }
    }
    let corners = [frame(\.minimum), frame(\.maximum)]
    return corners
      + (0..<max(count - 2, 0)).map { _ in
        frame { Int64.random(in: $0.minimum...$0.maximum, using: &random) }
      }
  }
}
