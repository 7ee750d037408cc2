// Ops that compute nothing: every element of the result is one of the operand's, or zero.

import Diagnostics
import FixedPoint

/// An op of one operand that puts its elements elsewhere.
public protocol Rearrangement: OpDefinition {
  /// For each element of the result, that of the operand; nil for a zero. The shape fits.
  func sources(_ input: Shape) -> [Int?]
}

extension Rearrangement {
  public static var arity: ClosedRange<Int> { 1...1 }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = shape(inputs[0].shape)
    let sources = sources(inputs[0].shape)
    switch inputs[0] {
    case .real(_, let bounds):
      return .real(
        shape: shape,
        bounds: bounds.map { bounds in sources.map { $0.map { bounds[$0] } ?? 0...0 } })
    case .fixed(let x):
      return .fixed(
        ElementRanges(
          shape: shape, fraction: x.fraction,
          intervals: sources.map { $0.map { x.intervals[$0] } ?? .zero }))
    }
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    Self.gather(inputs[0], shape(inputs[0].shape), sources(inputs[0].shape))
  }

  public func prepared(_ constants: [Value?], _ shapes: [Shape]) -> PreparedOp {
    let (shape, sources) = (shape(shapes[0]), sources(shapes[0]))
    return { Self.gather($0[0], shape, sources) }
  }

  private func shape(_ input: Shape) -> Shape {
    guard let shape = try? resultShape([input]) else {
      preconditionFailure("the graph is not verified")
    }
    return shape
  }

  private static func gather(_ x: Value, _ shape: Shape, _ sources: [Int?]) -> Value {
    switch x {
    case .real(let x):
      .real(RealTensor(shape: shape, values: sources.map { $0.map { x.values[$0] } ?? 0 }))
    case .fixed(let x):
      .fixed(
        FixedTensor(
          shape: shape, fraction: x.fraction,
          values: sources.map { $0.map { x.values[$0] } ?? 0 }))
    }
  }
}

/// The operand's element for every one of a result of shape `output`, both [L, C] or [H, W, C], whose
/// spatial axes are mapped one by one: `source` gives an axis' map, nil for a zero.
func planeSources(_ input: Shape, to output: Shape, _ source: (Int) -> (Int) -> Int?) -> [Int?] {
  let spatial = input.rank - 1
  let rows = spatial == 2 ? output.extents[0] : 1
  let columns = output.extents[spatial - 1]
  let row = spatial == 2 ? source(0) : { $0 }
  let column = source(spatial - 1)
  let (channels, width) = (input.channels, input.extents[input.rank - 2])
  var sources: [Int?] = []
  sources.reserveCapacity(rows * columns * channels)
  for y in 0..<rows {
    for x in 0..<columns {
      if let y = row(y), let x = column(x) {
        let start = (y * width + x) * channels
        for element in start..<start + channels { sources.append(element) }
      } else {
        for _ in 0..<channels { sources.append(nil) }
      }
    }
  }
  return sources
}

/// A result of `extents` by shifting: element e of a spatial axis is the operand's e - shift.
private func shifted(_ input: Shape, to output: Shape, by shifts: [Int]) -> [Int?] {
  planeSources(input, to: output) { axis in
    let (shift, extent) = (shifts[axis], input.extents[axis])
    return { (0..<extent).contains($0 - shift) ? $0 - shift : nil }
  }
}

/// The spatial extents of [L, C] or [H, W, C], with `perAxis` numbers in `list` for each.
func spatialExtents(
  _ input: Shape, _ name: String, _ list: [Int], perAxis: Int, atLeast least: Int
) throws(ShapeError) -> [Int] {
  guard input.rank == 2 || input.rank == 3 else {
    throw ShapeError("an input [L, C] or [H, W, C] is expected; got \(input)")
  }
  let rank = input.rank - 1
  guard list.count == perAxis * rank else {
    throw ShapeError(
      "\(list.count) \(name) for \(rank) spatial \(rank == 1 ? "axis" : "axes"); "
        + "expected \(perAxis * rank)")
  }
  if let bad = list.first(where: { $0 < least || $0 > Shape.maximumCount }) {
    throw ShapeError("\(name) holds \(bad); \(least) to \(Shape.maximumCount) are possible")
  }
  return Array(input.extents[..<rank])
}

/// Zeros around the spatial axes of x, [L, C] or [H, W, C]: in front of and behind each.
public struct Pad: Rearrangement {
  public static let mnemonic = "pad"

  public var padding: [Int]

  public init(padding: [Int]) { self.padding = padding }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    padding = try reader.extents("padding")
  }
  public var attributes: [Attribute] { [Attribute("padding", extents: padding)] }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let extents = try spatialExtents(inputs[0], "padding", padding, perAxis: 2, atLeast: 0)
    return Shape(
      extents.enumerated().map { $1 + padding[2 * $0] + padding[2 * $0 + 1] }
        + [inputs[0].channels])
  }

  public func sources(_ input: Shape) -> [Int?] {
    guard let output = try? resultShape([input]) else { return [] }
    return shifted(
      input, to: output, by: stride(from: 0, to: padding.count, by: 2).map { padding[$0] })
  }
}

/// The spatial axes of x, [L, C] or [H, W, C], without their first and last elements.
public struct Crop: Rearrangement {
  public static let mnemonic = "crop"

  /// How many elements are cut off in front of and behind each spatial axis.
  public var cropping: [Int]

  public init(cropping: [Int]) { self.cropping = cropping }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    cropping = try reader.extents("cropping")
  }
  public var attributes: [Attribute] { [Attribute("cropping", extents: cropping)] }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let extents = try spatialExtents(inputs[0], "cropping", cropping, perAxis: 2, atLeast: 0)
    var kept: [Int] = []
    for (axis, extent) in extents.enumerated() {
      kept.append(extent - cropping[2 * axis] - cropping[2 * axis + 1])
      guard kept[axis] > 0 else {
        throw ShapeError("nothing is left of the \(extent) elements of axis \(axis)")
      }
    }
    return Shape(kept + [inputs[0].channels])
  }

  public func sources(_ input: Shape) -> [Int?] {
    guard let output = try? resultShape([input]) else { return [] }
    return shifted(
      input, to: output, by: stride(from: 0, to: cropping.count, by: 2).map { -cropping[$0] })
  }
}

/// Every spatial element of x, [L, C] or [H, W, C], as often as `factors` say: nearest neighbours.
public struct Upsample: Rearrangement {
  public static let mnemonic = "upsample"

  public var factors: [Int]

  public init(factors: [Int]) { self.factors = factors }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    factors = try reader.extents("factors")
  }
  public var attributes: [Attribute] { [Attribute("factors", extents: factors)] }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let extents = try spatialExtents(inputs[0], "factors", factors, perAxis: 1, atLeast: 1)
    return Shape(extents.enumerated().map { $1 * factors[$0] } + [inputs[0].channels])
  }

  public func sources(_ input: Shape) -> [Int?] {
    guard let output = try? resultShape([input]) else { return [] }
    return planeSources(input, to: output) { axis in
      let factor = factors[axis]
      return { $0 / factor }
    }
  }
}
