// Operands for the tests of ops: tensors, ranges, and random numbers inside ranges.

import FixedPoint
import SeededRandom

@testable import GraphIR

/// `values` · 2^-fraction.
func fixed(_ values: [Int64], _ fraction: Int, shape: Shape? = nil) -> Value {
  .fixed(FixedTensor(shape: shape ?? [values.count], fraction: fraction, values: values))
}

func real(_ values: [Double], shape: Shape? = nil) -> Value {
  .real(RealTensor(shape: shape ?? [values.count], values: values))
}

/// Everything that elements of these formats can be.
func ranges(_ formats: [FixedFormat], shape: Shape? = nil) -> ElementRanges {
  let shape = shape ?? [formats.count]
  let format = TensorFormat(repeating: formats)
  return ElementRanges(
    shape: shape, fraction: format.fraction,
    intervals: (0..<shape.count).map { format.format(of: $0).interval })
}

extension ElementRanges {
  /// One tensor out of these ranges; bounds are as likely as all the rest.
  func random(using random: inout SeededRandom) -> Value {
    let values = intervals.map { interval -> Int64 in
      if interval.isZero { return 0 }
      let (low, high) = (Int64(interval.low), Int64(interval.high))
      let integer =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: low
        case 1: high
        default: Int64.random(in: low...high, using: &random)
        }
      return integer << Int64(fraction - interval.fraction)
    }
    return .fixed(FixedTensor(shape: shape, fraction: fraction, values: values))
  }

  /// Whether every element of `value` is one that the ranges allow.
  func contains(_ value: Value) -> Bool {
    guard case .fixed(let tensor) = value, tensor.shape == shape else { return false }
    return tensor.values.indices.allSatisfy {
      intervals[$0].contains(tensor.values[$0], fraction: tensor.fraction)
    }
  }
}

/// The numbers of a value as doubles: exact for the small numbers of tests.
func numbers(_ value: Value) -> [Double] { value.asReal.values }

/// The elements of a range that must be exact.
func exact(_ range: ValueRange) throws -> ElementRanges {
  guard case .fixed(let elements) = range else { throw NotExact() }
  return elements
}

struct NotExact: Error {}

/// The reason an op gives for refusing these shapes; nil when it accepts them.
func refusal(_ op: some OpDefinition, _ shapes: [Shape]) -> String? {
  do {
    _ = try op.resultShape(shapes)
    return nil
  } catch { return error.reason }
}

extension FixedFormat {
  /// A format of any kind: fractions negative and beyond the width, zero width.
  static func random(maximumWidth: Int, using random: inout SeededRandom) -> FixedFormat {
    FixedFormat(
      signed: Bool.random(using: &random), width: Int.random(in: 0...maximumWidth, using: &random),
      fraction: Int.random(in: -4...8, using: &random))
  }
}
