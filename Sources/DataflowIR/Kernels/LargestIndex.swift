// The place of the largest element: hw/nn_argmax.v.

import FixedPoint

/// The place of the largest element of every vector, of equal ones the first; vectors come in beats of
/// `lanes` elements.
public struct LargestIndex: Hashable, Sendable {
  public var lanes: Int

  public init(lanes: Int) {
    self.lanes = lanes
  }

  /// Cycles from the last beat of a vector to its index: one per level of the tree over a beat, one to
  /// compare with the beats before.
  public var latency: Int { ceilingLog2(lanes) + 1 }

  /// The places in the vectors of `frame`, each of `elements` elements.
  func indices(of frame: [Int64], elements: Int) -> [Int64] {
    stride(from: 0, to: frame.count, by: elements).map { start in
      var best = 0
      for index in 1..<max(elements, 1) where frame[start + index] > frame[start + best] {
        best = index
      }
      return Int64(best)
    }
  }
}
