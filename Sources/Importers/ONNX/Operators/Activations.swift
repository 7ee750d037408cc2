// Operators that map every element on its own: activations and real functions.

import Diagnostics
import FixedPoint
import GraphIR

enum ActivationOperators {
  static let table: [String: ONNXOperator] = [
    "Relu": relu, "LeakyRelu": leakyRelu, "PRelu": prelu, "ThresholdedRelu": thresholdedRelu,
    "Elu": elu, "Celu": celu, "Selu": selu, "Clip": clip, "HardSigmoid": hardSigmoid,
    "HardSwish": { (i, n) throws(Diagnostic) in
      try plain(&i, n, .function(Function(.hardSwish)))
    },
    "Sigmoid": { (i, n) throws(Diagnostic) in try plain(&i, n, .sigmoid(Sigmoid())) },
    "Tanh": { (i, n) throws(Diagnostic) in try plain(&i, n, .tanh(Tanh())) },
    "Softplus": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.softplus))) },
    "Softsign": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.softsign))) },
    "Mish": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.mish))) },
    "Swish": { (i, n) throws(Diagnostic) in
      try plain(&i, n, .function(Function(.swish, alpha: n.real("alpha", default: 1))))
    },
    "Gelu": gelu,
    "Exp": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.exp))) },
    "Log": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.log))) },
    "Sqrt": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.sqrt))) },
    "Reciprocal": { (i, n) throws(Diagnostic) in
      try plain(&i, n, .function(Function(.reciprocal)))
    },
    "Erf": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.erf))) },
    "Sin": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.sin))) },
    "Cos": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.cos))) },
    "Sign": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.sign))) },
    "Floor": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.floor))) },
    "Ceil": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.ceil))) },
    "Round": { (i, n) throws(Diagnostic) in try plain(&i, n, .function(Function(.round))) },
    "Identity": identity, "Dropout": dropout, "Cast": cast, "CastLike": cast,
  ]

  /// An op of one operand without attributes of its own.
  private static func plain(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ op: Op
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.builder.materialized(importer.traced(node, 0))
    x.node = try importer.builder.append(op, [x.node])
    return [.traced(x)]
  }

  private static func relu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    try signPreserving(&importer, node, .relu(Relu()))
  }

  /// An op whose result scales with its operand: a positive scale passes through it.
  private static func signPreserving(
    _ importer: inout ONNXImporter, _ node: NodeContext, _ op: Op
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.builder.withoutZero(importer.traced(node, 0))
    if !x.affine.isPositiveScale { x = try importer.builder.materialized(x) }
    x.node = try importer.builder.append(op, [x.node])
    return [.traced(x)]
  }

  private static func leakyRelu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 0.01)
    return try signPreserving(&importer, node, .leakyRelu(LeakyRelu(alpha: alpha)))
  }

  private static func prelu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let slope = try node.constant(1, "the slope")
    let x = try importer.builder.materialized(importer.traced(node, 0))
    if slope.count == 1 {
      let op = Op.leakyRelu(LeakyRelu(alpha: slope.reals[0]))
      return [.traced(try importer.map(x, op))]
    }
    let place = try importer.builder.placement(of: slope.shape, against: x)
    let slopes = slope.reals
    var y = place.value
    guard place.isChannelwise else {
      // What is positive, and a multiple of what is negative.
      let above = try importer.builder.append(.relu(Relu()), [y.node], suffix: "_above")
      let below = try importer.builder.combined(y.node, [0], .minimum, "_below")
      let factors = try importer.builder.realConstant(
        place.sources.map { slopes[$0] }, place.shape, name: importer.constantName(node, 1))
      let scaled = try importer.builder.append(
        .multiply(Multiply()), [below, factors], suffix: "_scaled")
      y.node = try importer.builder.append(.add(Add()), [above, scaled])
      return [.traced(y)]
    }
    let op = PRelu(alpha: place.sources.map { slopes[$0] })
    y.node = try importer.builder.append(.prelu(op), [y.node])
    return [.traced(y)]
  }

  private static func thresholdedRelu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 1)
    return try plain(&importer, node, .function(Function(.threshold, alpha: alpha)))
  }

  private static func elu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 1)
    return try plain(&importer, node, .elu(Elu(alpha: Double(alpha))))
  }

  private static func celu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 1)
    return try plain(&importer, node, .function(Function(.celu, alpha: alpha)))
  }

  private static func selu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 1.67326319217681884765625)
    let gamma = try node.real("gamma", default: 1.05070102214813232421875)
    let x = try importer.builder.materialized(importer.traced(node, 0))
    if abs(alpha - 1.6732632) < 1e-5, abs(gamma - 1.0507010) < 1e-5 {
      return [.traced(try importer.map(x, .function(Function(.selu))))]
    }
    var y = x
    y.node = try importer.builder.append(.elu(Elu(alpha: Double(alpha))), [x.node], suffix: "_elu")
    y.node = try importer.builder.combined(y.node, [Double(gamma)], .multiply, "")
    return [.traced(y)]
  }

  private static func gelu(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    switch try node.text("approximate", default: "none") {
    case "none": return try plain(&importer, node, .function(Function(.gelu)))
    case "tanh": return try plain(&importer, node, .function(Function(.geluTanh)))
    case let other: throw node.refusal("the approximation '\(other)' is unknown")
    }
  }

  private static func hardSigmoid(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 0.2)
    let beta = try node.real("beta", default: 0.5)
    return try plain(
      &importer, node, .hardSigmoid(HardSigmoid(alpha: Double(alpha), beta: Double(beta))))
  }

  /// Bounds are attributes until opset 10, inputs from 11 on; each may be absent.
  private static func clip(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var (low, high): (Float, Float) = (-.infinity, .infinity)
    if node.opset < 11 {
      low = try node.real("min", default: -.greatestFiniteMagnitude)
      high = try node.real("max", default: .greatestFiniteMagnitude)
    } else {
      if let bound = try node.optionalConstant(1, "the lower bound"), bound.count == 1 {
        low = bound.reals[0]
      }
      if let bound = try node.optionalConstant(2, "the upper bound"), bound.count == 1 {
        high = bound.reals[0]
      }
    }
    guard !low.isNaN, !high.isNaN else { throw node.refusal("a bound is not a number") }
    // Above the upper bound there is nothing left: NumPy's clip gives the upper bound.
    low = min(low, high)
    let largest = Float.greatestFiniteMagnitude
    let x = try importer.traced(node, 0)
    if low <= -largest, high >= largest { return [.traced(x)] }
    if low == 0, high >= largest { return try relu(&importer, node) }
    var y = try importer.builder.materialized(x)
    if low <= -largest {
      y.node = try importer.builder.combined(y.node, [Double(high)], .minimum, "")
    } else if high >= largest {
      y.node = try importer.builder.combined(y.node, [Double(low)], .maximum, "")
    } else {
      y.node = try importer.builder.append(.clip(Clip(low: low, high: high)), [y.node])
    }
    return [.traced(y)]
  }

  private static func identity(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    [try node.value(0)]
  }

  /// At inference nothing is dropped; a mask, where one is asked for, is all ones.
  private static func dropout(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let training = try node.optionalConstant(2, "the training mode")
    let ratio = try node.optionalConstant(1, "the ratio")
    if training?.integers?.first ?? 0 != 0, ratio?.reals.first ?? 0.5 != 0 {
      throw node.refusal("it is in training mode", "export the model for inference")
    }
    let x = try node.value(0)
    let count = x.shape.reduce(1, *)
    guard node.node.outputs.count > 1, !node.node.outputs[1].isEmpty else { return [x] }
    try importer.builder.spend(count)
    let mask = ONNXTensor(.bool, x.shape, integers: [Int64](repeating: 1, count: count))
    return [x, .constant(mask)]
  }

  /// Between real types nothing changes; integers become real numbers as they are; real numbers
  /// become integers by cutting off what is behind the point.
  private static func cast(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var target = try node.integer("to", default: 0)
    if node.node.type == "CastLike" {
      switch try node.value(1) {
      case .constant(let like): target = like.type.rawValue
      case .traced(let like): target = like.type.rawValue
      }
    }
    guard let type = ONNXType(rawValue: target), type != .string, type != .float16,
      type != .bfloat16
    else { throw node.refusal("a cast to \(ONNXType.name(target)) is not supported") }
    var x = try importer.traced(node, 0)
    let source = x.type
    x.type = type
    if type.isReal || source == type || source == .bool { return [.traced(x)] }
    if !source.isReal, type.integers.lowerBound <= source.integers.lowerBound,
      type.integers.upperBound >= source.integers.upperBound
    {
      return [.traced(x)]
    }
    // What becomes of numbers outside of four bits differs from version to version.
    guard source.isReal, type.width <= 32, type.width >= 8, type != .bool else {
      throw node.refusal("a cast from \(source) to \(type) may lose numbers")
    }
    let format = FixedFormat(signed: type.isSigned, width: type.width, fraction: 0)
    x = try importer.builder.materialized(x)
    x.node = try importer.builder.append(
      .quantize(Quantize(format, .towardZero, .saturate)), [x.node],
      extent: GraphBuilder.Extent(magnitude: exp2(format.width), fraction: 0))
    return [.traced(x)]
  }
}

extension ONNXImporter {
  /// `op` on every element of `x`.
  mutating func map(_ x: Traced, _ op: Op, suffix: String = "") throws(Diagnostic) -> Traced {
    var y = x
    y.node = try builder.append(op, [x.node], suffix: suffix)
    return y
  }
}
