// slice and transpose: some channels, and the axes in another order.

import Diagnostics
import FixedPoint

/// `count` channels from number `begin` on; a split is several slices.
public struct Slice: Rearrangement {
  public static let mnemonic = "slice"

  public var begin: Int
  public var count: Int

  public init(begin: Int, count: Int) {
    self.begin = begin
    self.count = count
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    begin = try reader.integer("begin", default: 0)
    count = try reader.integer("count")
  }

  public var attributes: [Attribute] {
    [Attribute("begin", .integer(begin)), Attribute("count", .integer(count))]
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank >= 1 else { throw ShapeError("the input is a scalar") }
    let channels = inputs[0].channels
    guard begin >= 0, begin < channels, count >= 1, count <= channels - begin else {
      throw ShapeError("\(count) channels from \(begin) on are not among \(channels)")
    }
    return Shape(inputs[0].extents.dropLast() + [count])
  }

  public func sources(_ input: Shape) -> [Int?] {
    stride(from: 0, to: input.count, by: input.channels).flatMap { row in
      (begin..<begin + count).map { row + $0 }
    }
  }
}

/// Axis i of the result is axis `permutation[i]` of x, as in NumPy.
public struct Transpose: Rearrangement {
  public static let mnemonic = "transpose"

  public var permutation: [Int]

  public init(permutation: [Int]) { self.permutation = permutation }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    permutation = try reader.extents("permutation")
  }
  public var attributes: [Attribute] { [Attribute("permutation", extents: permutation)] }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard permutation.sorted() == Array(0..<inputs[0].rank) else {
      throw ShapeError("\(permutation) is no order of the \(inputs[0].rank) axes of \(inputs[0])")
    }
    return Shape(permutation.map { inputs[0].extents[$0] })
  }

  public func sources(_ input: Shape) -> [Int?] {
    var strides = [Int](repeating: 1, count: input.rank)
    for axis in (0..<max(input.rank - 1, 0)).reversed() {
      strides[axis] = strides[axis + 1] * input.extents[axis + 1]
    }
    // One axis of the result after the other, the innermost varying fastest.
    var sources = [0]
    for axis in permutation {
      sources = sources.flatMap { start in
        (0..<input.extents[axis]).map { start + $0 * strides[axis] }
      }
    }
    return sources
  }
}
