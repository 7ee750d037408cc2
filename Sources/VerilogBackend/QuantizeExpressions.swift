// Spells `quantize`: round, then handle overflow, each only where it can happen.
//
// Rounding divides by 2^n and rounds down, which is dropping n bits, and adds one where the mode
// rounds up. With `sign` the top bit, `half` the highest bit dropped, `rest` whether any other bit
// dropped is set, and `odd` the lowest bit kept, one is added when
//
//   floor         never
//   half-up       half
//   half-even     half and (odd or rest)
//   half-away     half and (not sign or rest)
//   toward-zero   sign and (half or rest)

import FixedPoint
import VerilogAST

extension ScalarSpeller {
  func quantize(
    _ operand: Operand, _ quantizer: Quantizer, _ format: FixedFormat, _ helper: Helper
  ) -> (helpers: [Definition], value: Expression) {
    let target = quantizer.format
    let net: Net
    switch operand.form {
    case .net(let operandNet): net = operandNet
    case .constant(let value):
      let result = quantizer.quantize(value, fraction: operand.format.fraction)
      return ([], literal(result.shifted(left: format.fraction - target.fraction), format))
    }
    // The quantized value before overflow handling is source / 2^drop, rounded down.
    var source = net
    var drop = operand.format.fraction - target.fraction
    var bounds = operand.bounds
    var helpers: [Definition] = []
    if drop > 0, var increment = increment(net, dropping: drop, quantizer.rounding) {
      let rounding = Quantizer(
        .signed(FixedFormat.maximumWidth, fraction: target.fraction), quantizer.rounding, .saturate)
      bounds.low = Int128(rounding.quantize(Int64(bounds.low), fraction: operand.format.fraction))
      bounds.high = Int128(rounding.quantize(Int64(bounds.high), fraction: operand.format.fraction))
      let rounded = roundedFormat(bounds)
      if quantizer.rounding != .halfUp {
        let up = helper("up", FixedFormat(signed: false, width: 1))
        helpers.append(Definition(up, increment))
        increment = up.value
      }
      let sum =
        net.aligned(shiftedLeftBy: -drop, width: rounded.width)
        + .concatenation(
          rounded.width > 1 ? [.zeros(rounded.width - 1), increment] : [increment])
      let isFinal =
        rounded.width == format.width && target.fraction == format.fraction
        && bounds.low >= Int128(format.minimum) && bounds.high <= Int128(format.maximum)
      if isFinal { return (helpers, sum) }
      source = helper("rounded", rounded)
      helpers.append(Definition(source, sum, comment: "[\(bounds.low), \(bounds.high)]"))
      drop = 0
    }
    // From the target's step to that of the stored value.
    let shift = format.fraction - target.fraction
    let kept = source.aligned(shiftedLeftBy: shift - drop, width: format.width)
    switch quantizer.overflow {
    case .wrap:
      let keptTop = format.width - shift
      guard keptTop > target.width, target.width > 0,
        bounds.low < source.units(Int128(target.minimum), drop)
          || bounds.high >= source.units(Int128(target.maximum) + 1, drop)
      else { return (helpers, kept) }
      // The stored format is wider than what wrapping leaves.
      let wrapped = helper("wrapped", target)
      helpers.append(
        Definition(wrapped, source.aligned(shiftedLeftBy: -drop, width: target.width)))
      return (helpers, wrapped.aligned(shiftedLeftBy: shift, width: format.width))
    case .saturate, .saturateSymmetric:
      let highest = target.maximum
      let lowest =
        quantizer.overflow == .saturateSymmetric && target.isSigned ? -highest : target.minimum
      let belowLowest = source.units(Int128(lowest), drop)
      let aboveHighest = source.units(Int128(highest) + 1, drop)
      var limits: [(condition: Expression, name: String, comment: String, value: Int64)] = []
      if bounds.high >= aboveHighest {
        limits.append((source.isAtLeast(aboveHighest), "above", "above \(highest)", highest))
      }
      if bounds.low < belowLowest {
        limits.append((source.isBelow(belowLowest), "below", "below \(lowest)", lowest))
      }
      var value = kept
      for limit in limits.reversed() {
        var condition = limit.condition
        // One simple test is read at a glance; others get a name.
        if limits.count > 1 || !condition.isSimple {
          let net = helper(limit.name, FixedFormat(signed: false, width: 1))
          helpers.append(Definition(net, condition, comment: limit.comment))
          condition = net.value
        }
        value = .select(condition, literal(limit.value.shifted(left: shift), format), value)
      }
      return (helpers, value)
    }
  }

  /// One bit: whether rounding goes up after dropping `count` bits; nil when it never does.
  private func increment(_ net: Net, dropping count: Int, _ rounding: Rounding) -> Expression? {
    let half = net.extendedBit(count - 1)
    let rest = count > 1 ? net.bits(min(count - 2, net.width - 1), 0).anyBit : nil
    let sign = net.isSigned ? net.top : nil
    func withRest(_ other: Expression) -> Expression { rest.map { other || $0 } ?? other }
    switch rounding {
    case .floor: return nil
    case .halfUp: return half
    case .halfEven:
      guard let half else { return nil }
      return half && withRest(net.extendedBit(count) ?? .low)
    case .halfAway:
      guard let half else { return nil }
      return sign.map { half && withRest(!$0) } ?? half
    case .towardZero: return sign.map { $0 && net.bits(min(count, net.width) - 1, 0).anyBit }
    }
  }

  /// The format of the rounded value, at least one bit.
  private func roundedFormat(_ bounds: (low: Int128, high: Int128)) -> FixedFormat {
    let interval = Interval(low: bounds.low, high: bounds.high, fraction: 0)
    let format = FixedFormat(holding: interval) ?? .signed(FixedFormat.maximumWidth, fraction: 0)
    return FixedFormat(signed: format.isSigned, width: max(format.width, 1))
  }
}

extension Net {
  /// Bit `index` of the number, which continues its sign for ever; nil when that is always 0.
  fileprivate func extendedBit(_ index: Int) -> Expression? {
    if index < width { return bit(index) }
    return isSigned ? top : nil
  }

  /// The least integer of this net that stands for `bound` or more, when the net divided by
  /// 2^`drop` and rounded down is compared with it.
  fileprivate func units(_ bound: Int128, _ drop: Int) -> Int128 {
    if drop >= 0 { return bound << min(drop, 62) }
    // Rounded up.
    return -((-bound) >> min(-drop, 126))
  }

  /// `self >= bound`, as a test of high bits where `bound` is a power of two.
  fileprivate func isAtLeast(_ bound: Int128) -> Expression {
    let position = bound.trailingZeroBitCount
    if bound > 0, bound == 1 << position {
      let top = isSigned ? width - 2 : width - 1
      let high = bits(top, position)
      let any = high.width == 1 ? high : high.anyBit
      return isSigned ? !self.top && any : any
    }
    return value >= .literal(Int64(bound), width: width, signed: isSigned)
  }

  /// `self < bound`, as a test of high bits where `bound` is minus a power of two.
  fileprivate func isBelow(_ bound: Int128) -> Expression {
    if bound == 0 && isSigned { return top }
    let position = bound.trailingZeroBitCount
    if bound < 0, -bound == 1 << position {
      let high = bits(width - 2, position)
      return top && !(high.width == 1 ? high : high.allBits)
    }
    return value < .literal(Int64(bound), width: width, signed: isSigned)
  }
}
