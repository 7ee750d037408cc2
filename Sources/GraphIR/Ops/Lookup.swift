// lookup: sums of trained tables, the layer of networks that are made of lookup tables.

import Diagnostics
import FixedPoint

/// `y[o] = Σ_g tables[g, o, index_g(x)]`. Operands: x, a vector, and tables
/// [groups, outputs, entries].
///
/// Group g reads the `arity` elements `reads[g · arity ..< (g + 1) · arity]` of x. Its index is the
/// bits of their integers in two's complement, side by side, the first element's in the low bits;
/// each element has the bits of its `format`. So with arity 1 and s2f0 the entries belong to 0, 1,
/// -2, -1. Tables have as many entries as the widest index needs; groups with shorter ones do not
/// read the rest.
public struct Lookup: OpDefinition {
  public static let mnemonic = "lookup"
  public static let arity = 2...2
  /// The widest index.
  public static let maximumIndexBits = 12

  /// How many elements one table reads: 1 or 2.
  public var tableArity: Int
  /// Elements of x, `tableArity` for each group.
  public var reads: [Int]
  /// The formats whose bits are read: x is always inside them.
  public var format: TensorFormat

  public init(arity: Int, reads: [Int], format: TensorFormat) {
    tableArity = arity
    self.reads = reads
    self.format = format
  }

  public var attributes: [Attribute] {
    [
      Attribute("arity", .integer(tableArity)), Attribute("reads", extents: reads),
      Attribute("format", .format(format)),
    ]
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    tableArity = try reader.integer("arity", default: 1)
    reads = try reader.extents("reads")
    format = try reader.requiredFormat("format")
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let (x, tables) = (inputs[0], inputs[1])
    guard x.rank == 1 else { throw ShapeError("the input \(x) is not a vector") }
    guard tables.rank == 3 else {
      throw ShapeError("tables \(tables) are not [groups, outputs, entries]")
    }
    guard tableArity == 1 || tableArity == 2 else {
      throw ShapeError("arity \(tableArity) is neither 1 nor 2")
    }
    guard reads.count == tables.extents[0] * tableArity else {
      throw ShapeError(
        "\(reads.count) reads for \(tables.extents[0]) groups of arity \(tableArity)")
    }
    if let bad = reads.first(where: { $0 < 0 || $0 >= x.count }) {
      throw ShapeError("there is no element \(bad) of \(x.count)")
    }
    guard format.fits(x) else {
      throw ShapeError("\(format.formats.count) formats for shape \(x)")
    }
    let bits = (0..<tables.extents[0]).map(indexBits).max() ?? 0
    guard bits <= Lookup.maximumIndexBits else {
      throw ShapeError("an index has \(bits) bits; at most \(Lookup.maximumIndexBits) are possible")
    }
    guard tables.extents[2] == 1 << bits else {
      throw ShapeError(
        "tables have \(tables.extents[2]) entries; indices of \(bits) bits need "
          + "\(1 << bits)")
    }
    return [tables.extents[1]]
  }

  /// The elements that group `group` reads.
  public func elements(of group: Int) -> ArraySlice<Int> {
    reads[group * tableArity..<(group + 1) * tableArity]
  }

  /// How many bits the index of a group has.
  public func indexBits(_ group: Int) -> Int {
    elements(of: group).reduce(0) { $0 + format.format(of: $1).width }
  }

  /// The index of a group for integers of x's elements, each in its own format.
  public func index(_ group: Int, _ integer: (Int) -> Int64) -> Int {
    var (index, position) = (0, 0)
    for element in elements(of: group) {
      let width = format.format(of: element).width
      index |= (Int(integer(element)) & (1 << width - 1)) << position
      position += width
    }
    return index
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let extents = inputs[1].shape.extents
    guard case .fixed(let x) = inputs[0], case .fixed(let tables) = inputs[1] else {
      return .real(shape: [extents[1]], bounds: nil)
    }
    var sums = [Interval](repeating: .zero, count: extents[1])
    for group in 0..<extents[0] {
      let indices = reachableIndices(group, x.intervals)
      for output in sums.indices {
        let start = (group * extents[1] + output) * extents[2]
        var reach = tables.intervals[start + indices[0]]
        for index in indices.dropFirst() {
          let entry = tables.intervals[start + index]
          if !reach.contains(entry) { reach = reach.union(entry) }
        }
        sums[output] = sums[output] + reach
      }
    }
    return .fixed(ElementRanges(shape: [extents[1]], fraction: tables.fraction, intervals: sums))
  }

  /// Every index of `group` for elements of x inside these intervals, without repetition.
  public func reachableIndices(_ group: Int, _ x: [Interval]) -> [Int] {
    let elements = Array(elements(of: group))
    let first = integers(elements[0], x[elements[0]])
    guard elements.count == 2 else { return first.map { value in index(group) { _ in value } } }
    if elements[0] == elements[1] { return first.map { value in index(group) { _ in value } } }
    return integers(elements[1], x[elements[1]]).flatMap { high in
      first.map { low in index(group) { $0 == elements[0] ? low : high } }
    }
  }

  /// The integers that an element inside `interval` can have in its format.
  private func integers(_ element: Int, _ interval: Interval) -> [Int64] {
    let format = format.format(of: element)
    if format.width == 0 || interval.isZero { return [0] }
    let step = Int128(1) << max(format.fraction - interval.fraction, 0)
    return (interval.low...interval.high).map { Int64($0 * step) }
  }

  /// Why operands of these ranges cannot be looked up; nil when they can.
  func problem(_ inputs: [ValueRange]) -> String? {
    guard case .fixed(let x) = inputs[0] else { return nil }
    for element in reads where !format.format(of: element).interval.contains(x.intervals[element]) {
      return "element \(element), \(x.intervals[element]), is not always a "
        + "\(format.format(of: element))"
    }
    return nil
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let integers = integers(inputs[0])
    let extents = inputs[1].shape.extents
    let rows = (0..<extents[0]).map { group in
      group * extents[1] * extents[2] + index(group) { integers[$0] }
    }
    func sums<Number: AdditiveArithmetic>(_ entries: [Number]) -> [Number] {
      (0..<extents[1]).map { output in
        rows.reduce(.zero) { $0 + entries[$1 + output * extents[2]] }
      }
    }
    if case .fixed = inputs[0], case .fixed(let tables) = inputs[1] {
      return .fixed(
        FixedTensor(shape: [extents[1]], fraction: tables.fraction, values: sums(tables.values)))
    }
    return .real(RealTensor(shape: [extents[1]], values: sums(inputs[1].asReal.values)))
  }

  /// The elements of x as integers of their formats; real ones are cut to a multiple of the step.
  private func integers(_ x: Value) -> [Int64] {
    switch x {
    case .fixed(let tensor):
      return tensor.values.indices.map { tensor.integer(at: $0, in: format.format(of: $0)) }
    case .real(let tensor):
      return tensor.values.indices.map { index in
        Quantizer(format.format(of: index), .floor, .wrap).quantize(tensor.values[index])
      }
    }
  }
}
