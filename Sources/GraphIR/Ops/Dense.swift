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
    let outputs = inputs[1].shape.channels
    let shape = Shape(inputs[0].shape.extents.dropLast() + [outputs])
    guard case .fixed(let x) = inputs[0], case .fixed(let weights) = inputs[1] else {
      return .real(shape: shape, bounds: nil)
    }
    var bias = [Interval](repeating: .zero, count: outputs)
    var fraction = x.fraction + weights.fraction
    if inputs.count == 3 {
      guard case .fixed(let ranges) = inputs[2] else { return .real(shape: shape, bounds: nil) }
      bias = ranges.intervals
      fraction = max(fraction, ranges.fraction)
    }
    let channels = inputs[0].shape.channels
    var result: [Interval] = []
    result.reserveCapacity(shape.count)
    for row in 0..<(x.shape.count / channels) {
      var sums = bias
      for i in 0..<channels {
        let operand = x.intervals[row * channels + i]
        if operand.isZero { continue }
        for j in 0..<outputs {
          let weight = weights.intervals[i * outputs + j]
          if weight.isZero { continue }
          sums[j] = sums[j] + operand.multiplied(by: weight)
        }
      }
      result += sums
    }
    return .fixed(ElementRanges(shape: shape, fraction: fraction, intervals: result))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    if case .fixed(let x) = inputs[0], case .fixed(let weights) = inputs[1] {
      if inputs.count == 2 { return .fixed(exactly(x, weights, nil)) }
      if case .fixed(let bias) = inputs[2] { return .fixed(exactly(x, weights, bias)) }
    }
    let bias = inputs.count == 3 ? inputs[2].asReal.values : nil
    return .real(really(inputs[0].asReal, inputs[1].asReal, bias))
  }

  private func exactly(_ x: FixedTensor, _ weights: FixedTensor, _ bias: FixedTensor?)
    -> FixedTensor
  {
    // Zeros are integers at every fraction: they must not make the others' integers longer.
    let products = x.isZero || weights.isZero ? nil : x.fraction + weights.fraction
    let offset = bias.flatMap { $0.isZero ? nil : $0 }
    let fraction = [products, offset?.fraction].compactMap { $0 }.max() ?? 0
    let shift = products.map { Int64(fraction - $0) } ?? 0
    let start = offset?.atFraction(fraction).values
    let (channels, outputs) = (weights.shape.extents[0], weights.shape.extents[1])
    let rows = x.shape.count / channels
    var result = [Int64](repeating: 0, count: rows * outputs)
    result.withUnsafeMutableBufferPointer { result in
      weights.values.withUnsafeBufferPointer { w in
        for row in 0..<rows {
          let y = UnsafeMutableBufferPointer(rebasing: result[row * outputs..<(row + 1) * outputs])
          if let start { for j in 0..<outputs { y[j] = start[j] } }
          for i in 0..<channels {
            let operand = x.values[row * channels + i] << shift
            if operand == 0 { continue }
            // Partial sums wrap; the verified range of the result makes the total exact.
            for j in 0..<outputs { y[j] &+= operand &* w[i * outputs + j] }
          }
        }
      }
    }
    return FixedTensor(
      shape: Shape(x.shape.extents.dropLast() + [outputs]), fraction: fraction, values: result)
  }

  private func really(_ x: RealTensor, _ weights: RealTensor, _ bias: [Double]?) -> RealTensor {
    let (channels, outputs) = (weights.shape.extents[0], weights.shape.extents[1])
    let rows = x.shape.count / channels
    var result = [Double](repeating: 0, count: rows * outputs)
    result.withUnsafeMutableBufferPointer { result in
      weights.values.withUnsafeBufferPointer { w in
        for row in 0..<rows {
          let y = UnsafeMutableBufferPointer(rebasing: result[row * outputs..<(row + 1) * outputs])
          if let bias { for j in 0..<outputs { y[j] = bias[j] } }
          for i in 0..<channels {
            let operand = x.values[row * channels + i]
            if operand == 0 { continue }
            for j in 0..<outputs { y[j] += operand * w[i * outputs + j] }
          }
        }
      }
    }
    return RealTensor(
      shape: Shape(x.shape.extents.dropLast() + [outputs]), values: result)
  }
}
