// Quantizers of weights: the integers are found at import and kept with their scale.

import Diagnostics
import GraphIR

enum QuantizationFolding {
  static let table: [String: ONNXFolding] = [
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize,
  ]

  /// The quantizers of QONNX.
  static let qonnx: [String: ONNXFolding] = [
    "Quant": quant, "IntQuant": quant, "BipolarQuant": bipolar,
  ]

  private static func quantize(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    let parameters = try QuantizationOperators.outputParameters(node)
    let axis = try QuantizationOperators.axis(node, rank: x.shape.count)
    let quantizer = try parameters.quantizer(node, axis: axis)
    let rank = x.shape.count
    let inner = axis + 1 < rank ? x.shape[(axis + 1)...].reduce(1, *) : 1
    let extent = axis < rank ? x.shape[axis] : 1
    guard quantizer.isUniform || max(quantizer.scale.count, quantizer.zeroPoint.count) == extent
    else { throw node.refusal("its scales do not fit axis \(axis) of \(x.shape)") }
    let integers = x.reals.enumerated().map { quantizer.integer($1, channel: $0 / inner % extent) }
    return [ONNXTensor(parameters.type, x.shape, integers: integers)]
  }

  private static func dequantize(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    try node.require("block_size", 0)
    let parameters = try QuantizationParameters(node, scale: 1, zero: 2, type: x.type)
    let axis = try QuantizationOperators.axis(node, rank: x.shape.count)
    return [try parameters.dequantized(x, axis: axis, node)]
  }

  /// Integers of a QONNX quantizer: its scale and zero point broadcast along the tensor.
  private static func quant(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    let settings = try QONNXQuantizer(node)
    let (s, z) = (settings.scale, settings.zeroPoint)
    guard ONNXTensor.broadcastShape(x.shape, s.shape) == x.shape,
      ONNXTensor.broadcastShape(x.shape, z.shape) == x.shape
    else { throw node.refusal("scales of shape \(s.shape) do not fit \(x.shape)") }
    let scales = ONNXTensor.broadcast(s.shape, to: x.shape).map { s.reals[$0] }
    let points = ONNXTensor.broadcast(z.shape, to: x.shape).map { z.reals[$0] }
    var integers: [Int64] = []
    for (index, value) in x.reals.enumerated() {
      let point = points[index]
      let scaled = value / scales[index] + point
      let rounded: Float
      if settings.isBipolar {
        rounded = scaled >= 0 ? 1 : -1
      } else {
        let (low, high) = (Float(settings.bounds.lowerBound), Float(settings.bounds.upperBound))
        rounded = settings.rounding.rounded(min(max(scaled, low), high))
      }
      guard let integer = Int64(exactly: rounded - point) else {
        throw node.refusal("a zero point is no integer, or a weight not finite")
      }
      integers.append(integer)
    }
    return [gridded(x, integers, s)]
  }

  private static func bipolar(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let x = try node.tensor(0)
    let scale = try node.constant(1, "the scale")
    guard ONNXTensor.broadcastShape(x.shape, scale.shape) == x.shape else {
      throw node.refusal("scales of shape \(scale.shape) do not fit \(x.shape)")
    }
    return [gridded(x, x.reals.map { $0 >= 0 ? 1 : -1 }, scale)]
  }

  /// `integers` times a scale that broadcasts to the shape of `x`.
  private static func gridded(
    _ x: ONNXTensor, _ integers: [Int64], _ scale: ONNXTensor
  ) -> ONNXTensor {
    let aligned = [Int](repeating: 1, count: x.shape.count - min(scale.shape.count, x.shape.count))
    let shape = aligned + scale.shape
    let sources = ONNXTensor.broadcast(scale.shape, to: x.shape)
    let factors = scale.reals
    return ONNXTensor(
      .float, x.shape, reals: integers.indices.map { Float(integers[$0]) * factors[sources[$0]] },
      grid: ONNXTensor.Grid(integers: integers, shape: shape, scale: factors))
  }
}
