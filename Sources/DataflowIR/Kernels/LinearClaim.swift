// The integer matrix that a layer's sums must equal, and the symbolic proof that they do.

import Diagnostics
import FixedPoint

/// One row of a layer's matrix: `value` is `(bias + Σ weight · operand) · 2^-fraction`.
public struct LinearClaim: Hashable, Sendable {
  public enum Operand: Hashable, Sendable {
    /// An element of an input channel, counting as the integer of its format.
    case input(channel: Int, element: Int)
    /// A value computed in the kernel in front of the sum, counting as the number it is.
    case value(ScalarValue.ID)
  }

  public struct Term: Hashable, Sendable {
    public var operand: Operand
    public var weight: Int64

    public init(_ operand: Operand, weight: Int64) {
      self.operand = operand
      self.weight = weight
    }

    public init(channel: Int, element: Int, weight: Int64) {
      self.init(.input(channel: channel, element: element), weight: weight)
    }
  }

  public var value: ScalarValue.ID
  public var fraction: Int
  public var bias: Int64
  /// Every operand once, without zero weights.
  public var terms: [Term]

  public init(value: ScalarValue.ID, fraction: Int, bias: Int64, terms: [Term]) {
    self.value = value
    self.fraction = fraction
    self.bias = bias
    self.terms = terms
  }

  /// The same claim on other values; nil where one of them is gone.
  public func mapValues(_ map: (ScalarValue.ID) -> ScalarValue.ID?) -> LinearClaim? {
    guard let value = map(value) else { return nil }
    var copy = self
    copy.value = value
    for index in terms.indices {
      guard case .value(let old) = terms[index].operand else { continue }
      guard let new = map(old) else { return nil }
      copy.terms[index].operand = .value(new)
    }
    return copy
  }
}

extension ScalarGraph {
  /// Whether every claim holds: each claimed value, followed backwards through sums to inputs and
  /// constants, gives its matrix row back exactly. A complete proof for linear cones, in time
  /// proportional to their size.
  public func proveClaims(kernel: String) throws(Diagnostic) {
    for claim in claims {
      var expected: [LinearClaim.Operand?: Int128] = [:]
      for term in claim.terms { expected[term.operand, default: 0] += Int128(term.weight) }
      if claim.bias != 0 { expected[nil] = Int128(claim.bias) }
      guard row(of: claim) == expected.filter({ $0.value != 0 }) else {
        throw .brokenClaim(claim.value.index, kernel: kernel)
      }
    }
  }

  /// The coefficients of the claimed value; the bias has no operand. nil when
  /// something in its cone is neither linear nor claimed, or a coefficient is finer than the claim's
  /// step.
  private func row(of claim: LinearClaim) -> [LinearClaim.Operand?: Int128]? {
    let operands = Set(claim.terms.map(\.operand))
    // Real coefficients are integers times 2^-grid; the grid is fine enough for every shift.
    var weights: [Int: (integer: Int128, fraction: Int)] = [claim.value.index: (1, 0)]
    var row: [LinearClaim.Operand?: Int128] = [:]
    func add(_ integer: Int128, _ fraction: Int, to key: LinearClaim.Operand?) -> Bool {
      let shift = claim.fraction - fraction
      let scaled: Int128
      if shift >= 0 {
        guard shift < 64 else { return false }
        scaled = integer << shift
      } else {
        let zeros = integer.trailingZeroBitCount
        guard -shift <= zeros else { return false }
        scaled = integer >> -shift
      }
      row[key, default: 0] += scaled
      return true
    }
    var index = claim.value.index
    while index >= 0 {
      defer { index -= 1 }
      guard let (integer, fraction) = weights.removeValue(forKey: index), integer != 0 else {
        continue
      }
      let operand = LinearClaim.Operand.value(ScalarValue.ID(index))
      if index != claim.value.index, operands.contains(operand) {
        guard add(integer, fraction, to: operand) else { return nil }
        continue
      }
      switch values[index].op {
      case .input(let channel, let element):
        let step = values[index].format.fraction
        guard add(integer, fraction + step, to: .input(channel: channel, element: element)) else {
          return nil
        }
      case .constant(let constant, let step):
        guard constant == 0 || add(integer * Int128(constant), fraction + step, to: nil) else {
          return nil
        }
      case .sum(let terms):
        for term in terms {
          let sign: Int128 = term.isNegated ? -1 : 1
          let old = weights[term.value.index] ?? (0, fraction - term.shift)
          let common = max(old.fraction, fraction - term.shift)
          weights[term.value.index] = (
            (old.integer << (common - old.fraction))
              + ((sign * integer) << (common - fraction + term.shift)),
            common
          )
        }
      case .quantize, .relu, .less, .select, .table: return nil
      }
      if weights.isEmpty { break }
    }
    return row.filter { $0.value != 0 }
  }
}

extension Diagnostic {
  static func brokenClaim(_ value: Int, kernel: String) -> Diagnostic {
    Diagnostic(
      id: "dataflow.broken-claim", at: Location(path: kernel),
      "value \(value) is not the row of the weight matrix that it must be",
      suggestion: "this is a bug in nncc: please report it with the model")
  }
}
