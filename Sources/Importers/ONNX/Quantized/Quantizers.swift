// Quantizers on the way into the graph: rounding to integers, and what the integers mean.

import Diagnostics
import FixedPoint
import GraphIR

/// `clamp(round(x / scale) + zeroPoint)`: the integers that a quantizer makes.
struct IntegerQuantizer {
  /// One, or one per index of `axis`.
  var scale: [Float]
  var zeroPoint: [Int64]
  var bounds: ClosedRange<Int64>
  var rounding: RoundingMode = .halfEven
  /// The axis of the model's tensor that lists belong to.
  var axis = 0

  /// The narrowest integers that hold the bounds.
  var format: FixedFormat {
    let interval = Interval(
      low: Int128(bounds.lowerBound), high: Int128(bounds.upperBound), fraction: 0)
    let format = FixedFormat(holding: interval) ?? .signed(62, fraction: 0)
    return format.width == 0 ? .unsigned(1, fraction: 0) : format
  }

  /// Whether the lists have one entry for all elements.
  var isUniform: Bool { scale.count == 1 && zeroPoint.count == 1 }

  /// The binary point of a scale that is a power of two and has no zero point.
  var fraction: Int? {
    guard scale.count == 1, zeroPoint.allSatisfy({ $0 == 0 }), scale[0].significand == 1,
      abs(Int(scale[0].exponent)) <= 64
    else { return nil }
    return -Int(scale[0].exponent)
  }

  /// The integer of one number, in float32 as the frameworks compute it.
  func integer(_ x: Float, channel: Int) -> Int64 {
    let scaled = x / scale[scale.count == 1 ? 0 : channel]
    let point = zeroPoint[zeroPoint.count == 1 ? 0 : channel]
    // Bounds are integers: rounding and clamping can change places.
    let (low, high) = (bounds.lowerBound - point, bounds.upperBound - point)
    guard scaled.isFinite else { return scaled < 0 ? bounds.lowerBound : bounds.upperBound }
    if Double(scaled) >= Double(high) { return bounds.upperBound }
    if Double(scaled) <= Double(low) { return bounds.lowerBound }
    return Int64(rounding.rounded(scaled)) + point
  }
}

/// What becomes of what is behind the point.
enum RoundingMode: String {
  case halfEven, floor, ceiling, towardZero, awayFromZero, halfAway, halfTowardZero

  /// The modes of QONNX, by their names there.
  init?(qonnx name: String) {
    switch name.uppercased() {
    case "ROUND", "HALF_EVEN": self = .halfEven
    case "FLOOR": self = .floor
    case "CEIL": self = .ceiling
    case "DOWN": self = .towardZero
    case "UP": self = .awayFromZero
    case "HALF_UP": self = .halfAway
    case "HALF_DOWN": self = .halfTowardZero
    default: return nil
    }
  }

  func rounded(_ x: Float) -> Float {
    switch self {
    case .halfEven: x.rounded(.toNearestOrEven)
    case .floor: x.rounded(.down)
    case .ceiling: x.rounded(.up)
    case .towardZero: x.rounded(.towardZero)
    case .awayFromZero: x.rounded(.awayFromZero)
    case .halfAway: x.rounded(.toNearestOrAwayFromZero)
    case .halfTowardZero: x >= 0 ? (x - 0.5).rounded(.up) : (x + 0.5).rounded(.down)
    }
  }

  /// The graph's name for the mode; nil where it has none.
  var native: Rounding? {
    switch self {
    case .halfEven: .halfEven
    case .floor: .floor
    case .towardZero: .towardZero
    case .halfAway: .halfAway
    case .ceiling, .awayFromZero, .halfTowardZero: nil
    }
  }
}

extension ONNXImporter {
  /// `x` in the integers of `quantizer`: value = integer, as a node of them and what it means.
  ///
  /// A scale of a power of two makes a fixed-point number, any other one integers that lack it.
  mutating func quantized(
    _ x: Traced, _ quantizer: IntegerQuantizer, type: ONNXType
  ) throws(Diagnostic) -> Traced {
    guard quantizer.scale.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw builder.context.refusal("a scale is not positive")
    }
    var x = try placed(x, quantizer)
    let order = quantizer.isUniform ? [0] : x.sources(of: quantizer.axis)
    let scales = quantizer.scale.count == 1 ? quantizer.scale : order.map { quantizer.scale[$0] }
    let points =
      quantizer.zeroPoint.count == 1 ? quantizer.zeroPoint : order.map { quantizer.zeroPoint[$0] }
    guard let rounding = quantizer.rounding.native else {
      return try unusuallyRounded(x, quantizer, scales, points, type)
    }
    let largest = Double(
      max(quantizer.bounds.lowerBound.magnitude, quantizer.bounds.upperBound.magnitude))
    if let fraction = quantizer.fraction, x.affine.isIdentity,
      let (format, overflow) = nativeFormat(quantizer, fraction)
    {
      x.node = try builder.append(
        .quantize(Quantize(format, rounding, overflow)), [x.node],
        extent: GraphBuilder.Extent(magnitude: largest * exp2(-fraction), fraction: fraction))
      x.affine.scale = [exp2(fraction)]
      x.type = type
      return x
    }
    let extent = GraphBuilder.Extent(magnitude: largest, fraction: 0)
    let requantize: Requantize
    if builder.isExact[x.node.index], !x.affine.isIdentity, !x.affine.hasOffset,
      x.affine.scale.allSatisfy({ $0 > 0 })
    {
      // Zero points that are one another's stay in: what is rounded has them, as onnxruntime's means.
      let kept = Affine.combine(
        Affine.combine(x.affine.zero, x.affine.scale, *), scales.map { Double($0) }, /)
      let isKept = kept == points.map { Double($0) }
      if isKept { x.affine.zero = [0] }
      x = try builder.withoutZero(x)
      // Of two float32s this is their float32 quotient.
      let factors = Affine.combine(x.affine.scale, scales.map { Double($0) }, /)
      requantize = Requantize(
        .float32, scales: factors.map { Float($0) }, zeroPoints: isKept ? [0] : points,
        to: quantizer.format,
        bounds: quantizer.bounds, rounding: rounding)
    } else {
      x = try builder.materialized(x)
      requantize = Requantize(
        .float32Divide, scales: scales, zeroPoints: points, to: quantizer.format,
        bounds: quantizer.bounds, rounding: rounding)
    }
    x.node = try builder.append(.requantize(requantize), [x.node], extent: extent)
    x.affine = .identity
    x.type = type
    return x
  }

  /// `x` with the axis of the quantizer's lists innermost.
  private mutating func placed(
    _ x: Traced, _ quantizer: IntegerQuantizer
  ) throws(Diagnostic) -> Traced {
    if quantizer.isUniform { return x }
    let axis = quantizer.axis
    guard x.axes.indices.contains(axis), axis != x.batchAxis,
      [quantizer.scale.count, quantizer.zeroPoint.count].allSatisfy({
        $0 == 1 || $0 == x.shape[axis]
      })
    else { throw builder.context.refusal("its scales do not fit axis \(axis) of \(x.shape)") }
    return try builder.innermost(x, axis)
  }

  /// The format and overflow with which `quantize` clamps to the bounds; nil when there is none.
  private func nativeFormat(
    _ quantizer: IntegerQuantizer, _ fraction: Int
  ) -> (FixedFormat, Overflow)? {
    let plain = quantizer.format
    let format = FixedFormat(signed: plain.isSigned, width: plain.width, fraction: fraction)
    let (low, high) = (quantizer.bounds.lowerBound, quantizer.bounds.upperBound)
    guard format.maximum == high else { return nil }
    if format.minimum == low { return (format, .saturate) }
    if format.isSigned, low == -high, format.width > 1 { return (format, .saturateSymmetric) }
    return nil
  }

  /// Rounding that the graph has no name for, made of such that it has: each sign on its own.
  private mutating func unusuallyRounded(
    _ x: Traced, _ quantizer: IntegerQuantizer, _ scales: [Float], _ points: [Int64],
    _ type: ONNXType
  ) throws(Diagnostic) -> Traced {
    var x = try builder.materialized(x)
    // A power of two can be multiplied by; the reciprocals of other scales are not exact.
    let isShift = scales.allSatisfy { $0.significand == 1 }
    x.node = try builder.combined(
      x.node, scales.map { isShift ? 1 / Double($0) : Double($0) }, isShift ? .multiply : .divide,
      "_scaled")
    // Wide enough that nothing is cut off before the bounds do.
    let width = quantizer.format.width + 2
    let wide = FixedFormat.signed(width, fraction: 0)
    let extent = GraphBuilder.Extent(magnitude: exp2(width), fraction: 0)
    let negative = try builder.combined(x.node, [-1], .multiply, "_negative")
    func whole(_ id: Node.ID, _ rounding: Rounding) -> (Op, Node.ID) {
      (.quantize(Quantize(wide, rounding, .saturate)), id)
    }
    let (up, down): (Rounding, Rounding)
    switch quantizer.rounding {
    case .ceiling:
      let (op, id) = whole(negative, .floor)
      let flipped = try builder.append(op, [id], suffix: "_floor", extent: extent)
      x.node = try builder.combined(flipped, [-1], .multiply, "_ceiling")
      return try bounded(x, quantizer, points, type)
    case .awayFromZero: (up, down) = (.floor, .floor)
    case .halfTowardZero: (up, down) = (.halfUp, .halfUp)
    case .halfEven, .floor, .towardZero, .halfAway: return x
    }
    // Positive numbers are rounded as the negatives of negative ones.
    let above = try builder.combined(negative, [0], .minimum, "_above")
    let below = try builder.combined(x.node, [0], .minimum, "_below")
    let (upper, lower) = (whole(above, up), whole(below, down))
    let positive = try builder.append(
      upper.0, [upper.1], suffix: "_above_rounded", extent: extent)
    let rest = try builder.append(lower.0, [lower.1], suffix: "_below_rounded", extent: extent)
    x.node = try builder.append(
      .subtract(Subtract()), [rest, positive], suffix: "_rounded", extent: extent)
    return try bounded(x, quantizer, points, type)
  }

  /// Adds the zero point to integers and clamps them.
  private mutating func bounded(
    _ x: Traced, _ quantizer: IntegerQuantizer, _ points: [Int64], _ type: ONNXType
  ) throws(Diagnostic) -> Traced {
    var x = x
    if points.contains(where: { $0 != 0 }) {
      x.node = try builder.combined(x.node, points.map { Double($0) }, .add, "_shifted")
    }
    x.node = try builder.append(
      .clip(
        Clip(low: Float(quantizer.bounds.lowerBound), high: Float(quantizer.bounds.upperBound))),
      [x.node])
    x.affine = .identity
    x.type = type
    return x
  }

  /// The numbers that integers stand for: (x - zeroPoint) · scale.
  mutating func dequantized(
    _ x: Traced, scale: [Float], zeroPoint: [Int64], axis: Int
  ) throws(Diagnostic) -> Traced {
    var y = x
    y.type = .float
    let (s, z) = (scale.map { Double($0) }, zeroPoint.map { Double($0) })
    guard builder.isExact[x.node.index] else {
      throw builder.context.refusal("its input is not made of integers of a quantizer")
    }
    if s.count > 1 || z.count > 1 {
      guard x.axes.indices.contains(axis),
        [s.count, z.count].allSatisfy({ $0 == 1 || $0 == x.shape[axis] })
      else { throw builder.context.refusal("its scales do not fit axis \(axis) of \(x.shape)") }
      var shape = x.shape.map { _ in 1 }
      shape[axis] = x.shape[axis]
      return try affine(
        y, scale: s, offset: Affine.combine(z, s) { -$0 * $1 }, shape: shape)
    }
    if x.affine.isIdentity {
      y.affine = Affine(zero: z, scale: s)
    } else {
      y.affine.scale = x.affine.scale.map { $0 * s[0] }
      y.affine.offset = x.affine.offset.map { ($0 - z[0]) * s[0] }
    }
    return y
  }
}
