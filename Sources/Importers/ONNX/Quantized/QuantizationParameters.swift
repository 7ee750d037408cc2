// The scales and zero points of quantized operators, checked.

import Diagnostics
import FixedPoint
import GraphIR

/// A scale and a zero point: one, or one per index of an axis.
struct QuantizationParameters {
  var scale: [Float]
  var zeroPoint: [Int64]
  /// The type of the zero point, which is that of the integers.
  var type: ONNXType

  /// Inputs `scale` and `zero` of `node`; a zero point that is left out is zero.
  init(
    _ node: NodeContext, scale scaleIndex: Int, zero: Int, type fallback: ONNXType
  ) throws(Diagnostic) {
    let scale = try node.constant(scaleIndex, "a scale")
    self.scale = scale.reals
    type = fallback
    zeroPoint = [0]
    if let point = try node.optionalConstant(zero, "a zero point") {
      guard let integers = point.integers, !point.type.isReal else {
        throw node.refusal("a zero point is no integer")
      }
      (zeroPoint, type) = (integers, point.type)
    }
    if Set(zeroPoint).count == 1 { zeroPoint = [zeroPoint[0]] }
    guard scale.type.isReal, !self.scale.isEmpty, !zeroPoint.isEmpty, scale.shape.count <= 1,
      self.scale.allSatisfy({ $0.isFinite && $0 != 0 })
    else { throw node.refusal("a scale is zero, not finite, or not a number or a list") }
  }

  /// Integers of a zero point alone, as ConvInteger has them.
  init(_ node: NodeContext, zero: Int, type fallback: ONNXType) throws(Diagnostic) {
    scale = [1]
    zeroPoint = [0]
    type = fallback
    if let point = try node.optionalConstant(zero, "a zero point"), let integers = point.integers,
      !integers.isEmpty
    {
      (zeroPoint, type) = (integers, point.type)
      if Set(zeroPoint).count == 1 { zeroPoint = [zeroPoint[0]] }
    }
  }

  /// What makes such integers.
  func quantizer(_ node: NodeContext, axis: Int) throws(Diagnostic) -> IntegerQuantizer {
    guard !type.isReal, type != .bool, type.width <= 16 else {
      throw node.refusal("quantization to \(type) is not supported")
    }
    return IntegerQuantizer(
      scale: scale, zeroPoint: zeroPoint, bounds: type.integers, axis: axis)
  }

  /// `tensor`, which holds such integers, as the numbers that they stand for.
  func dequantized(
    _ tensor: ONNXTensor, axis: Int, _ node: NodeContext
  ) throws(Diagnostic) -> ONNXTensor {
    guard case .integers(let raw) = tensor.numbers else {
      throw node.refusal("the integers of a quantized tensor are real numbers")
    }
    let rank = tensor.shape.count
    let extent = rank == 0 ? 1 : tensor.shape[min(axis, rank - 1)]
    guard [scale.count, zeroPoint.count].allSatisfy({ $0 == 1 || $0 == extent && axis < rank })
    else {
      throw node.refusal("its scales do not fit axis \(axis) of \(tensor.shape)")
    }
    let inner = axis + 1 < rank ? tensor.shape[(axis + 1)...].reduce(1, *) : 1
    func channel(_ index: Int) -> Int { index / inner % max(extent, 1) }
    let integers = raw.indices.map {
      raw[$0] &- zeroPoint[zeroPoint.count == 1 ? 0 : channel($0)]
    }
    let reals = integers.indices.map {
      Float(integers[$0]) * scale[scale.count == 1 ? 0 : channel($0)]
    }
    var shape = [Int](repeating: 1, count: rank)
    if scale.count > 1 { shape[axis] = extent }
    return ONNXTensor(
      .float, tensor.shape, reals: reals,
      grid: ONNXTensor.Grid(integers: integers, shape: shape, scale: scale))
  }
}
