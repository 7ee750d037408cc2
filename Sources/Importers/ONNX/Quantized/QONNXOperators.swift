// The quantizers of QONNX, as Brevitas and the qonnx executor compute them.

import Diagnostics
import FixedPoint
import GraphIR

/// The settings of a Quant node.
struct QONNXQuantizer {
  var scale: ONNXTensor
  var zeroPoint: ONNXTensor
  var bounds: ClosedRange<Int64>
  var rounding: RoundingMode
  /// One signed bit: -1 and 1.
  var isBipolar: Bool

  init(_ node: NodeContext) throws(Diagnostic) {
    scale = try node.constant(1, "the scale")
    zeroPoint = try node.constant(2, "the zero point")
    let bits = try QONNXQuantizer.bits(node, 3)
    let isSigned = try node.integer("signed", default: 1) != 0
    let isNarrow = try node.integer("narrow", default: 0) != 0
    rounding = try QONNXQuantizer.rounding(node, default: "ROUND")
    isBipolar = bits == 1 && isSigned
    bounds = QONNXQuantizer.bounds(bits, isSigned: isSigned, isNarrow: isNarrow)
    guard scale.reals.allSatisfy({ $0 > 0 && $0.isFinite }), scale.count > 0, zeroPoint.count > 0
    else { throw node.refusal("a scale is not positive") }
  }

  static func bits(_ node: NodeContext, _ index: Int) throws(Diagnostic) -> Int {
    let list = try node.constant(index, "the bit width").reals
    guard let bits = list.first, list.allSatisfy({ $0 == bits }), bits >= 1, bits <= 32,
      bits == bits.rounded()
    else { throw node.refusal("a width of \(list.prefix(3)) bits is not supported; 1 to 32 are") }
    return Int(bits)
  }

  static func rounding(
    _ node: NodeContext, default fallback: String
  ) throws(Diagnostic) -> RoundingMode {
    let name = try node.text("rounding_mode", default: fallback)
    guard let rounding = RoundingMode(qonnx: name) else {
      throw node.refusal("the rounding mode '\(name)' is unknown")
    }
    return rounding
  }

  static func bounds(_ bits: Int, isSigned: Bool, isNarrow: Bool) -> ClosedRange<Int64> {
    let half = Int64(1) << Int64(bits - 1)
    if isSigned { return min(isNarrow ? 1 - half : -half, half - 1)...half - 1 }
    return 0...max(2 * half - (isNarrow ? 2 : 1), 0)
  }

  /// The quantizer for a tensor of `rank` axes: lists along one axis at most.
  func quantizer(rank: Int, _ node: NodeContext) throws(Diagnostic) -> IntegerQuantizer {
    guard let points = zeroPoint.integers,
      zip(points, zeroPoint.reals).allSatisfy({ Float($0) == $1 && abs($1) <= 0x1p31 })
    else { throw node.refusal("a zero point is no integer") }
    var axis = 0
    for tensor in [scale, zeroPoint] where tensor.count > 1 {
      let missing = rank - tensor.shape.count
      let varying = tensor.shape.indices.filter { tensor.shape[$0] != 1 }
      guard varying.count == 1, missing >= 0 else {
        throw node.refusal("scales of shape \(tensor.shape) differ along more than one axis")
      }
      axis = varying[0] + missing
    }
    return IntegerQuantizer(
      scale: scale.reals, zeroPoint: points, bounds: bounds, rounding: rounding, axis: axis)
  }
}

enum QONNXOperators {
  static let table: [String: ONNXOperator] = [
    "Quant": quant, "IntQuant": quant, "BipolarQuant": bipolar, "Trunc": truncate,
  ]

  private static func quant(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let settings = try QONNXQuantizer(node)
    let quantizer = try settings.quantizer(rank: x.axes.count, node)
    if settings.isBipolar {
      guard quantizer.zeroPoint.allSatisfy({ $0 == 0 }) else {
        throw node.refusal("one bit with a zero point is not supported")
      }
      return [.traced(try importer.signs(x, scale: settings.scale))]
    }
    let integers = try importer.quantized(x, quantizer, type: .int32)
    return [
      .traced(
        try importer.dequantized(
          integers, scale: quantizer.scale, zeroPoint: quantizer.zeroPoint, axis: quantizer.axis))
    ]
  }

  private static func bipolar(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    return [.traced(try importer.signs(x, scale: node.constant(1, "the scale")))]
  }

  /// Low bits cut off: integers of a scale, divided by a power of two and rounded.
  private static func truncate(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let isSecond = node.inputs.count > 5
    let (scale, points) = (
      try node.constant(1, "the scale"), try node.constant(2, "the zero point")
    )
    guard let step = scale.reals.first, scale.reals.allSatisfy({ $0 == step }), step > 0,
      points.reals.allSatisfy({ $0 == 0 })
    else { throw node.refusal("scales per channel, or a zero point, are not supported here") }
    let inputBits = try QONNXQuantizer.bits(node, 3)
    let rounding = try QONNXQuantizer.rounding(node, default: "FLOOR")
    var wide = IntegerQuantizer(
      scale: [step], zeroPoint: [0],
      bounds: -(Int64(1) << Int64(inputBits))...(Int64(1) << Int64(inputBits)) - 1)
    let whole = try importer.quantized(x, wide, type: .int32)
    // The integers, divided by the power of two.
    if isSecond {
      let outputBits = try QONNXQuantizer.bits(node, 5)
      let outputScale = try node.constant(4, "the output scale").reals.first ?? 0
      guard outputScale > 0 else { throw node.refusal("its output scale is not positive") }
      let shift = Int(log2Rounded(outputScale / step))
      wide.bounds = QONNXQuantizer.bounds(
        outputBits, isSigned: try node.integer("signed", default: 1) != 0,
        isNarrow: try node.integer("narrow", default: 0) != 0)
      wide.scale = [Float(exp2(shift))]
      wide.rounding = rounding
      let result = try importer.quantized(whole, wide, type: .int32)
      return [
        .traced(
          try importer.dequantized(result, scale: [outputScale], zeroPoint: [0], axis: 0))
      ]
    }
    let shift = inputBits - (try QONNXQuantizer.bits(node, 4))
    guard shift >= 0 else { throw node.refusal("it makes numbers wider") }
    wide.scale = [Float(exp2(shift))]
    wide.rounding = rounding
    let result = try importer.quantized(whole, wide, type: .int32)
    return [.traced(try importer.dequantized(result, scale: [step], zeroPoint: [0], axis: 0))]
  }

  private static func log2Rounded(_ ratio: Float) -> Double {
    let exponent = Double(ratio.exponent)
    return ratio.significand > 1.4142135 ? exponent + 1 : exponent
  }
}

extension ONNXImporter {
  /// `scale` where an element of `x` is not negative, else `-scale`.
  mutating func signs(_ x: Traced, scale: ONNXTensor) throws(Diagnostic) -> Traced {
    var x = x
    // A positive scale changes no sign.
    if !(x.affine.isPositiveScale) { x = try builder.materialized(x) }
    var y = x
    y.affine = .identity
    // The floor, cut to one bit: -1 below zero, else 0.
    let bit = try builder.append(
      .quantize(Quantize(FixedFormat.signed(1, fraction: 0), .floor, .saturate)), [x.node],
      suffix: "_sign", extent: GraphBuilder.Extent(magnitude: 1, fraction: 0))
    let twice = try builder.combined(bit, [2], .multiply, "_twice")
    y.node = try builder.combined(twice, [1], .add, "")
    let factors = scale.reals.map { Double($0) }
    guard factors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw builder.context.refusal("a scale is not positive")
    }
    return try affine(y, scale: factors, offset: [0], shape: scale.shape)
  }
}
