// How a window slides over a feature map.

import Diagnostics
import FileFormats

/// What surrounds a feature map.
public enum Padding: String, CaseIterable, Sendable {
  /// Nothing: windows stay inside.
  case valid
  /// As many places as give ceil(size / stride) windows, split as TensorFlow does: the smaller half
  /// first.
  case same
}

/// The extent and pace of a window along one axis.
public struct WindowAxis: Hashable, Sendable {
  public var size: Int
  public var stride: Int
  public var dilation: Int
  public var padding: Padding

  public init(size: Int, stride: Int = 1, dilation: Int = 1, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// Places from the first to the last value of a window.
  var reach: Int { (size - 1) * dilation + 1 }

  /// Number of windows over `length` values; not positive when none fits.
  public func count(over length: Int) -> Int {
    switch padding {
    case .valid: length < reach ? 0 : (length - reach) / stride + 1
    case .same: (length + stride - 1) / stride
    }
  }

  /// Places before the first and behind the last of `length` values.
  public func padding(over length: Int) -> (before: Int, after: Int) {
    guard padding == .same else { return (0, 0) }
    let total = max((count(over: length) - 1) * stride + reach - length, 0)
    return (total / 2, total - total / 2)
  }
}

/// A window over a feature map of height × width × channels; signals have height 1.
struct WindowGeometry: Hashable, Sendable {
  let rows: WindowAxis
  let columns: WindowAxis
  let height: Int
  let width: Int
  let channels: Int

  /// `shape` is [length, channels], [height, width, channels], or [height, width] of one channel.
  init(_ axes: [WindowAxis], over shape: [Int], layer: String) throws(Diagnostic) {
    let shape = axes.count == 2 && shape.count == 2 ? shape + [1] : shape
    guard shape.count == axes.count + 1 else {
      throw .layerNeedsMap(layer, shape, rank: axes.count)
    }
    rows =
      axes.count == 2 ? axes[0] : WindowAxis(size: 1, stride: 1, dilation: 1, padding: .valid)
    columns = axes[axes.count - 1]
    height = axes.count == 2 ? shape[0] : 1
    width = shape[shape.count - 2]
    channels = shape[shape.count - 1]
    guard outputHeight > 0, outputWidth > 0 else { throw .windowTooLarge(layer, shape) }
  }

  var outputHeight: Int { rows.count(over: height) }
  var outputWidth: Int { columns.count(over: width) }
  var positions: Int { outputHeight * outputWidth }
  var inputCount: Int { height * width * channels }
  var top: Int { rows.padding(over: height).before }
  var left: Int { columns.padding(over: width).before }

  /// Whether every window is one place of the map, and they are all of them.
  var isIdentity: Bool {
    rows.size == 1 && columns.size == 1 && rows.stride == 1 && columns.stride == 1
  }

  /// The shape of the result with `channels` channels, of the rank of the operand.
  func outputShape(rank: Int, channels: Int) -> [Int] {
    rank == 2 ? [outputHeight, outputWidth, channels] : [outputWidth, channels]
  }
}

extension WindowGeometry {
  /// Calls `body` with every place of every window: its index among all windows' places, and the
  /// index of its first channel in the map; nil in the padding.
  @inline(__always)
  func forEachPlace(_ body: (Int, Int?) -> Void) {
    let (top, left, outputWidth) = (top, left, outputWidth)
    var place = 0
    for outputRow in 0..<outputHeight {
      for outputColumn in 0..<outputWidth {
        for windowRow in 0..<rows.size {
          let row = outputRow * rows.stride - top + windowRow * rows.dilation
          let isInside = row >= 0 && row < height
          for windowColumn in 0..<columns.size {
            let column = outputColumn * columns.stride - left + windowColumn * columns.dilation
            body(
              place,
              isInside && column >= 0 && column < width ? (row * width + column) * channels : nil)
            place += 1
          }
        }
      }
    }
  }
}

extension [WindowAxis] {
  /// Reads `size` (under `key`), `stride`, `dilation` and `padding` of a window of `rank` axes.
  init(
    _ json: JSONField, size key: String, rank: Int, defaultSize: Int? = nil,
    strideIsSize: Bool = false, dilated: Bool
  ) throws(Diagnostic) {
    let sizes = try json.extents(
      key, rank: rank, default: defaultSize.map { [Int](repeating: $0, count: rank) })
    let strides = try json.extents(
      "stride", rank: rank, default: strideIsSize ? sizes : [Int](repeating: 1, count: rank))
    let dilations =
      dilated
      ? try json.extents("dilation", rank: rank, default: [Int](repeating: 1, count: rank)) : []
    let padding: Padding = try json.optionalMember("padding")?.choice() ?? .valid
    self = (0..<rank).map { axis in
      WindowAxis(
        size: sizes[axis], stride: strides[axis], dilation: dilated ? dilations[axis] : 1,
        padding: padding)
    }
  }

  /// The options of a recipe that `init` reads.
  func options(size key: String, dilated: Bool) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = [
      .init(key, JSONValue(map(\.size))), .init("stride", JSONValue(map(\.stride))),
    ]
    if dilated { members.append(.init("dilation", JSONValue(map(\.dilation)))) }
    return members + [.init("padding", .string(self[0].padding.rawValue))]
  }
}

extension JSONField {
  /// One number for every axis, or a list of one per axis.
  fileprivate func extents(
    _ key: String, rank: Int, default fallback: [Int]?
  ) throws(Diagnostic) -> [Int] {
    let range = 1...4096
    guard let field = try optionalMember(key) else {
      if let fallback { return fallback }
      return [try member(key).integer(in: range)]
    }
    if case .array = field.value {
      let elements = try field.elements()
      guard elements.count == rank else { throw field.mismatch("\(rank) numbers, one per axis") }
      var extents: [Int] = []
      for element in elements { extents.append(try element.integer(in: range)) }
      return extents
    }
    return [Int](repeating: try field.integer(in: range), count: rank)
  }
}
