// Says what a shift-add computes, where a reader sees it at a glance: `3*x0 - x1`.

import DataflowIR
import FixedPoint

/// A sum of at most two variables with integer coefficients, plus a constant, in stored integers.
struct LinearForm {
  private var terms: [(name: String, coefficient: Int64)] = []
  private var constant: Int64 = 0

  static func variable(_ name: String) -> LinearForm {
    LinearForm(terms: [(name, 1)])
  }

  static func constant(_ value: Int64) -> LinearForm {
    LinearForm(constant: value)
  }

  /// Adds `other · 2^shift`; false when the result is no longer short.
  mutating func add(_ other: LinearForm, shift: Int, negated: Bool) -> Bool {
    let limit = Int64(1) << 40
    guard (0..<24).contains(shift) else { return false }
    func scaled(_ value: Int64) -> Int64 { (negated ? -value : value) << Int64(shift) }
    for term in other.terms {
      let scaledTerm = scaled(term.coefficient)
      if let index = terms.firstIndex(where: { $0.name == term.name }) {
        terms[index].coefficient += scaledTerm
        if terms[index].coefficient == 0 { terms.remove(at: index) }
      } else {
        terms.append((term.name, scaledTerm))
      }
    }
    constant += scaled(other.constant)
    return terms.count <= 2
      && terms.allSatisfy { abs($0.coefficient) < limit } && abs(constant) < limit
  }

  /// `3*x0 - x1 + 7`.
  var text: String {
    var text = ""
    for term in terms {
      let magnitude = abs(term.coefficient)
      text += sign(term.coefficient < 0, first: text.isEmpty)
      text += magnitude == 1 ? term.name : "\(magnitude)*\(term.name)"
    }
    if constant != 0 || text.isEmpty {
      text += sign(constant < 0, first: text.isEmpty) + "\(abs(constant))"
    }
    return text
  }

  private func sign(_ isNegative: Bool, first: Bool) -> String {
    if first { return isNegative ? "-" : "" }
    return isNegative ? " - " : " + "
  }
}
