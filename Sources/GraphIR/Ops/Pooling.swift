// max-pool, average-pool, sum-pool, global-max-pool, global-average-pool: one number per window
// and channel. Padding is not part of any window.

import Diagnostics
import FixedPoint

/// What the pools over windows have in common: x is [L, C] or [H, W, C].
///
/// Attributes: `window`, and optionally `strides` (the window's size when absent) and `padding`, in
/// front of and behind each spatial axis.
public struct PoolWindow: Hashable, Sendable {
  public var size: [Int]
  public var strides: [Int]
  public var padding: [Int]

  /// Strides default to the window's size, as in Keras.
  public init(size: [Int], strides: [Int]? = nil, padding: [Int] = []) {
    self.size = size
    self.strides = strides ?? size
    self.padding = padding
  }

  init(_ reader: inout AttributeReader) throws(Diagnostic) {
    size = try reader.extents("window")
    let strides = try reader.extents("strides")
    self.strides = strides.isEmpty ? size : strides
    padding = try reader.extents("padding")
  }

  var attributes: [Attribute] {
    var list = [Attribute("window", extents: size)]
    if strides != size { list.append(Attribute("strides", extents: strides)) }
    if !padding.isEmpty { list.append(Attribute("padding", extents: padding)) }
    return list
  }

  /// The window alone.
  public var spatial: SpatialWindow {
    SpatialWindow(size: size, strides: strides, padding: padding)
  }

  /// The windows on an input of shape [L, C] or [H, W, C]; throws what does not fit.
  public func geometry(on input: Shape) throws(ShapeError) -> WindowGeometry {
    let geometry = try spatial.geometry(on: input)
    for (axis, extent) in size.enumerated() where !padding.isEmpty {
      guard padding[2 * axis] < extent, padding[2 * axis + 1] < extent else {
        throw ShapeError("a window of \(extent) can lie in the padding altogether")
      }
    }
    return geometry
  }

  func resultShape(_ input: Shape) throws(ShapeError) -> Shape {
    try geometry(on: input).result(channels: input.channels)
  }

  /// The result of `reduce` on the elements under each window and channel, row-major.
  func reduced<Element>(
    _ x: [Element], _ shape: Shape, _ reduce: (Element, Element) -> Element
  ) -> (values: [Element], counts: [Int]) {
    guard let geometry = try? geometry(on: shape) else {
      preconditionFailure("the graph is not verified")
    }
    let channels = geometry.channels
    var values: [Element] = []
    values.reserveCapacity(geometry.positions * channels)
    var counts: [Int] = []
    for row in 0..<geometry.rows.output {
      for column in 0..<geometry.columns.output {
        let start = values.count
        var count = 0
        geometry.forEachTap(row, column) { _, element in
          let source = element * channels
          if count == 0 {
            values += x[source..<source + channels]
          } else {
            for c in 0..<channels {
              values[start + c] = reduce(values[start + c], x[source + c])
            }
          }
          count += 1
        }
        counts.append(count)
      }
    }
    return (values, counts)
  }

  /// How many elements each window holds: fewer at the border, where padding is not counted.
  func counts(_ input: Shape) -> [Int] {
    guard let geometry = try? geometry(on: input) else { return [] }
    return (0..<geometry.rows.output).flatMap { row in
      (0..<geometry.columns.output).map { column in
        geometry.rows.taps(row).count * geometry.columns.taps(column).count
      }
    }
  }

  /// The window that holds everything.
  public static func global(_ input: Shape) -> PoolWindow {
    PoolWindow(size: Array(input.extents.dropLast()))
  }

  static func globalShape(_ input: Shape) throws(ShapeError) -> Shape {
    guard input.rank == 2 || input.rank == 3 else {
      throw ShapeError("an input [L, C] or [H, W, C] is expected; got \(input)")
    }
    return [input.channels]
  }
}

/// The largest element under each window.
public struct MaxPool: OpDefinition {
  public static let mnemonic = "max-pool"
  public static let arity = 1...1

  public var window: PoolWindow

  public init(_ window: PoolWindow) { self.window = window }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    window = try PoolWindow(&reader)
  }
  public var attributes: [Attribute] { window.attributes }
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.resultShape(inputs[0])
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let channels = inputs[0].shape.channels
    switch inputs[0] {
    case .fixed(let x):
      let intervals = window.reduced(x.intervals, x.shape) { $0.maximum($1) }.values
      return .fixed(
        ElementRanges(
          shape: shape(x.shape, channels), fraction: x.fraction, intervals: intervals))
    case .real(let shape, let bounds):
      let largest = bounds.map { bounds in
        window.reduced(bounds, shape) { a, b in
          max(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
        }.values
      }
      return .real(shape: self.shape(shape, channels), bounds: largest)
    }
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    switch inputs[0] {
    case .real(let x):
      .real(
        RealTensor(
          shape: shape(x.shape, x.shape.channels),
          values: window.reduced(x.values, x.shape) { max($0, $1) }.values))
    case .fixed(let x):
      .fixed(
        FixedTensor(
          shape: shape(x.shape, x.shape.channels), fraction: x.fraction,
          values: window.reduced(x.values, x.shape) { max($0, $1) }.values))
    }
  }

  private func shape(_ input: Shape, _ channels: Int) -> Shape {
    (try? window.resultShape(input)) ?? [channels]
  }
}

/// The sum of the elements under each window: exact. With a `multiply` by a quantized reciprocal
/// behind it, what quantized frameworks make of an average.
public struct SumPool: OpDefinition {
  public static let mnemonic = "sum-pool"
  public static let arity = 1...1

  public var window: PoolWindow

  public init(_ window: PoolWindow) { self.window = window }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    window = try PoolWindow(&reader)
  }
  public var attributes: [Attribute] { window.attributes }
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.resultShape(inputs[0])
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = (try? window.resultShape(inputs[0].shape)) ?? []
    guard case .fixed(let x) = inputs[0] else { return .real(shape: shape, bounds: nil) }
    return .fixed(
      ElementRanges(
        shape: shape, fraction: x.fraction,
        intervals: window.reduced(x.intervals, x.shape, +).values))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shape = (try? window.resultShape(inputs[0].shape)) ?? []
    switch inputs[0] {
    case .real(let x):
      return .real(RealTensor(shape: shape, values: window.reduced(x.values, x.shape, +).values))
    case .fixed(let x):
      return .fixed(
        FixedTensor(
          shape: shape, fraction: x.fraction,
          values: window.reduced(x.values, x.shape) { $0 &+ $1 }.values))
    }
  }
}

/// The mean of the elements under each window. Exact where the numbers of elements are powers of
/// two; on exact operands other windows are refused.
public struct AveragePool: OpDefinition {
  public static let mnemonic = "average-pool"
  public static let arity = 1...1

  public var window: PoolWindow

  public init(_ window: PoolWindow) { self.window = window }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    window = try PoolWindow(&reader)
  }
  public var attributes: [Attribute] { window.attributes }
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.resultShape(inputs[0])
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = (try? window.resultShape(inputs[0].shape)) ?? []
    guard case .fixed(let x) = inputs[0] else { return .real(shape: shape, bounds: nil) }
    let (sums, counts) = window.reduced(x.intervals, x.shape, +)
    let channels = x.shape.channels
    return .fixed(
      ElementRanges(
        shape: shape, fraction: x.fraction + (counts.map(AveragePool.bits).max() ?? 0),
        intervals: sums.indices.map { index in
          sums[index].scaled(byPowerOfTwo: -AveragePool.bits(counts[index / channels]))
        }))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shape = (try? window.resultShape(inputs[0].shape)) ?? []
    let channels = shape.channels
    switch inputs[0] {
    case .real(let x):
      let (sums, counts) = window.reduced(x.values, x.shape, +)
      return .real(
        RealTensor(
          shape: shape, values: sums.indices.map { sums[$0] / Double(counts[$0 / channels]) }))
    case .fixed(let x):
      let (sums, counts) = window.reduced(x.values, x.shape) { $0 &+ $1 }
      let finest = counts.map(AveragePool.bits).max() ?? 0
      return .fixed(
        FixedTensor(
          shape: shape, fraction: x.fraction + finest,
          values: sums.indices.map {
            sums[$0] << Int64(finest - AveragePool.bits(counts[$0 / channels]))
          }))
    }
  }

  /// log2 of a power of two.
  private static func bits(_ count: Int) -> Int { count.trailingZeroBitCount }

  /// Why the mean of these exact operands is not exact; nil when it is.
  func problem(_ inputs: [ValueRange]) -> String? {
    guard case .fixed(let x) = inputs[0],
      let count = window.counts(x.shape).first(where: { $0 & ($0 - 1) != 0 })
    else { return nil }
    return "the mean of \(count) exact numbers is not exact"
  }
}

/// The largest element of each channel; the result is a vector.
public struct GlobalMaxPool: OpDefinition {
  public static let mnemonic = "global-max-pool"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try PoolWindow.globalShape(inputs[0])
  }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    MaxPool(.global(inputs[0].shape)).range(inputs).reshaped(to: [inputs[0].shape.channels])
  }
  public func evaluate(_ inputs: [Value]) -> Value {
    MaxPool(.global(inputs[0].shape)).evaluate(inputs).reshaped(to: [inputs[0].shape.channels])
  }
}

/// The mean of each channel; the result is a vector. As exact as `average-pool`.
public struct GlobalAveragePool: OpDefinition {
  public static let mnemonic = "global-average-pool"
  public static let arity = 1...1

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}
  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try PoolWindow.globalShape(inputs[0])
  }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    pool(inputs[0].shape).range(inputs).reshaped(to: [inputs[0].shape.channels])
  }
  public func evaluate(_ inputs: [Value]) -> Value {
    pool(inputs[0].shape).evaluate(inputs).reshaped(to: [inputs[0].shape.channels])
  }
  func problem(_ inputs: [ValueRange]) -> String? { pool(inputs[0].shape).problem(inputs) }
  private func pool(_ input: Shape) -> AveragePool { AveragePool(.global(input)) }
}
