// gather and dilate: chosen elements along an axis, and zeros between the elements.

import Diagnostics
import FixedPoint

/// Element i along `axis` of the result is element `indices[i]` of x: slices with steps, flips,
/// repetitions.
public struct Gather: Rearrangement {
  public static let mnemonic = "gather"

  public var axis: Int
  public var indices: [Int]

  public init(axis: Int, indices: [Int]) {
    self.axis = axis
    self.indices = indices
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    axis = try reader.integer("axis")
    indices = try reader.extents("indices")
  }

  public var attributes: [Attribute] {
    [Attribute("axis", .integer(axis)), Attribute("indices", extents: indices)]
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard (0..<inputs[0].rank).contains(axis) else {
      throw ShapeError("there is no axis \(axis) in \(inputs[0])")
    }
    var extents = inputs[0].extents
    guard !indices.isEmpty else { throw ShapeError("no indices") }
    if let bad = indices.first(where: { !(0..<extents[axis]).contains($0) }) {
      throw ShapeError("index \(bad) is not below the extent \(extents[axis]) of axis \(axis)")
    }
    extents[axis] = indices.count
    return Shape(extents)
  }

  public func sources(_ input: Shape) -> [Int?] {
    let inner = input.extents[(axis + 1)...].reduce(1, *)
    let outer = input.extents[..<axis].reduce(1, *)
    let extent = input.extents[axis]
    var sources: [Int?] = []
    sources.reserveCapacity(outer * indices.count * inner)
    for block in 0..<outer {
      for index in indices {
        let start = (block * extent + index) * inner
        for element in start..<start + inner { sources.append(element) }
      }
    }
    return sources
  }
}

/// Zeros between the spatial elements of x, [L, C] or [H, W, C]: element e goes to
/// `e · factor`. A transposed convolution is this, padding, and a convolution.
public struct Dilate: Rearrangement {
  public static let mnemonic = "dilate"

  public var factors: [Int]

  public init(factors: [Int]) { self.factors = factors }
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    factors = try reader.extents("factors")
  }
  public var attributes: [Attribute] { [Attribute("factors", extents: factors)] }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let extents = try spatialExtents(inputs[0], "factors", factors, perAxis: 1, atLeast: 1)
    return Shape(
      zip(extents, factors).map { ($0 - 1) * $1 + 1 } + [inputs[0].channels])
  }

  public func sources(_ input: Shape) -> [Int?] {
    guard let output = try? resultShape([input]) else { return [] }
    return planeSources(input, to: output) { axis in
      let factor = factors[axis]
      return { $0 % factor == 0 ? $0 / factor : nil }
    }
  }
}
