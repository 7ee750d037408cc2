// Quantized operators of the standard and of onnxruntime, as onnxruntime computes them: sums of
// integers, a float32 factor, rounding half to even.

import Diagnostics
import GraphIR

enum QuantizationOperators {
  static let table: [String: ONNXOperator] = [
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize, "QLinearConv": qlinearConv,
    "QLinearMatMul": qlinearMatMul, "ConvInteger": convInteger, "MatMulInteger": matMulInteger,
  ]

  /// The domain `com.microsoft`.
  static let microsoft: [String: ONNXOperator] = [
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize,
    "QLinearAdd": { (i, n) throws(Diagnostic) in try qlinearTwo(&i, n, .add) },
    "QLinearMul": { (i, n) throws(Diagnostic) in try qlinearTwo(&i, n, .multiply) },
    "QGemm": qgemm, "QLinearConcat": qlinearConcat, "QLinearLeakyRelu": qlinearLeakyRelu,
    "QLinearSigmoid": qlinearSigmoid, "QLinearAveragePool": qlinearAveragePool,
    "QLinearGlobalAveragePool": qlinearGlobalAveragePool,
    "QLinearSoftmax": qlinearSoftmax,
    "Gelu": { (i, n) throws(Diagnostic) in
      var x = try i.builder.materialized(i.traced(n, 0))
      x.node = try i.builder.append(.function(Function(.gelu)), [x.node])
      return [.traced(x)]
    },
  ]

  // MARK: Parameters

  /// The axis that scales of several entries belong to.
  static func axis(_ node: NodeContext, rank: Int) throws(Diagnostic) -> Int {
    let axis = try node.integer("axis", default: 1)
    return min(max(axis < 0 ? axis + rank : axis, 0), 64)
  }

  /// The parameters of a QuantizeLinear; its integers are uint8 unless something says otherwise.
  static func outputParameters(_ node: NodeContext) throws(Diagnostic) -> QuantizationParameters {
    try node.require("block_size", 0)
    let raw = try node.integer("output_dtype", default: 0)
    guard let type = ONNXType(rawValue: raw == 0 ? ONNXType.uint8.rawValue : raw) else {
      throw node.refusal("quantization to \(ONNXType.name(raw)) is not supported")
    }
    return try QuantizationParameters(node, scale: 1, zero: 2, type: type)
  }

  // MARK: Between numbers and integers

  private static func quantize(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let parameters = try outputParameters(node)
    let quantizer = try parameters.quantizer(node, axis: axis(node, rank: x.axes.count))
    if case .softmax = importer.builder.graph[x.node].op, quantizer.isUniform,
      importer.builder.graph[x.node].inputs.allSatisfy({ importer.builder.isExact[$0.index] })
    {
      return [.traced(try importer.shares(x, quantizer, type: parameters.type))]
    }
    return [.traced(try importer.quantized(x, quantizer, type: parameters.type))]
  }

  private static func dequantize(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    try node.require("block_size", 0)
    let x = try importer.traced(node, 0)
    let parameters = try QuantizationParameters(node, scale: 1, zero: 2, type: x.type)
    return [
      .traced(
        try importer.dequantized(
          x, scale: parameters.scale, zeroPoint: parameters.zeroPoint,
          axis: axis(node, rank: x.axes.count)))
    ]
  }

  /// Operand `index` with its scale and zero point behind it.
  private static func operand(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ index: Int
  ) throws(Diagnostic) -> Traced {
    try importer.dequantized(try importer.traced(node, index), node, index + 1, index + 2)
  }

  /// `x` in the integers of the scale and zero point at these inputs.
  private static func requantized(
    _ importer: inout ONNXImporter, _ x: Traced, _ node: NodeContext, scale: Int, zero: Int,
    like type: ONNXType
  ) throws(Diagnostic) -> [ONNXValue] {
    let parameters = try QuantizationParameters(node, scale: scale, zero: zero, type: type)
    let quantizer = try parameters.quantizer(node, axis: 0)
    return [.traced(try importer.quantized(x, quantizer, type: parameters.type))]
  }

  // MARK: Layers

  private static func qlinearConv(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try operand(&importer, node, 0)
    let raw = try node.constant(3, "the kernel")
    let weights = try QuantizationParameters(node, scale: 4, zero: 5, type: raw.type)
    let kernel = try weights.dequantized(raw, axis: 0, node)
    let window = try WindowAttributes(node, x.shape, kernel: Array(kernel.shape.dropFirst(2)))
    let bias = try bias(node, 8, x, weights.scale, name: importer.constantName(node, 8))
    let y = try importer.convolution(
      x, kernel, bias, window, node, kernelName: importer.constantName(node, 3))
    return try requantized(
      &importer, y, node, scale: 6, zero: 7, like: importer.traced(node, 0).type)
  }

  /// A bias of 32-bit integers in steps of the product of both scales.
  private static func bias(
    _ node: NodeContext, _ index: Int, _ x: Traced, _ scale: [Float], name: String
  ) throws(Diagnostic) -> Bias? {
    guard let tensor = try node.optionalConstant(index, "the bias") else { return nil }
    guard let integers = tensor.integers, !tensor.type.isReal else {
      throw node.refusal("its bias is not made of integers")
    }
    let product = scale.map { Double(Float(x.affine.scale[0]) * $0) }
    return Bias(integers: integers, scale: product, name: name)
  }

  private static func qlinearMatMul(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try operand(&importer, node, 0)
    let raw = try node.constant(3, "the second factor")
    let weights = try QuantizationParameters(node, scale: 4, zero: 5, type: raw.type)
      .dequantized(raw, axis: raw.shape.count - 1, node)
    let y = try importer.product(
      x, weights, isLeft: false, node, importer.constantName(node, 3))
    return try requantized(
      &importer, y, node, scale: 6, zero: 7, like: importer.traced(node, 0).type)
  }

  private static func convInteger(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    let zero = try QuantizationParameters(node, zero: 2, type: x.type)
    x = try importer.dequantized(x, scale: [1], zeroPoint: zero.zeroPoint, axis: 0)
    let raw = try node.constant(1, "the kernel")
    let kernel = try QuantizationParameters(node, zero: 3, type: raw.type)
      .dequantized(raw, axis: 0, node)
    let window = try WindowAttributes(node, x.shape, kernel: Array(kernel.shape.dropFirst(2)))
    var y = try importer.convolution(
      x, kernel, nil, window, node, kernelName: importer.constantName(node, 1))
    y.type = .int32
    return [.traced(y)]
  }

  private static func matMulInteger(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.traced(node, 0)
    let zero = try QuantizationParameters(node, zero: 2, type: x.type)
    x = try importer.dequantized(
      x, scale: [1], zeroPoint: zero.zeroPoint, axis: max(x.axes.count - 2, 0))
    let raw = try node.constant(1, "the second factor")
    let weights = try QuantizationParameters(node, zero: 3, type: raw.type)
      .dequantized(raw, axis: max(raw.shape.count - 1, 0), node)
    var y = try importer.product(x, weights, isLeft: false, node, importer.constantName(node, 1))
    y.type = .int32
    return [.traced(y)]
  }

  private static func qgemm(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try operand(&importer, node, 0)
    var raw = try node.constant(3, "B")
    guard x.axes.count == 2, raw.shape.count == 2 else {
      throw node.refusal("its operands have no two axes each")
    }
    if try node.integer("transA", default: 0) != 0 { x = importer.builder.transposed(x, [1, 0]) }
    if try node.integer("transB", default: 0) != 0 { raw = raw.transposed([1, 0]) }
    let alpha = try node.real("alpha", default: 1)
    var parameters = try QuantizationParameters(node, scale: 4, zero: 5, type: raw.type)
    parameters.scale = parameters.scale.map { $0 * alpha }
    let weights = try parameters.dequantized(raw, axis: 1, node)
    var bias = try bias(node, 6, x, parameters.scale, name: importer.constantName(node, 6))
    if let integers = bias?.integers, integers.count == 1, raw.shape[1] > 1 {
      bias?.integers = [Int64](repeating: integers[0], count: raw.shape[1])
    }
    let y = try importer.product(
      x, weights, isLeft: false, node, importer.constantName(node, 3), bias: bias)
    if node.optional(7) == nil { return [.traced(y)] }
    return try requantized(
      &importer, y, node, scale: 7, zero: 8, like: importer.traced(node, 0).type)
  }

  // MARK: Everything else

  private static func qlinearTwo(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ operation: Arithmetic
  ) throws(Diagnostic) -> [ONNXValue] {
    func value(_ index: Int) throws(Diagnostic) -> ONNXValue {
      if case .constant(let tensor) = try node.value(index) {
        let parameters = try QuantizationParameters(
          node, scale: index + 1, zero: index + 2, type: tensor.type)
        return .constant(try parameters.dequantized(tensor, axis: 0, node))
      }
      return .traced(try operand(&importer, node, index))
    }
    let (a, b) = (try value(0), try value(3))
    let y = try importer.combined(a, b, operation, node)
    return try requantized(&importer, y, node, scale: 6, zero: 7, like: .uint8)
  }

  private static func qlinearConcat(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let parameters = try QuantizationParameters(node, scale: 0, zero: 1, type: .uint8)
    let quantizer = try parameters.quantizer(node, axis: 0)
    var inputs: [ONNXValue?] = []
    for index in stride(from: 2, to: node.inputs.count, by: 3) {
      let x = try operand(&importer, node, index)
      let isSame =
        x.affine
        == Affine(
          zero: parameters.zeroPoint.map { Double($0) }, scale: parameters.scale.map { Double($0) })
      inputs.append(
        isSame
          ? try node.value(index)
          : .traced(try importer.quantized(x, quantizer, type: parameters.type)))
    }
    let joined = NodeContext(
      node: node.node, file: node.file, opset: node.opset, inputs: inputs)
    return try SelectionOperators.concat(&importer, joined)
  }

  private static func qlinearLeakyRelu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.builder.withoutZero(operand(&importer, node, 0))
    let alpha = try node.real("alpha", default: 0.01)
    let y = try importer.map(x, .leakyRelu(LeakyRelu(alpha: alpha)), suffix: "_leaky")
    return try requantized(&importer, y, node, scale: 3, zero: 4, like: x.type)
  }

  private static func qlinearSigmoid(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.builder.materialized(operand(&importer, node, 0))
    let y = try importer.map(x, .sigmoid(Sigmoid()), suffix: "_sigmoid")
    return try requantized(&importer, y, node, scale: 3, zero: 4, like: .uint8)
  }

  private static func qlinearSoftmax(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try operand(&importer, node, 0)
    let softmax = NodeContext(
      node: node.node, file: node.file, opset: try node.integer("opset", default: 13),
      inputs: [.traced(x)])
    guard
      case .traced(let y)? = try ReductionOperators.softmax(&importer, softmax, isLog: false).first
    else { return [] }
    let parameters = try QuantizationParameters(node, scale: 3, zero: 4, type: .uint8)
    let quantizer = try parameters.quantizer(node, axis: 0)
    return [.traced(try importer.shares(y, quantizer, type: parameters.type))]
  }

  private static func qlinearAveragePool(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    try node.require("channels_last", 0)
    let x = try operand(&importer, node, 0)
    let window = try WindowAttributes(node, x.shape, kernel: [])
    let includesPadding = try node.integer("count_include_pad", default: 0) != 0
    let y = try importer.averaged(x, window, includesPadding: includesPadding)
    return try requantized(&importer, y, node, scale: 3, zero: 4, like: .uint8)
  }

  private static func qlinearGlobalAveragePool(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let isLast = try node.integer("channels_last", default: 0) != 0
    var x = try operand(&importer, node, 0)
    let rank = x.axes.count
    guard rank == 3 || rank == 4 else { throw node.refusal("its input is no image") }
    if isLast {
      x = importer.builder.transposed(x, [0, rank - 1] + Array(1..<rank - 1))
    }
    var y = try importer.globalAverage(x)
    if isLast { y = importer.builder.transposed(y, [0] + Array(2..<rank) + [1]) }
    return try requantized(&importer, y, node, scale: 3, zero: 4, like: .uint8)
  }
}

extension ONNXImporter {
  /// A softmax of integers as onnxruntime quantizes it: its table holds whole multiples, so that the
  /// reciprocal of the scale is cut to an integer, and halves are rounded up.
  mutating func shares(
    _ x: Traced, _ quantizer: IntegerQuantizer, type: ONNXType
  ) throws(Diagnostic) -> Traced {
    let parts = (1 / quantizer.scale[0]).rounded(.down)
    guard parts >= 1, parts < 0x1p20 else {
      throw builder.context.refusal("a scale of \(quantizer.scale[0]) leaves nothing of a softmax")
    }
    var y = x
    y.node = try builder.combined(x.node, [Double(parts)], .multiply, "_parts")
    let zero = quantizer.zeroPoint[0]
    if zero != 0 { y.node = try builder.combined(y.node, [Double(zero)], .add, "_shifted") }
    let extent = GraphBuilder.Extent(magnitude: exp2(quantizer.format.width), fraction: 0)
    y.node = try builder.append(
      .quantize(Quantize(quantizer.format, .halfUp, .saturate)), [y.node], extent: extent)
    y.affine = .identity
    y.type = type
    return y
  }

  /// `x` with the scale and zero point at these inputs of `node`: one number each.
  mutating func dequantized(
    _ x: Traced, _ node: NodeContext, _ scale: Int, _ zero: Int
  ) throws(Diagnostic) -> Traced {
    let parameters = try QuantizationParameters(node, scale: scale, zero: zero, type: x.type)
    guard parameters.scale.count == 1, parameters.zeroPoint.count == 1 else {
      throw node.refusal("a scale of \(parameters.scale.count) entries is not supported here")
    }
    return try dequantized(
      x, scale: parameters.scale, zeroPoint: parameters.zeroPoint, axis: 0)
  }
}
