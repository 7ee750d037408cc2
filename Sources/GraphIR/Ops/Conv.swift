// conv: a convolution over one or two spatial axes, plus a bias.

import Diagnostics
import FixedPoint

/// `y[p, j] = Σ_t Σ_c x[p · stride - begin + t · dilation, c] · kernel[t, c, j] + bias[j]`, where what
/// lies outside x is zero. Operands: x [L, C] or [H, W, C], kernel [k…, C / groups, out], and
/// optionally bias [out].
///
/// As in every framework the kernel is not mirrored. Group g of the outputs reads group g of the
/// channels; with `groups` = C the convolution is depthwise, and output j reads channel
/// j · C / out. `padding` is explicit: in front of and behind each spatial axis, see
/// `SpatialWindow.samePadding`.
public struct Conv: OpDefinition {
  public static let mnemonic = "conv"
  public static let arity = 2...3

  public var strides: [Int]
  public var padding: [Int]
  public var dilations: [Int]
  public var groups: Int

  /// Empty lists stand for strides and dilations of one, and no padding.
  public init(
    strides: [Int] = [], padding: [Int] = [], dilations: [Int] = [], groups: Int = 1
  ) {
    self.strides = strides
    self.padding = padding
    self.dilations = dilations
    self.groups = groups
  }

  public var attributes: [Attribute] {
    var list: [Attribute] = []
    if !strides.isEmpty { list.append(Attribute("strides", extents: strides)) }
    if !padding.isEmpty { list.append(Attribute("padding", extents: padding)) }
    if !dilations.isEmpty { list.append(Attribute("dilations", extents: dilations)) }
    if groups != 1 { list.append(Attribute("groups", .integer(groups))) }
    return list
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    strides = try reader.extents("strides")
    padding = try reader.extents("padding")
    dilations = try reader.extents("dilations")
    groups = try reader.integer("groups", default: 1)
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let (x, kernel) = (inputs[0], inputs[1])
    guard kernel.rank == 3 || kernel.rank == 4 else {
      throw ShapeError("a kernel of shape [k, C, out] or [k, k, C, out] is expected; got \(kernel)")
    }
    let geometry = try window(kernel).geometry(on: x)
    let outputs = kernel.channels
    guard groups >= 1, x.channels % groups == 0, outputs % groups == 0 else {
      throw ShapeError(
        "\(groups) groups do not divide \(x.channels) channels and \(outputs) outputs")
    }
    guard kernel.extents[kernel.rank - 2] == x.channels / groups else {
      throw ShapeError(
        "the kernel \(kernel) reads \(kernel.extents[kernel.rank - 2]) channels, "
          + "the input has \(x.channels)" + (groups == 1 ? "" : " in \(groups) groups"))
    }
    if inputs.count == 3, inputs[2] != [outputs] {
      throw ShapeError("bias \(inputs[2]) does not fit \(outputs) outputs")
    }
    return geometry.result(channels: outputs)
  }

  /// The window of a kernel of this shape.
  public func window(_ kernel: Shape) -> SpatialWindow {
    SpatialWindow(
      size: Array(kernel.extents.dropLast(2)), strides: strides, padding: padding,
      dilations: dilations)
  }

  /// Multiplications of a weight and an input per sample, padding not counted.
  public func products(input: Shape, kernel: Shape) -> Int {
    guard let geometry = try? window(kernel).geometry(on: input) else { return 0 }
    func pairs(_ axis: WindowGeometry.Axis) -> Int {
      (0..<axis.output).reduce(0) { $0 + axis.taps($1).count }
    }
    return pairs(geometry.rows) * pairs(geometry.columns)
      * (kernel.extents[kernel.rank - 2] * kernel.channels)
  }

  func product(_ x: Shape, _ kernel: Shape) -> WindowProduct {
    guard let geometry = try? window(kernel).geometry(on: x) else {
      preconditionFailure("the graph is not verified")
    }
    return WindowProduct(
      geometry: geometry, outputs: kernel.channels, groups: groups,
      shape: geometry.result(channels: kernel.channels))
  }

  /// One interval per output channel, that of all positions together: hardware computes one
  /// position after the other with the same adders. Which taps fall into the padding is exact.
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let product = product(inputs[0].shape, inputs[1].shape)
    guard let operands = LinearOperands(inputs) else {
      return .real(shape: product.shape, bounds: nil)
    }
    let channels = operands.x.channelHulls
    let sums = intervalSums(
      channels, operands.weights, taps: product.geometry.taps, groups: groups)
    let outputs = product.outputs
    let columns = product.geometry.columns
    var hulls: [Interval?] = Array(repeating: nil, count: outputs)
    for rowTaps in product.geometry.rows.tapRanges {
      for columnTaps in columns.tapRanges {
        for j in 0..<outputs {
          var sum = operands.bias(j)
          for y in rowTaps {
            for x in columnTaps { sum = sum + sums[(y * columns.window + x) * outputs + j] }
          }
          hulls[j] = hulls[j].map { $0.union(sum) } ?? sum
        }
      }
    }
    let intervals = (0..<product.geometry.positions).flatMap { _ in hulls.map { $0! } }
    return .fixed(
      ElementRanges(shape: product.shape, fraction: operands.fraction, intervals: intervals))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let bias = inputs.count == 3 ? inputs[2] : nil
    return product(inputs[0].shape, inputs[1].shape)
      .prepared(inputs[1], bias).evaluate(inputs[0])
  }

  public func prepared(_ constants: [Value?], _ shapes: [Shape]) -> PreparedOp {
    preparedProduct(product(shapes[0], shapes[1]), constants) { evaluate($0) }
  }
}
