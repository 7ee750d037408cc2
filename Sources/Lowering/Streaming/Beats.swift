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
    guard canResize(to: target) else {
      // Padding inside of a vector of the other side: in between, a beat is a whole vector.
      let (vectors, elements) =
        isPadded ? (vectors, elements) : (target.vectors, target.elements)
      let whole = Beats(vectors: vectors, elements: elements, lanes: elements)
      return resized(to: whole) + whole.resized(to: target)
    }
    return [target]
  }

  /// Whether the beats are also those of vectors of `elements` elements.
  private func holdsVectors(of elements: Int) -> Bool {
    elements == self.elements
      || elements > 0 && vectors * self.elements % elements == 0 && elements % lanes == 0
        && !isPadded
  }

  /// Whether one `nn_resize` leads there: `Channel.resizeCount`.
  private func canResize(to target: Beats) -> Bool {
    target.holdsVectors(of: elements) || holdsVectors(of: target.elements)
      || !isPadded && !target.isPadded
  }
}
