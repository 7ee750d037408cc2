// Activations and quantizers in ONNX.

import Diagnostics
import FixedPoint
import GraphIR

extension ONNXExporter {
  /// An elementwise op, as a node of its own or as a step of `id`'s epilogue.
  mutating func elementwise(_ op: Op, _ id: Node.ID, _ inputs: [Node.ID], isStep: Bool)
    throws(Diagnostic)
  {
    let operand = inputs[0]
    let layout = layout(operand)
    let x = layout == .last ? computed(operand) : first(operand)
    let base = graph[id].name
    let name = isStep ? "\(base)_\(op.mnemonic)" : base
    let rank = shapes[operand.index].rank
    let result: String
    switch op {
    case .relu: result = builder.node("Relu", [x], as: name)
    case .sigmoid: result = builder.node("Sigmoid", [x], as: name)
    case .tanh: result = builder.node("Tanh", [x], as: name)
    case .elu(let op):
      result = builder.node("Elu", [x], as: name, [("alpha", .real(Float(op.alpha)))])
    case .leakyRelu(let op):
      result = builder.node("LeakyRelu", [x], as: name, [("alpha", .real(Float(op.alpha)))])
    case .hardSigmoid(let op):
      result = builder.node(
        "HardSigmoid", [x], as: name,
        [("alpha", .real(Float(op.alpha))), ("beta", .real(Float(op.beta)))])
    case .clip(let op):
      let bounds = [op.low, op.high].map { builder.floats([$0], [], as: name + "_bound") }
      result = builder.node("Clip", [x] + bounds, as: name)
    case .prelu(let op):
      let slopes = vector(op.alpha, layout, rank, as: name + "_slope")
      result = builder.node("PRelu", [x, slopes], as: name)
    case .function(let op): result = try function(op, x, name, graph[id])
    case .quantize(let op):
      let isPerElement =
        op.format.formats.count > 1 && op.format.formats.count != shapes[id.index].channels
      if isPerElement && layout == .first {
        let moved = computed(operand)
        set(id, .last, try quantized(op, moved, id, .last, name))
      } else {
        set(id, layout, try quantized(op, x, id, layout, name))
      }
      return
    default: throw .notInONNX(graph[id], "\(op.mnemonic) has no operator")
    }
    set(id, layout, result)
  }

  /// One number, or one per channel in the shape that meets them in `layout`.
  private mutating func vector(
    _ values: [Float], _ layout: Layout, _ rank: Int, as name: String
  ) -> String {
    if values.count == 1 { return builder.floats(values, [], as: name) }
    let ones = [Int](repeating: 1, count: layout == .first ? rank - 1 : 0)
    return builder.floats(values, [values.count] + ones, as: name)
  }

  private mutating func function(
    _ op: Function, _ x: String, _ name: String, _ node: Node
  ) throws(Diagnostic) -> String {
    func simple(_ type: String, _ attributes: [(String, ONNXAttribute)] = []) -> String {
      builder.node(type, [x], as: name, attributes)
    }
    switch op.name {
    case .exp: return simple("Exp")
    case .log: return simple("Log")
    case .sqrt: return simple("Sqrt")
    case .reciprocal: return simple("Reciprocal")
    case .erf: return simple("Erf")
    case .sin: return simple("Sin")
    case .cos: return simple("Cos")
    case .sign: return simple("Sign")
    case .floor: return simple("Floor")
    case .ceil: return simple("Ceil")
    case .round: return simple("Round")
    case .softplus: return simple("Softplus")
    case .softsign: return simple("Softsign")
    case .selu: return simple("Selu")
    case .celu: return simple("Celu", [("alpha", .real(Float(op.alpha)))])
    case .threshold: return simple("ThresholdedRelu", [("alpha", .real(Float(op.alpha)))])
    case .hardSwish: return simple("HardSwish")
    case .power:
      let exponent = builder.floats([op.alpha], [], as: name + "_exponent")
      return builder.node("Pow", [x, exponent], as: name)
    case .swish:
      let alpha = builder.floats([op.alpha], [], as: name + "_alpha")
      let scaled = builder.node("Mul", [x, alpha], as: name + "_scaled")
      let sigmoid = builder.node("Sigmoid", [scaled], as: name + "_sigmoid")
      return builder.node("Mul", [x, sigmoid], as: name)
    case .mish:
      let softplus = builder.node("Softplus", [x], as: name + "_softplus")
      let tanh = builder.node("Tanh", [softplus], as: name + "_tanh")
      return builder.node("Mul", [x, tanh], as: name)
    case .gelu:
      let root = builder.floats([Float(0.5).squareRoot()], [], as: name + "_root")
      let (one, half) = (
        builder.floats([1], [], as: name + "_one"), builder.floats([0.5], [], as: name + "_half")
      )
      let scaled = builder.node("Mul", [x, root], as: name + "_scaled")
      let erf = builder.node("Erf", [scaled], as: name + "_erf")
      let sum = builder.node("Add", [erf, one], as: name + "_sum")
      let product = builder.node("Mul", [x, sum], as: name + "_product")
      return builder.node("Mul", [product, half], as: name)
    case .geluTanh:
      throw .notInONNX(node, "its approximation of gelu is newer than the operators of this file")
    }
  }

  // MARK: - Quantizers

  /// What QONNX calls a rounding; nil for those it has not.
  private static func word(_ rounding: Rounding) -> String? {
    switch rounding {
    case .floor: "FLOOR"
    case .halfEven: "ROUND"
    case .halfAway: "HALF_UP"
    case .towardZero: "DOWN"
    case .halfUp: nil
    }
  }

  private mutating func quantized(
    _ op: Quantize, _ x: String, _ id: Node.ID, _ layout: Layout, _ name: String
  ) throws(Diagnostic) -> String {
    let formats = op.format.formats
    let isSigned = formats.contains { $0.isSigned }
    let isUsual =
      op.overflow != .wrap && formats.allSatisfy { $0.isSigned == isSigned && $0.width > 0 }
      && !(isSigned && formats.contains { $0.width == 1 })
    let tensor = Quantizers(formats: formats, shape: shapes[id.index], layout: layout)
    switch dialect {
    case .qonnx:
      if isUsual, let rounding = ONNXExporter.word(op.rounding) {
        let isNarrow = op.overflow == .saturateSymmetric && isSigned
        return quantNode(x, tensor, isSigned, isNarrow: isNarrow, rounding, name)
      }
    case .onnx:
      if isUsual, op.rounding == .halfEven, formats.count == 1, formats[0].width <= 8 {
        return linearQuantizers(x, op.quantizer(of: 0), name)
      }
    }
    return plainQuantizer(op, x, tensor, name)
  }

  mutating func quantNode(
    _ x: String, _ tensor: Quantizers, _ isSigned: Bool, isNarrow: Bool, _ rounding: String,
    _ name: String
  ) -> String {
    let scale = tensor.constant(&builder, name + "_scale") { ONNXExporter.power(-$0.fraction) }
    let zero = builder.floats([0], [], as: name + "_zero_point")
    let width = tensor.constant(&builder, name + "_width") { Float($0.width) }
    return builder.node(
      "Quant", [x, scale, zero, width], as: name,
      [
        ("signed", .integer(isSigned ? 1 : 0)), ("narrow", .integer(isNarrow ? 1 : 0)),
        ("rounding_mode", .word(rounding)),
      ], domain: "qonnx.custom_op.general")
  }

  /// A clamp where the format has fewer than eight bits, and the pair of linear quantizers.
  private mutating func linearQuantizers(_ x: String, _ quantizer: Quantizer, _ name: String)
    -> String
  {
    let format = quantizer.format
    let range = quantizer.integerRange
    let whole: ClosedRange<Int64> = format.isSigned ? -128...127 : 0...255
    var operand = x
    if range != whole {
      let bounds = [range.lowerBound, range.upperBound].map {
        builder.floats(
          [Float($0) * ONNXExporter.power(-format.fraction)], [], as: name + "_bound")
      }
      operand = builder.node("Clip", [x] + bounds, as: name + "_clipped")
    }
    let scale = builder.floats([ONNXExporter.power(-format.fraction)], [], as: name + "_scale")
    let zero = builder.integers(
      [0], [], format.isSigned ? .int8 : .uint8, as: name + "_zero_point")
    let integer = builder.node("QuantizeLinear", [operand, scale, zero], as: name + "_integer")
    return builder.node("DequantizeLinear", [integer, scale, zero], as: name)
  }

  /// Scaling, rounding, a clamp or a remainder, and scaling back: exact in float32.
  private mutating func plainQuantizer(
    _ op: Quantize, _ x: String, _ tensor: Quantizers, _ name: String
  ) -> String {
    func constant(_ part: String, _ value: (FixedFormat) -> Float) -> String {
      tensor.constant(&builder, "\(name)_\(part)", value)
    }
    func apply(_ type: String, _ inputs: [String], _ part: String) -> String {
      builder.node(type, inputs, as: "\(name)_\(part)")
    }
    func floored(_ value: String) -> String { apply("Floor", [value], "floor") }
    let half = builder.floats([0.5], [], as: name + "_half")
    let scaled = apply("Mul", [x, constant("up") { ONNXExporter.power($0.fraction) }], "scaled")
    var integer: String
    switch op.rounding {
    case .floor: integer = floored(scaled)
    case .halfUp: integer = floored(apply("Add", [scaled, half], "sum"))
    case .halfEven: integer = apply("Round", [scaled], "rounded")
    case .halfAway, .towardZero:
      let magnitude = apply("Abs", [scaled], "magnitude")
      let sum = op.rounding == .halfAway ? apply("Add", [magnitude, half], "sum") : magnitude
      integer = apply("Mul", [floored(sum), apply("Sign", [scaled], "sign")], "rounded")
    }
    func bound(_ format: FixedFormat) -> ClosedRange<Int64> {
      Quantizer(format, op.rounding, op.overflow).integerRange
    }
    if op.overflow == .wrap {
      // n - 2^w · floor((n - low) / 2^w)
      let low = constant("low") { Float(bound($0).lowerBound) }
      let turn = constant("turn") { ONNXExporter.power($0.width) }
      let distance = apply("Sub", [integer, low], "distance")
      let turns = floored(apply("Div", [distance, turn], "turns"))
      integer = apply("Sub", [integer, apply("Mul", [turns, turn], "whole")], "wrapped")
    } else {
      let low = constant("low") { Float(bound($0).lowerBound) }
      let high = constant("high") { Float(bound($0).upperBound) }
      integer = apply("Min", [apply("Max", [integer, low], "above"), high], "clamped")
    }
    let down = constant("down") { $0.width == 0 ? 0 : ONNXExporter.power(-$0.fraction) }
    return builder.node("Mul", [integer, down], as: name)
  }

  static func power(_ exponent: Int) -> Float {
    Float(sign: .plus, exponent: exponent, significand: 1)
  }

  // MARK: - Constants

  /// The constant `id` in `shape`, its elements put into order by `arrange`.
  mutating func constant(
    _ id: Node.ID, shape: [Int], _ arrange: ([Float]) -> [Float]
  ) throws(Diagnostic) -> String {
    let name = graph[id].name
    guard case .constant(let constant) = graph[id].op, graph[id].epilogue.isEmpty else {
      throw .notInONNX(graph[id], "it is computed, and must be constant")
    }
    switch constant.elements {
    case .real(let values): return builder.floats(arrange(values), shape, as: name)
    case .fixed(let integers, let format):
      guard integers.allSatisfy({ $0.magnitude < 1 << 24 }) else {
        throw .notInONNX(graph[id], "its integers do not fit float32")
      }
      let values = integers.indices.map { index -> Float in
        let own = format.format(of: index)
        return own.width == 0 ? 0 : Float(integers[index]) * ONNXExporter.power(-own.fraction)
      }
      guard let only = format.isUniform ? format.formats[0] : nil, only.width > 0 else {
        return builder.floats(arrange(values), shape, as: name)
      }
      return uniformConstant(arrange(values), shape, only, name)
    }
  }

  private mutating func uniformConstant(
    _ values: [Float], _ shape: [Int], _ format: FixedFormat, _ name: String
  ) -> String {
    switch dialect {
    case .qonnx:
      if format.isSigned && format.width == 1 { break }
      let floats = builder.floats(values, shape, as: name + "_values")
      let tensor = Quantizers(formats: [format], shape: Shape(shape), layout: .last)
      return quantNode(floats, tensor, format.isSigned, isNarrow: false, "ROUND", name)
    case .onnx:
      guard format.width <= 8 else { break }
      let type: ONNXType = format.isSigned ? .int8 : .uint8
      let up = ONNXExporter.power(format.fraction)
      let integers = builder.integers(
        values.map { Int64($0 * up) }, shape, type, as: name + "_integers")
      let scale = builder.floats([ONNXExporter.power(-format.fraction)], [], as: name + "_scale")
      return builder.node("DequantizeLinear", [integers, scale], as: name)
    }
    return builder.floats(values, shape, as: name)
  }
}

/// The formats of a tensor as constants that its elements meet.
struct Quantizers {
  var formats: [FixedFormat]
  var shape: Shape
  var layout: ONNXExporter.Layout

  /// A number for each format: one, one per channel, or one per element.
  func constant(
    _ builder: inout ONNXBuilder, _ name: String, _ value: (FixedFormat) -> Float
  ) -> String {
    let values = formats.map(value)
    if values.allSatisfy({ $0 == values[0] }) { return builder.floats([values[0]], [], as: name) }
    if formats.count == shape.channels {
      let ones = [Int](repeating: 1, count: layout == .first ? shape.rank - 1 : 0)
      return builder.floats(values, [values.count] + ones, as: name)
    }
    return builder.floats(values, shape.extents, as: name)
  }
}
