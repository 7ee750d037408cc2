// Between the lanes of a frame's beats and the core's packed elements.

import FixedPoint
import VerilogAST

/// Packs and unpacks the elements of one side; a loop where all elements have one format.
struct LaneMap {
  private let layout: FrameLayout
  private let lane: Int

  init(_ layout: FrameLayout) {
    guard let lane = layout.laneWidth else { preconditionFailure("a packed frame has no lanes") }
    self.layout = layout
    self.lane = lane
  }

  /// `784 lanes of 8 bits, elements of 6.`
  var title: String {
    let count = layout.formats.count
    return "\(count) \(count == 1 ? "lane" : "lanes") of \(lane) bits"
      + (uniform.map { ", elements of \($0.width)." } ?? ".")
  }

  /// The one format of many elements.
  private var uniform: FixedFormat? {
    guard let first = layout.formats.first, layout.formats.count > 4, first.width > 0,
      layout.formats.allSatisfy({ $0 == first })
    else { return nil }
    return first
  }

  /// Definitions of `packed`, from the lanes' low bits.
  func unpack(_ lanes: Net, to packed: Net) -> [Item] {
    if let format = uniform {
      let result = Net("unpacked", width: packed.width)
      let argument = Net("lanes", width: lanes.width)
      let function = ElementFunction(
        result, argument: argument, count: layout.formats.count,
        element: Definition(
          part: result.element(stride: format.width, width: format.width),
          argument.element(stride: lane, width: format.width)),
        hasPadding: false)
      return [
        .elementFunction(function), .wires([Definition(packed, function.call(lanes.value))]),
      ]
    }
    let parts = layout.formats.indices.compactMap { index -> Expression? in
      let width = layout.formats[index].width
      return width == 0 ? nil : lanes.bits(index * lane + width - 1, index * lane)
    }
    let value = parts.isEmpty ? Expression.low : .concatenation(parts.reversed())
    return [.wires([Definition(packed, value)])]
  }

  /// Definitions of `lanes`: elements extended as their sign says, zeros behind the last.
  func pack(_ packed: Net, to lanes: Net) -> [Item] {
    let padding = lanes.width - layout.formats.count * lane
    if let format = uniform {
      let result = Net("packed_lanes", width: lanes.width)
      let argument = Net("elements", width: packed.width)
      let element = argument.element(stride: format.width, width: format.width)
      let sign = argument.element(stride: format.width, offset: format.width - 1, width: 1)
      let function = ElementFunction(
        result, argument: argument, count: layout.formats.count,
        element: Definition(
          part: result.element(stride: lane, width: lane),
          extended(element, sign: format.isSigned ? sign : nil)),
        hasPadding: padding > 0)
      return [
        .elementFunction(function), .wires([Definition(lanes, function.call(packed.value))]),
      ]
    }
    var parts: [Expression] = []
    var offset = 0
    for format in layout.formats {
      if format.width == 0 {
        parts.append(.zeros(lane))
        continue
      }
      let bits = packed.bits(offset + format.width - 1, offset)
      let sign = packed.bit(offset + format.width - 1)
      parts.append(extended(bits, sign: format.isSigned ? sign : nil))
      offset += format.width
    }
    if padding > 0 { parts.append(.zeros(padding)) }
    return [.wires([Definition(lanes, .concatenation(parts.reversed()))])]
  }

  /// `{{5{y[2]}}, y[2:0]}`.
  private func extended(_ bits: Expression, sign: Expression?) -> Expression {
    let count = lane - bits.width
    if count == 0 { return bits }
    return .concatenation([sign?.repeated(count) ?? .zeros(count), bits])
  }
}
