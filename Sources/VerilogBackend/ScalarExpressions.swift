// Spells each scalar op. The arithmetic is DataflowIR's; only its notation is decided here.

import DataflowIR
import FixedPoint
import VerilogAST

/// Turns one op into definitions of nets, reading operands through `read`.
struct ScalarSpeller {
  let graph: ScalarGraph
  /// An operand as it stands in the stage of the value that is being spelled.
  let read: (ScalarValue.ID) -> Operand
  /// The function for a table with entries in a format.
  let function: (ScalarTable.ID, FixedFormat) -> TableFunction?

  /// A new net beside the value's own: `h3_rounded`.
  typealias Helper = (_ suffix: String, FixedFormat) -> Net

  /// The value as an expression of its format's width, after the helper nets it needs.
  func spell(
    _ value: ScalarValue, helper: Helper
  ) -> (helpers: [Definition], value: Expression) {
    let format = value.format
    switch value.op {
    case .input, .constant:
      preconditionFailure("inputs and constants have no expression of their own")
    case .sum(let terms): return ([], sum(terms, format))
    case .quantize(let a, let quantizer): return quantize(read(a), quantizer, format, helper)
    case .relu(let a):
      let operand = read(a)
      let kept = operand.aligned(
        shiftedLeftBy: format.fraction - operand.format.fraction, width: format.width)
      guard case .net(let net) = operand.form, operand.bounds.low < 0 else { return ([], kept) }
      return ([], .select(net.top, .zeros(format.width), kept))
    case .less(let a, let b): return ([], less(read(a), read(b)))
    case .select(let condition, let a, let b):
      let arms = [a, b].map { id -> Expression in
        let operand = read(id)
        return operand.aligned(
          shiftedLeftBy: format.fraction - operand.format.fraction, width: format.width)
      }
      switch read(condition).form {
      case .net(let net): return ([], .select(net.value, arms[0], arms[1]))
      case .constant(let value): return ([], value != 0 ? arms[0] : arms[1])
      }
    case .table(let a, let id):
      let operand = read(a)
      let indexFormat = graph.tables[id.index].indexFormat
      let index = operand.aligned(
        shiftedLeftBy: indexFormat.fraction - operand.format.fraction, width: indexFormat.width)
      guard let function = function(id, format) else {
        preconditionFailure("table without function")
      }
      return ([], function.call(index))
    }
  }

  /// `{a, 2'b00} - b + 12'sd7`: modulo 2^width, which holds the sum.
  private func sum(_ terms: [ScalarTerm], _ format: FixedFormat) -> Expression {
    var result: Expression?
    // A positive term first, so that no sign stands alone: a net, else a constant.
    let positiveNet = terms.firstIndex { !$0.isNegated && constant($0) == nil }
    let positiveConstant = terms.firstIndex {
      ($0.isNegated ? -1 : 1) * (constant($0)?.signum() ?? 0) > 0
    }
    let first = positiveNet ?? positiveConstant ?? 0
    let ordered = [terms[first]] + terms[..<first] + terms[(first + 1)...]
    for term in ordered {
      let operand = read(term.value)
      let shift = format.fraction - operand.format.fraction + term.shift
      var isNegated = term.isNegated
      let bits: Expression
      switch operand.form {
      case .net: bits = operand.aligned(shiftedLeftBy: shift, width: format.width)
      case .constant(let value):
        let shifted = value.shifted(left: shift)
        if shifted == 0 { continue }
        // The magnitude of the constant, and its sign as the operator.
        if shifted < 0 { isNegated.toggle() }
        bits = magnitude(shifted.magnitude, format)
      }
      if let sum = result {
        result = isNegated ? sum - bits : sum + bits
      } else {
        result = isNegated ? -bits : bits
      }
    }
    return result ?? .zeros(format.width)
  }

  private func constant(_ term: ScalarTerm) -> Int64? {
    if case .constant(let value) = read(term.value).form { return value }
    return nil
  }

  private func magnitude(_ value: UInt64, _ format: FixedFormat) -> Expression {
    let fits = format.isSigned && value <= UInt64(format.maximum)
    return literal(
      Int64(bitPattern: value), FixedFormat(signed: fits, width: format.width))
  }

  /// `a < b`, both extended to a width and sign that hold either.
  private func less(_ a: Operand, _ b: Operand) -> Expression {
    let fraction = max(a.format.fraction, b.format.fraction)
    let isSigned = a.format.isSigned || b.format.isSigned
    func width(_ operand: Operand) -> Int {
      operand.format.width + fraction - operand.format.fraction
        + (isSigned && !operand.format.isSigned ? 1 : 0)
    }
    let common = max(width(a), width(b), 1)
    func number(_ operand: Operand) -> Expression {
      operand.number(
        shiftedLeftBy: fraction - operand.format.fraction, width: common, signed: isSigned)
    }
    if case .constant(0) = b.form, case .net(let net) = a.form, net.isSigned { return net.top }
    return number(a) < number(b)
  }
}
