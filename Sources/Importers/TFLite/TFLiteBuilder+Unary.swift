// Functions of one element, and changes between integers and reals.

import Diagnostics
import FixedPoint
import Foundation
import GraphIR

/// Operators that map every element on its own.
enum TFLiteUnary: String {
  case logistic = "LOGISTIC"
  case tanh = "TANH"
  case elu = "ELU"
  case relu = "RELU"
  case relu6 = "RELU6"
  case reluN1To1 = "RELU_N1_TO_1"
  case relu0To1 = "RELU_0_TO_1"
  case leakyRelu = "LEAKY_RELU"
  case hardSwish = "HARD_SWISH"
  case gelu = "GELU"
  case exp = "EXP"
  case log = "LOG"
  case sqrt = "SQRT"
  case rsqrt = "RSQRT"
  case square = "SQUARE"
  case abs = "ABS"
  case neg = "NEG"
  case floor = "FLOOR"
  case ceil = "CEIL"
  case round = "ROUND"
  case sin = "SIN"
  case cos = "COS"
  case sign = "SIGN"

  init?(_ kind: String) { self.init(rawValue: kind) }
}

extension TFLiteBuilder {
  mutating func unary(_ step: TFLiteStep, _ function: TFLiteUnary) throws(Diagnostic) {
    let x = try operand(step, 0)
    let source = try tensor(step, 0)
    let result = model.tensors[step.outputs[0]]
    guard source.isQuantized || result.isQuantized else {
      if function == .neg { return try alias(step, negated(step, x)) }
      return try finish(step, try realOp(step, function), [x])
    }
    guard source.isQuantized, result.isQuantized else {
      throw step.unsupported("only one of its operand and its result is quantized")
    }
    switch function {
    case .relu, .relu6, .reluN1To1, .relu0To1: try integerRelu(step, function, x)
    case .leakyRelu where source.type == .int16:
      let alpha = try step.operation.options?.float(0) ?? 0
      try twoSlopes(
        step, x, Q31Multiplier(Double(source.scale / result.scale)),
        Q31Multiplier(Double(source.scale * alpha / result.scale)), factors: [1])
    default:
      guard source.type != .int16 else {
        throw step.unsupported("it is not supported on 16-bit integers")
      }
      let values = try integerFunction(step, function)
      let bounds = source.centeredBounds
      let outputs = bounds.map(values)
      let table = Table(
        first: bounds.lowerBound, values: outputs,
        format: FixedFormat(holding: (outputs.min() ?? 0)...(outputs.max() ?? 0)))
      try finish(step, .table(table), [x])
    }
  }

  private func realOp(_ step: TFLiteStep, _ function: TFLiteUnary) throws(Diagnostic) -> Op {
    switch function {
    case .logistic: .sigmoid(Sigmoid())
    case .tanh: .tanh(Tanh())
    case .elu: .elu(Elu())
    case .relu: .relu(Relu())
    case .relu6: .clip(Clip(low: 0, high: 6))
    case .reluN1To1: .clip(Clip(low: -1, high: 1))
    case .relu0To1: .clip(Clip(low: 0, high: 1))
    case .leakyRelu: .leakyRelu(LeakyRelu(alpha: try step.operation.options?.float(0) ?? 0))
    case .hardSwish: .function(Function(.hardSwish))
    case .gelu:
      .function(Function(try step.operation.option(0, UInt8.self) != 0 ? .geluTanh : .gelu))
    case .exp: .function(Function(.exp))
    case .log: .function(Function(.log))
    case .sqrt: .function(Function(.sqrt))
    case .rsqrt: .function(Function(.power, alpha: -0.5))
    case .square: .function(Function(.power, alpha: 2))
    case .abs: .leakyRelu(LeakyRelu(alpha: -1))
    case .neg: throw step.unsupported("it is a product")
    case .floor: .function(Function(.floor))
    case .ceil: .function(Function(.ceil))
    case .round: .function(Function(.round))
    case .sin: .function(Function(.sin))
    case .cos: .function(Function(.cos))
    case .sign: .function(Function(.sign))
    }
  }

  private mutating func integerRelu(
    _ step: TFLiteStep, _ function: TFLiteUnary, _ x: Node.ID
  ) throws(Diagnostic) {
    let (source, result) = (try tensor(step, 0), model.tensors[step.outputs[0]])
    let limits: ClosedRange<Float> =
      switch function {
      case .relu6: 0...6
      case .reluN1To1: -1...1
      case .relu0To1: 0...1
      default: 0...Float.greatestFiniteMagnitude
      }
    func integer(_ limit: Float) -> Int64 {
      Int64(min((limit / result.scale).rounded(.toNearestOrAwayFromZero), 0x1p40))
    }
    let whole = result.centeredBounds
    let low = max(integer(limits.lowerBound), whole.lowerBound)
    let high = min(integer(limits.upperBound), whole.upperBound)
    guard low <= high else { throw step.unsupported("its bounds leave no integer") }
    try finish(
      step,
      .requantize(
        Requantize(
          multipliers: [Q31Multiplier(Double(source.scale / result.scale))],
          to: FixedFormat(holding: low...high), bounds: low...high)), [x])
  }

  /// The function of 8-bit integers without their zero points.
  private func integerFunction(_ step: TFLiteStep, _ function: TFLiteUnary) throws(Diagnostic)
    -> (Int64) -> Int64
  {
    let (source, result) = (try tensor(step, 0), model.tensors[step.outputs[0]])
    let bounds = result.centeredBounds
    func bounded(_ value: Int64) -> Int64 {
      min(max(value, bounds.lowerBound), bounds.upperBound)
    }
    let (input, output) = (source.scale, result.scale)
    switch function {
    case .leakyRelu:
      let alpha = try step.operation.options?.float(0) ?? 0
      let (ratio, slope) = (input / output, input * alpha / output)
      if kernels == .xnnpack, let positive = XNNPACK.ratio(ratio), positive > 0,
        let negative = XNNPACK.ratio(slope)
      {
        return { bounded(($0 * ($0 < 0 ? negative : positive) + 128) >> 8) }
      }
      let (positive, negative) = (Q31Multiplier(Double(ratio)), Q31Multiplier(Double(slope)))
      guard alpha >= 0 else { throw step.unsupported("a slope of \(alpha)") }
      return { bounded($0 < 0 ? negative($0) : positive($0)) }
    case .hardSwish:
      return {
        bounded(
          ReferenceKernels.hardSwish($0, input: input, output: output, zeroPoint: 0))
      }
    default: break
    }
    guard let real = TFLiteBuilder.singlePrecision(function) else {
      throw step.unsupported("it is not supported on integers")
    }
    let inverse = 1 / output
    let rounding: FloatingPointRoundingRule =
      kernels == .xnnpack && [.logistic, .tanh, .elu].contains(function)
      ? .toNearestOrEven : .toNearestOrAwayFromZero
    return { x in
      let value = (real(input * Float(x)) * inverse).rounded(rounding)
      return bounded(value.isNaN ? 0 : Int64(min(max(value, -0x1p40), 0x1p40)))
    }
  }

  /// The function as kernels of 8-bit integers tabulate it.
  private static func singlePrecision(_ function: TFLiteUnary) -> ((Float) -> Float)? {
    switch function {
    case .logistic: { 1 / (1 + Foundation.exp(-$0)) }
    case .tanh: { Foundation.tanh($0) }
    case .elu: { $0 < 0 ? expm1($0) : $0 }
    case .exp: { Foundation.exp($0) }
    case .log: { Foundation.log($0) }
    case .gelu: { 0.5 * $0 * (1 + erf($0 * Float(0.5).squareRoot())) }
    case .relu, .relu6, .reluN1To1, .relu0To1, .leakyRelu, .hardSwish, .sqrt, .rsqrt, .square,
      .abs, .neg, .floor, .ceil, .round, .sin, .cos, .sign:
      nil
    }
  }

  // MARK: Integers and reals

  mutating func quantize(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let (source, result) = (try tensor(step, 0), model.tensors[step.outputs[0]])
    guard result.isQuantized, result.scales.count == 1 else {
      throw step.unsupported("its result has no scale")
    }
    let bounds = result.centeredBounds
    let format = FixedFormat(holding: bounds)
    if !source.isQuantized {
      guard source.type.isFloat else { throw step.unsupported("its operand has no scale") }
      let op = kernels.quantize(to: result.scale, bounds: bounds, is8Bit: result.type != .int16)
      return try finish(step, .requantize(op), [x])
    }
    if kernels == .xnnpack, source.type == result.type, result.type != .int16,
      let factor = XNNPACK.ratio(source.scale / result.scale)
    {
      let op = Requantize(
        .exact, scales: [Float(factor) / 256], to: format, bounds: bounds, rounding: .halfUp)
      return try finish(step, .requantize(op), [x])
    }
    let multiplier = Q31Multiplier(Double(source.scale) / Double(result.scale))
    try finish(
      step, .requantize(Requantize(multipliers: [multiplier], to: format, bounds: bounds)), [x])
  }

  mutating func dequantize(_ step: TFLiteStep) throws(Diagnostic) {
    let source = try tensor(step, 0)
    if !isComputed(step, 0) {
      let constant = try parameter(step, 0)
      let result = model.tensors[step.outputs[0]]
      switch constant.elements {
      case .reals: folded[step.outputs[0]] = TFLiteConstant(result, constant.elements)
      case .integers(let values):
        guard source.scales.count == 1 else {
          throw step.unsupported("a constant with \(source.scales.count) scales")
        }
        folded[step.outputs[0]] = TFLiteConstant(
          result, .reals(values.map { Float($0 - source.zeroPoint) * source.scale }))
      }
      return
    }
    let x = try operand(step, 0)
    guard source.isQuantized else { return try alias(step, x) }
    guard source.scales.count == 1 else {
      throw step.unsupported("a computed operand with \(source.scales.count) scales")
    }
    let scale = ExactFloat(source.scale)
    let factor = append(
      fresh(step.name + "_scale"),
      .constant(
        Constant(FixedTensor(shape: [1], fraction: scale.fraction, values: [scale.integer]))), [])
    try finish(step, .multiply(Multiply()), [x, factor])
  }

  mutating func cast(_ step: TFLiteStep) throws(Diagnostic) {
    if !isComputed(step, 0) {
      let constant = try parameter(step, 0)
      let result = model.tensors[step.outputs[0]]
      switch (constant.elements, result.type.isFloat) {
      case (.reals, true), (.integers, false):
        folded[step.outputs[0]] = TFLiteConstant(result, constant.elements)
      case (.integers(let values), true):
        folded[step.outputs[0]] = TFLiteConstant(result, .reals(values.map { Float($0) }))
      case (.reals, false): throw step.unsupported("a constant of reals as integers")
      }
      return
    }
    let (source, result) = (try tensor(step, 0), model.tensors[step.outputs[0]])
    guard !source.isQuantized || !result.type.isFloat || source.zeroPoint == 0,
      result.type.isFloat || !source.type.isFloat
    else { throw step.unsupported("\(source.type) as \(result.type)") }
    try alias(step, try operand(step, 0))
  }

  mutating func argmax(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let axes = try list(step, 1)
    let source = try tensor(step, 0)
    guard axes.count == 1, try axis(axes[0], of: source, step) == shapes[x.index].rank - 1 else {
      throw step.unsupported("only the last axis is supported")
    }
    try finish(step, .argmax(Argmax()), [x])
  }

  mutating func softmax(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let (source, result) = (try tensor(step, 0), model.tensors[step.outputs[0]])
    let beta = try step.operation.options?.float(0) ?? 1
    guard source.isQuantized else {
      if beta == 1 { return try finish(step, .softmax(Softmax()), [x]) }
      let factor = append(
        fresh(step.name + "_beta"), .constant(Constant(shape: [1], real: [beta])), [])
      let scaled = append(fresh(step.name + "_scaled"), .multiply(Multiply()), [x, factor])
      return try finish(step, .softmax(Softmax()), [scaled])
    }
    guard source.type == result.type, result.isQuantized else {
      throw step.unsupported("\(source.type) in, \(result.type) out")
    }
    let arithmetic: IntegerSoftmax.Arithmetic =
      source.type == .int16 ? .q15 : kernels == .reference ? .q31 : .float32
    let op = IntegerSoftmax(
      arithmetic, scale: source.scale, beta: beta, outputScale: result.scale,
      format: FixedFormat(holding: result.centeredBounds))
    try finish(step, .integerSoftmax(op), [x])
  }
}
