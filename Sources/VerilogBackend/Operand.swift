// A scalar value as an expression reads it: a net in its stage, or a constant.

import DataflowIR
import FixedPoint
import VerilogAST

struct Operand {
  enum Form {
    case net(Net)
    case constant(Int64)
  }

  let form: Form
  let format: FixedFormat
  /// The bounds of the stored integer.
  let bounds: (low: Int128, high: Int128)

  /// The `width` low bits of `value · 2^shift`.
  func aligned(shiftedLeftBy shift: Int, width: Int) -> Expression {
    switch form {
    case .net(let net): return net.aligned(shiftedLeftBy: shift, width: width)
    case .constant(let value):
      return literal(value.shifted(left: shift), FixedFormat(signed: format.isSigned, width: width))
    }
  }

  /// The low `width` bits as one number of the given sign: `x`, or `$signed({1'b0, x})`.
  func number(shiftedLeftBy shift: Int, width: Int, signed: Bool) -> Expression {
    switch form {
    case .net(let net):
      let bits = net.aligned(shiftedLeftBy: shift, width: width)
      return signed ? bits.asSigned : bits
    case .constant(let value):
      return literal(value.shifted(left: shift), FixedFormat(signed: signed, width: width))
    }
  }
}

/// The low bits of `value` as a literal of `format`'s width and sign.
func literal(_ value: Int64, _ format: FixedFormat) -> Expression {
  if format.width == 1 && !format.isSigned { return value & 1 == 0 ? .low : .high }
  return .literal(
    format.value(ofBits: UInt64(bitPattern: value)), width: format.width, signed: format.isSigned)
}

extension FixedFormat {
  init(signed: Bool, width: Int) {
    self.init(signed: signed, width: width, fraction: 0)
  }
}

extension Int64 {
  /// `self · 2^shift`, rounded down, modulo 2^64.
  func shifted(left shift: Int) -> Int64 {
    shift >= 0
      ? (shift > 63 ? 0 : self << Int64(shift)) : self >> Int64(Swift.min(-shift, 63))
  }
}
