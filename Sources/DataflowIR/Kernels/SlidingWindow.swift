// Windows over the pixels of a frame: hw/nn_window.v.

/// A window that moves over an image of `rows` x `columns` pixels, each of `chunks` beats.
///
/// A window holds the taps of one chunk, (0, 0) first, columns fastest, and is a vector of the output
/// channel. Positions follow row by row, the chunks of a position one after the other. Taps outside
/// the image read padding.
public struct SlidingWindow: Hashable, Sendable {
  public struct Axis: Hashable, Sendable {
    /// Pixels of the image, windows on it, taps of a window.
    public var input: Int
    public var output: Int
    public var taps: Int
    public var stride: Int
    public var dilation: Int
    /// Padding in front; behind it follows from `output`.
    public var begin: Int

    public init(input: Int, output: Int, taps: Int, stride: Int, dilation: Int, begin: Int) {
      self.input = input
      self.output = output
      self.taps = taps
      self.stride = stride
      self.dilation = dilation
      self.begin = begin
    }

    /// Where the last tap of window `position` lies.
    func end(_ position: Int) -> Int { position * stride - begin + (taps - 1) * dilation }

    /// Whether padding in front is reached over by the window.
    fileprivate var isSupported: Bool { end(0) >= 0 && begin <= (taps - 1) * dilation }
  }

  public var rows: Axis
  public var columns: Axis
  /// Beats of a pixel.
  public var chunks: Int
  /// Whether padding is the smallest number of the format, and not zero.
  public var padsWithMinimum: Bool

  public init(rows: Axis, columns: Axis, chunks: Int, padsWithMinimum: Bool) {
    self.rows = rows
    self.columns = columns
    self.chunks = chunks
    self.padsWithMinimum = padsWithMinimum
  }

  /// Whether `hw/nn_window.v` covers it: every window is complete in a step of its own, after those before.
  public var isSupported: Bool {
    guard rows.isSupported, columns.isSupported else { return false }
    return rows.output == 1
      || columns.end(columns.output - 1) < columns.end(0) + rows.stride * columns.input
  }

  public var taps: Int { rows.taps * columns.taps }
  public var positions: Int { rows.output * columns.output }

  /// The step in which the window of (row, column) and the first chunk is complete.
  func completion(_ row: Int, _ column: Int) -> Int {
    (rows.end(row) * columns.input + columns.end(column)) * chunks
  }

  /// Steps of a frame: one per beat, and those that flush the last windows.
  public var stepCount: Int {
    let last = completion(rows.output - 1, columns.output - 1) + chunks
    return max(rows.input * columns.input * chunks, last)
  }

  /// The windows of `frame`, whose beats hold `lanes` elements; padding is `padding`.
  func windows(of frame: [Int64], lanes: Int, padding: Int64) -> [Int64] {
    var result: [Int64] = []
    result.reserveCapacity(positions * chunks * taps * lanes)
    for row in 0..<rows.output {
      for column in 0..<columns.output {
        for chunk in 0..<chunks {
          append(row, column, chunk, frame, lanes, padding, to: &result)
        }
      }
    }
    return result
  }

  private func append(
    _ row: Int, _ column: Int, _ chunk: Int, _ frame: [Int64], _ lanes: Int, _ padding: Int64,
    to result: inout [Int64]
  ) {
    for ky in 0..<rows.taps {
      let y = row * rows.stride - rows.begin + ky * rows.dilation
      for kx in 0..<columns.taps {
        let x = column * columns.stride - columns.begin + kx * columns.dilation
        if (0..<rows.input).contains(y) && (0..<columns.input).contains(x) {
          let start = ((y * columns.input + x) * chunks + chunk) * lanes
          result += frame[start..<(start + lanes)]
        } else {
          for _ in 0..<lanes { result.append(padding) }
        }
      }
    }
  }
}
