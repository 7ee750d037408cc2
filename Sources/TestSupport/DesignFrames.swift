// Random and extreme frames for any design.

import DataflowIR
import SeededRandom

extension Design {
  /// Frames of the input channels' integers; the first two are the corners.
  public func randomFrames(count: Int, seed: UInt64) -> [[[Int64]]] {
    var random = SeededRandom(seed: seed)
    func frame(_ element: (Channel, Int) -> Int64) -> [[Int64]] {
      inputs.map { id in self[id].formats.indices.map { element(self[id], $0) } }
    }
    let corners = [
      frame { channel, element in channel.formats[element].minimum },
      frame { channel, element in channel.formats[element].maximum },
    ]
    return corners
      + (0..<max(count - 2, 0)).map { _ in
        frame { channel, element in
          let format = channel.formats[element]
          return Int64.random(in: format.minimum...format.maximum, using: &random)
        }
      }
  }
}
