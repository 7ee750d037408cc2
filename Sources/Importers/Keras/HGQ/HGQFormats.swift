// The formats that HGQ trained: signs, integer bits and fractional bits, per element.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// A quantizer of HGQ 1 or 2 with its formats.
struct HGQQuantizer {
  /// The shape of `formats`; extents are 1 where elements share a format. Data have a batch axis.
  var shape: [Int]
  var formats: [FixedFormat]
  var rounding: Rounding
  var overflow: Overflow
  /// Whether numbers are rounded only: what wraps around was never traced to do so.
  var keepsRange = false

  static func rounding(_ mode: String, _ call: KerasCall) throws(Diagnostic) -> Rounding {
    // S_ is random in training only.
    let name = mode.uppercased()
    switch name.hasPrefix("S_") ? String(name.dropFirst(2)) : name {
    case "TRN": return .floor
    case "RND": return .halfUp
    case "RND_CONV": return .halfEven
    case "RND_INF": return .halfAway
    case "TRN_ZERO": return .towardZero
    default: throw call.refusal("the rounding '\(mode)' is not supported")
    }
  }

  static func overflow(_ mode: String, _ call: KerasCall) throws(Diagnostic) -> Overflow {
    switch mode.uppercased() {
    case "WRAP": return .wrap
    case "SAT": return .saturate
    case "SAT_SYM": return .saturateSymmetric
    default: throw call.refusal("the overflow '\(mode)' is not supported")
    }
  }

  /// The format of so many bits in all, of which `fraction` are behind the point.
  static func format(
    isSigned: Bool, width: Int, fraction: Int, _ call: KerasCall
  ) throws(Diagnostic) -> FixedFormat {
    if width <= 0 { return .unsigned(0, fraction: 0) }
    guard width <= FixedFormat.maximumWidth, fraction.magnitude <= 128 else {
      throw call.refusal("a format has \(width) bits, \(fraction) of them behind the point")
    }
    return FixedFormat(signed: isSigned, width: width, fraction: fraction)
  }

  /// The formats for a tensor of `target`, without the batch axis that `shape` may have.
  func tensorFormat(_ target: Shape, _ call: KerasCall) throws(Diagnostic) -> TensorFormat {
    let extents = target.extents
    var own = shape
    if own.count == extents.count + 1, own.first == 1 { own.removeFirst() }
    while own.count < extents.count { own.insert(1, at: 0) }
    guard own.count == extents.count, zip(own, extents).allSatisfy({ $0 == 1 || $0 == $1 }) else {
      throw call.refusal("formats of shape \(shape) do not fit \(target)")
    }
    if own.dropLast().allSatisfy({ $0 == 1 }) {
      return TensorFormat(repeating: formats)
    }
    return TensorFormat(repeating: broadcast(formats, own, to: extents))
  }
}

extension KerasImporter {
  /// `x` in the quantizer's formats.
  mutating func quantize(
    _ quantizer: HGQQuantizer, _ x: Node.ID, _ call: KerasCall, _ suffix: String
  ) throws(Diagnostic) -> Node.ID {
    let format = try quantizer.tensorFormat(builder.shape(x), call)
    return try append(
      .quantize(Quantize(format, quantizer.rounding, quantizer.overflow)), [x], call, suffix)
  }
}

extension HGQQuantizer: KerasParameterQuantizer {
  /// Parameters in the quantizer's formats; rounding is that of float32, as HGQ computes it.
  func quantized(
    _ values: [Float], _ shape: [Int], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    guard self.shape.count == shape.count,
      zip(self.shape, shape).allSatisfy({ $0 == 1 || $0 == $1 })
    else { throw call.refusal("formats of shape \(self.shape) do not fit weights \(shape)") }
    let formats = broadcast(formats, self.shape, to: shape)
    var result: [Double] = []
    for (value, format) in zip(values, formats) {
      let step = Float(sign: .plus, exponent: format.fraction, significand: 1)
      let scaled = value * step
      guard scaled.magnitude < 0x1p62 else { throw call.refusal("a weight is \(value)") }
      let integer = rounded(scaled)
      let unit = Double(sign: .plus, exponent: -format.fraction, significand: 1)
      if keepsRange {
        result.append(Double(integer) * unit)
      } else {
        let bounded = Quantizer(format, rounding, overflow).quantize(
          Int64(integer), fraction: format.fraction)
        result.append(Double(bounded) * unit)
      }
    }
    guard let constant = exactConstant(result, shape) else {
      throw call.refusal("its weights lie too far apart")
    }
    return KerasParameter(constant)
  }

  private func rounded(_ value: Float) -> Float {
    switch rounding {
    case .floor: value.rounded(.down)
    case .halfUp: (value + 0.5).rounded(.down)
    case .halfEven: value.rounded(.toNearestOrEven)
    case .halfAway: value < 0 ? -(-value + 0.5).rounded(.down) : (value + 0.5).rounded(.down)
    case .towardZero: value.rounded(.towardZero)
    }
  }
}
