// dense: a matrix product along the last axis, plus a bias.

import Diagnostics
import FixedPoint

/// `y[…, j] = Σ_i x[…, i] · weights[i, j] + bias[j]`. Operands: x, weights [in, out], and
/// optionally bias [out].
public struct Dense: OpDefinition {
  public static let mnemonic = "dense"
  public static let arity = 2...3

  public init() {}
  public init(_ reader: inout AttributeReader) throws(Diagnostic) {}

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let (x, weights) = (inputs[0], inputs[1])
    guard x.rank >= 1 else { throw ShapeError("the input is a scalar") }
    guard weights.rank == 2 else { throw ShapeError("weights \(weights) are not a matrix") }
    guard weights.extents[0] == x.channels else {
      throw ShapeError("weights have \(weights.extents[0]) rows, the input \(x.channels) channels")
    }
    let outputs = weights.extents[1]
    if inputs.count == 3, inputs[2] != [outputs] {
      throw ShapeError("bias \(inputs[2]) does not fit \(outputs) outputs")
    }
    return Shape(x.extents.dropLast() + [outputs])
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let product = product(inputs[0].shape, inputs[1].shape)
    guard let operands = LinearOperands(inputs) else {
      return .real(shape: product.shape, bounds: nil)
    }
    let channels = inputs[0].shape.channels
    var result: [Interval] = []
    result.reserveCapacity(product.shape.count)
    for row in 0..<product.geometry.positions {
      let x = Array(operands.x.intervals[row * channels..<(row + 1) * channels])
      let sums = intervalSums(x, operands.weights, taps: 1, groups: 1)
      result += sums.enumerated().map { operands.bias($0) + $1 }
    }
    return .fixed(
      ElementRanges(shape: product.shape, fraction: operands.fraction, intervals: result))
  }

  private func product(_ x: Shape, _ weights: Shape) -> WindowProduct {
    WindowProduct(
      geometry: .rows(x.count / x.channels, channels: x.channels), outputs: weights.channels,
      groups: 1, shape: Shape(x.extents.dropLast() + [weights.channels]))
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
