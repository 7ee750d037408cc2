// Images made larger or smaller without arithmetic: hw/nn_pad.v, hw/nn_crop.v, hw/nn_upsample.v.

/// What becomes of the pixels of a frame, row-major on both sides.
///
/// A pixel travels in as many beats of as many lanes as before:
/// `pad` of 2 x 3 pixels to 3 x 4, `begin` 1 and 0:
/// ```
///               0 0 0 0
///   a b c  →    a b c 0
///   d e f       d e f 0
/// ```
public struct ImageOperation: Hashable, Sendable {
  public enum Function: String, CaseIterable, Hashable, Sendable {
    /// Zeros around the image.
    case pad
    /// A part of the image.
    case crop
    /// Every pixel as often as `output` / `input`.
    case upsample
  }

  /// Rows or columns of the image.
  public struct Axis: Hashable, Sendable {
    public var input: Int
    public var output: Int
    /// Zeros in front of the image, or pixels in front of its part; 0 of `upsample`.
    public var begin: Int

    public init(input: Int, output: Int, begin: Int = 0) {
      self.input = input
      self.output = output
      self.begin = begin
    }

    public var factor: Int { output / input }
    public var isTrivial: Bool { input == output }
  }

  public var function: Function
  public var rows: Axis
  public var columns: Axis

  public init(_ function: Function, rows: Axis, columns: Axis) {
    self.function = function
    self.rows = rows
    self.columns = columns
  }

  /// Pixels of the image that is read.
  public var inputPixels: Int { rows.input * columns.input }

  /// Cycles from a step to its beat.
  public var latency: Int {
    switch function {
    case .pad, .crop: 0
    case .upsample: 1
    }
  }

  /// Whether the image stays as it is.
  public var isTrivial: Bool { rows.isTrivial && columns.isTrivial }

  /// Beats of the memory of `hw/nn_upsample.v`: a row, or a pixel where rows are not repeated.
  func memoryWords(chunks: Int) -> Int {
    switch function {
    case .pad, .crop: 0
    case .upsample: rows.factor > 1 ? columns.input * chunks : chunks
    }
  }

  /// Whether the sizes of an axis are possible.
  func fits(_ axis: Axis) -> Bool {
    guard axis.input > 0, axis.output > 0, axis.begin >= 0 else { return false }
    switch function {
    case .pad: return axis.begin + axis.input <= axis.output
    case .crop: return axis.begin + axis.output <= axis.input
    case .upsample: return axis.begin == 0 && axis.output % axis.input == 0
    }
  }

  /// The place on the input's axis of what the output has at `position`; nil for a zero.
  private func source(_ position: Int, _ axis: Axis) -> Int? {
    switch function {
    case .pad:
      let place = position - axis.begin
      return (0..<axis.input).contains(place) ? place : nil
    case .crop: return position + axis.begin
    case .upsample: return position / axis.factor
    }
  }

  /// The image made of `frame`, whose pixels have `elements` elements.
  func image(of frame: [Int64], elements: Int) -> [Int64] {
    var result: [Int64] = []
    result.reserveCapacity(rows.output * columns.output * elements)
    for row in 0..<rows.output {
      for column in 0..<columns.output {
        if let y = source(row, rows), let x = source(column, columns) {
          let start = (y * columns.input + x) * elements
          result += frame[start..<(start + elements)]
        } else {
          for _ in 0..<elements { result.append(0) }
        }
      }
    }
    return result
  }

  /// The steps of a frame whose pixels come in `chunks` beats.
  func steps(chunks: Int, reserves: UInt32) -> [Step] {
    switch function {
    case .pad: return paddingSteps(chunks, reserves)
    case .crop: return croppingSteps(chunks, reserves)
    case .upsample: return repeatingSteps(chunks, reserves)
    }
  }

  /// No frame begins before its first beat is there.
  private func paddingSteps(_ chunks: Int, _ reserves: UInt32) -> [Step] {
    var steps: [Step] = []
    var hasBegun = false
    for row in 0..<rows.output {
      for column in 0..<columns.output {
        let takes = source(row, rows) != nil && source(column, columns) != nil
        hasBegun = hasBegun || takes
        let step = Step(needs: hasBegun ? 0 : 1, takes: takes ? 1 : 0, reserves: reserves)
        for _ in 0..<chunks { steps.append(step) }
      }
    }
    return steps
  }

  private func croppingSteps(_ chunks: Int, _ reserves: UInt32) -> [Step] {
    var steps: [Step] = []
    for row in 0..<rows.input {
      for column in 0..<columns.input {
        let isKept =
          (0..<rows.output).contains(row - rows.begin)
          && (0..<columns.output).contains(column - columns.begin)
        let step = Step(takes: 1, reserves: isKept ? reserves : 0)
        for _ in 0..<chunks { steps.append(step) }
      }
    }
    return steps
  }

  private func repeatingSteps(_ chunks: Int, _ reserves: UInt32) -> [Step] {
    var steps: [Step] = []
    for row in 0..<rows.output {
      for column in 0..<columns.output {
        let isFirst = row % rows.factor == 0 && column % columns.factor == 0
        let step = Step(takes: isFirst ? 1 : 0, reserves: reserves)
        for _ in 0..<chunks { steps.append(step) }
      }
    }
    return steps
  }
}
