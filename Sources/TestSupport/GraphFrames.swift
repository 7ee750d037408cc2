// Random samples for any graph, and numbers compared across formats.

import FixedPoint
import GraphIR
import SeededRandom

extension Graph {
  /// Raw values for every input: inside, at and beyond what its quantizers hold.
  public func randomSamples(count: Int, seed: UInt64) -> [[[Double]]] {
    var random = SeededRandom(seed: seed)
    func reach(_ input: Node.ID, _ element: Int) -> ClosedRange<Double> {
      for node in nodes where node.inputs == [input] {
        if case .quantize(let op) = node.op {
          let interval = op.format.format(of: element).interval
          let step = Double(sign: .plus, exponent: -interval.fraction, significand: 1)
          return Double(interval.low) * step...Double(interval.high) * step
        }
      }
      return -4...4
    }
    return (0..<count).map { _ in
      inputs.map { id -> [Double] in
        guard case .input(let input) = self[id].op else { return [] }
        return (0..<input.shape.count).map { element in
          let range = reach(id, element)
          switch Int.random(in: 0..<6, using: &random) {
          case 0: return range.lowerBound
          case 1: return range.upperBound
          case 2: return Double.random(in: range, using: &random) * 3 - 1
          default: return Double.random(in: range, using: &random)
          }
        }
      }
    }
  }
}

extension Value {
  /// Whether both are exact and the same numbers, or both real and close to each other.
  public func agrees(with other: Value) -> Bool {
    guard shape == other.shape else { return false }
    switch (self, other) {
    case (.fixed(let a), .fixed(let b)):
      return zip(a.exactValues, b.exactValues).allSatisfy { $0 == $1 }
    case (.real(let a), .real(let b)):
      return zip(a.values, b.values).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) }
    case (.fixed, .real), (.real, .fixed): return false
    }
  }
}

extension FixedTensor {
  /// The elements as intervals of one value: equal exactly when the numbers are.
  public var exactValues: [Interval] {
    values.map { Interval(constant: Int128($0), fraction: fraction) }
  }
}
