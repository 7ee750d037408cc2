// How a tensor travels on a channel, and by which kernels it comes to travel otherwise.

import DataflowIR

/// Vectors in beats of `lanes` elements.
public struct Beats: Hashable, Sendable {
  public var vectors: Int
  public var elements: Int
  public var lanes: Int

  public init(vectors: Int, elements: Int, lanes: Int) {
    self.vectors = vectors
    self.elements = elements
    self.lanes = min(lanes, elements)
  }

  init(_ channel: Channel) {
    self.init(vectors: channel.vectors, elements: channel.elements, lanes: channel.lanes)
  }

  /// Whether the last beat of a vector is not full.
  public var isPadded: Bool { elements % lanes != 0 }

  /// What stands behind each `nn_resize` on the way to `target`, the target last; nothing where a channel
  /// carries both alike.
  public func resized(to target: Beats) -> [Beats] {
    if lanes == target.lanes, elements == target.elements || (!isPadded && !target.isPadded) {
      return []
    }
    // Padding inside of the new vector, or new padding inside of the old one: first whole vectors in a beat.
    if isPadded, elements < target.elements {
      let whole = Beats(vectors: vectors, elements: elements, lanes: elements)
      return resized(to: whole) + whole.resized(to: target)
    }
    if target.isPadded, elements > target.elements, elements % target.elements != 0 || isPadded {
      let whole = Beats(vectors: target.vectors, elements: target.elements, lanes: target.elements)
      return resized(to: whole) + whole.resized(to: target)
    }
    return [target]
  }
}
