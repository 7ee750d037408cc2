// What kernels exchange: frames, in one beat or in many.

import FixedPoint

/// A frame on its way from one kernel to the next.
///
/// A frame is `vectors` vectors of `elements` elements. A vector travels as `beatsPerVector` beats of
/// `lanes` elements, the last of them padded; see docs/streaming.md. In an unrolled design the frame is one
/// vector in one beat.
public struct Channel: Hashable, Sendable {
  public struct ID: Hashable, Sendable {
    public let index: Int

    public init(_ index: Int) {
      self.index = index
    }
  }

  public var name: String
  /// The tensor's extents; row-major.
  public var extents: [Int]
  /// Vectors of a frame, and elements of a vector.
  public var vectors: Int
  public var elements: Int
  /// The format of each lane of a beat.
  public var formats: [FixedFormat]
  /// What each lane can carry: its format's values, or fewer.
  public var intervals: [Interval]
  /// Places of the FIFO in front of each reader, in the order of kernels, the design's output last;
  /// empty in a design that has none.
  public var depths: [Int]

  /// A channel whose frame is one beat.
  public init(
    name: String, extents: [Int], formats: [FixedFormat], intervals: [Interval]? = nil
  ) {
    self.init(
      name: name, extents: extents, vectors: 1, elements: formats.count, formats: formats,
      intervals: intervals)
  }

  public init(
    name: String, extents: [Int], vectors: Int, elements: Int, formats: [FixedFormat],
    intervals: [Interval]? = nil
  ) {
    self.name = name
    self.extents = extents
    self.vectors = vectors
    self.elements = elements
    self.formats = formats
    self.intervals = intervals ?? formats.map(\.interval)
    depths = []
  }

  /// Elements of a beat.
  public var lanes: Int { formats.count }
  public var beatsPerVector: Int { (elements + lanes - 1) / max(lanes, 1) }
  /// Beats of a frame.
  public var beats: Int { vectors * beatsPerVector }
  /// Elements of a frame, without padding.
  public var count: Int { vectors * elements }
  /// Whether the last beat of a vector has lanes without an element.
  public var isPadded: Bool { lanes > 0 && elements % lanes != 0 }

  /// The format of every element of a frame.
  public var elementFormats: [FixedFormat] {
    (0..<count).map { formats[$0 % elements % lanes] }
  }

  /// Bits of one beat: the elements side by side, element 0 in the lowest bits.
  public var width: Int { formats.reduce(0) { $0 + $1.width } }

  // MARK: - The same elements in other beats

  /// Whether the beats are also those of vectors of `elements` elements.
  public func holdsVectors(of elements: Int) -> Bool {
    elements == self.elements
      || elements > 0 && count % elements == 0 && elements % lanes == 0 && !isPadded
  }

  /// The elements after which the beats of both channels begin anew, padding behind the last of them only;
  /// nil where there is no such number. `nn_resize` counts to it.
  public func resizeCount(to other: Channel) -> Int? {
    if other.holdsVectors(of: elements) { return elements }
    if holdsVectors(of: other.elements) { return other.elements }
    return isPadded || other.isPadded ? nil : count
  }
}
