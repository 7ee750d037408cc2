// Where the windows of convolutions and poolings lie on their input.

/// A window that moves over one or two spatial axes. The last axis of the input, that of the
/// channels, is not among them.
///
/// Every list has an entry per spatial axis, `padding` two: in front of the first and behind the
/// last element. Empty lists of strides and dilations stand for ones, of padding for zeros.
public struct SpatialWindow: Hashable, Sendable {
  public var size: [Int]
  public var strides: [Int]
  public var padding: [Int]
  public var dilations: [Int]

  public init(size: [Int], strides: [Int] = [], padding: [Int] = [], dilations: [Int] = []) {
    self.size = size
    self.strides = strides
    self.padding = padding
    self.dilations = dilations
  }

  /// The padding that TensorFlow and Keras call `same`: as many windows as `⌈extent / stride⌉`, the
  /// smaller half of the padding in front.
  ///
  /// | extent | size | stride | padding |
  /// |--------|------|--------|---------|
  /// | 28     | 3    | 1      | 1, 1    |
  /// | 28     | 3    | 2      | 0, 1    |
  /// | 5      | 2    | 2      | 0, 1    |
  /// | 28     | 5    | 1      | 2, 2    |
  public static func samePadding(
    extents: [Int], size: [Int], strides: [Int] = [], dilations: [Int] = []
  ) -> [Int] {
    extents.indices.flatMap { axis -> [Int] in
      let stride = strides.isEmpty ? 1 : strides[axis]
      let reach = (size[axis] - 1) * (dilations.isEmpty ? 1 : dilations[axis]) + 1
      let count = (extents[axis] + stride - 1) / stride
      let total = max((count - 1) * stride + reach - extents[axis], 0)
      return [total / 2, total - total / 2]
    }
  }

  /// The largest stride, padding or dilation: keeps sums of them far from overflow.
  private static let limit = 1 << 20

  /// The windows on an input of shape [L, C] or [H, W, C]; throws what does not fit.
  public func geometry(on input: Shape) throws(ShapeError) -> WindowGeometry {
    let rank = size.count
    guard rank == 1 || rank == 2 else { throw ShapeError("windows of rank \(rank) are unknown") }
    guard input.rank == rank + 1 else {
      throw ShapeError(
        "an input of rank \(rank + 1) is expected, \(rank == 1 ? "[L, C]" : "[H, W, C]"); "
          + "got \(input)")
    }
    for (name, list, count) in [
      ("strides", strides, rank), ("dilations", dilations, rank), ("padding", padding, 2 * rank),
    ] where !list.isEmpty && list.count != count {
      throw ShapeError("\(list.count) \(name) for \(rank) spatial axes; expected \(count)")
    }
    for (name, list, least) in [
      ("size", size, 1), ("strides", strides, 1), ("dilations", dilations, 1),
      ("padding", padding, 0),
    ] {
      if let bad = list.first(where: { $0 < least || $0 > SpatialWindow.limit }) {
        throw ShapeError("\(name) holds \(bad); \(least) to \(SpatialWindow.limit) are possible")
      }
    }
    var axes: [WindowGeometry.Axis] = []
    for axis in 0..<rank {
      let extent = input.extents[axis]
      let (begin, end) = padding.isEmpty ? (0, 0) : (padding[2 * axis], padding[2 * axis + 1])
      let stride = strides.isEmpty ? 1 : strides[axis]
      let dilation = dilations.isEmpty ? 1 : dilations[axis]
      let reach = (size[axis] - 1) * dilation + 1
      guard reach <= extent + begin + end else {
        throw ShapeError("a window of \(reach) does not fit \(extent + begin + end) elements")
      }
      axes.append(
        WindowGeometry.Axis(
          input: extent, output: (extent + begin + end - reach) / stride + 1, window: size[axis],
          stride: stride, begin: begin, dilation: dilation))
    }
    let single = WindowGeometry.Axis(
      input: 1, output: 1, window: 1, stride: 1, begin: 0, dilation: 1)
    return WindowGeometry(
      rows: rank == 2 ? axes[0] : single, columns: axes[rank - 1], channels: input.channels,
      isPlane: rank == 2)
  }
}

/// Every window on one input, which is seen as a plane: [L, C] is [1, L, C].
public struct WindowGeometry: Hashable, Sendable {
  public struct Axis: Hashable, Sendable {
    public var input: Int
    public var output: Int
    public var window: Int
    public var stride: Int
    /// Padding in front.
    public var begin: Int
    public var dilation: Int

    /// The element that tap 0 of window `position` reads; negative in the padding.
    public func origin(_ position: Int) -> Int { position * stride - begin }

    /// The taps of window `position` that read the input and not the padding.
    public func taps(_ position: Int) -> Range<Int> {
      let origin = origin(position)
      let first = origin < 0 ? (-origin + dilation - 1) / dilation : 0
      let last = input <= origin ? 0 : (input - 1 - origin) / dilation + 1
      return first..<max(first, min(last, window))
    }

    /// The different ranges of taps there are, in the order of positions.
    public var tapRanges: [Range<Int>] {
      var ranges: [Range<Int>] = []
      for position in 0..<output {
        let taps = taps(position)
        if !ranges.contains(taps) { ranges.append(taps) }
      }
      return ranges
    }
  }

  public var rows: Axis
  public var columns: Axis
  public var channels: Int
  /// Whether the input has two spatial axes.
  public var isPlane: Bool

  /// A matrix product: one window per row, that reads this row alone.
  static func rows(_ count: Int, channels: Int) -> WindowGeometry {
    WindowGeometry(
      rows: Axis(input: 1, output: 1, window: 1, stride: 1, begin: 0, dilation: 1),
      columns: Axis(input: count, output: count, window: 1, stride: 1, begin: 0, dilation: 1),
      channels: channels, isPlane: false)
  }

  public var taps: Int { rows.window * columns.window }
  public var positions: Int { rows.output * columns.output }

  /// The shape of a result with so many channels.
  public func result(channels: Int) -> Shape {
    isPlane ? [rows.output, columns.output, channels] : [columns.output, channels]
  }

  /// The spatial element that every tap of window `position` reads, taps and positions row-major;
  /// nil in the padding.
  public func sources(_ position: Int) -> [Int?] {
    var sources = [Int?](repeating: nil, count: taps)
    let (row, column) = (position / columns.output, position % columns.output)
    forEachTap(row, column) { tap, element in sources[tap] = element }
    return sources
  }

  /// Calls `body` for every tap of window (row, column) that reads the input, with the number of
  /// the tap and that of the spatial element it reads.
  @inlinable @inline(__always)
  public func forEachTap(_ row: Int, _ column: Int, _ body: (_ tap: Int, _ element: Int) -> Void) {
    let (top, left) = (rows.origin(row), columns.origin(column))
    let reach = columns.taps(column)
    for y in rows.taps(row) {
      for x in reach {
        body(
          y * columns.window + x,
          (top + y * rows.dilation) * columns.input + left + x * columns.dilation)
      }
    }
  }
}
