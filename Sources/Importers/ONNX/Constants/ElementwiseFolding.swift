// Arithmetic on constants, in float32 or in integers, as the frameworks compute it.

import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum ElementwiseFolding {
  static let table: [String: ONNXFolding] = [
    "Add": two({ $0 + $1 }, { $0 &+ $1 }), "Sub": two({ $0 - $1 }, { $0 &- $1 }),
    "Mul": two({ $0 * $1 }, { $0 &* $1 }), "Div": two({ $0 / $1 }, divided),
    "Mod": modulo, "Min": many({ min($0, $1) }, { min($0, $1) }),
    "Max": many({ max($0, $1) }, { max($0, $1) }), "Sum": many({ $0 + $1 }, { $0 &+ $1 }),
    "Pow": two({ powf($0, $1) }, power),
    "Neg": one({ -$0 }, { 0 &- $0 }), "Abs": one({ abs($0) }, { $0 == .min ? $0 : abs($0) }),
    "Relu": one({ max($0, 0) }, { max($0, 0) }), "Sqrt": one({ $0.squareRoot() }, { $0 }),
    "Exp": one({ expf($0) }, { $0 }), "Log": one({ logf($0) }, { $0 }),
    "Reciprocal": one({ 1 / $0 }, { $0 }), "Floor": one({ $0.rounded(.down) }, { $0 }),
    "Ceil": one({ $0.rounded(.up) }, { $0 }),
    "Round": one({ $0.rounded(.toNearestOrEven) }, { $0 }),
    "Sigmoid": one({ 1 / (1 + expf(-$0)) }, { $0 }), "Tanh": one({ tanhf($0) }, { $0 }),
    "Sign": one({ $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, { $0.signum() }),
    "Not": one({ $0 == 0 ? 1 : 0 }, { $0 == 0 ? 1 : 0 }),
    "Equal": compared({ $0 == $1 }, { $0 == $1 }), "Less": compared({ $0 < $1 }, { $0 < $1 }),
    "Greater": compared({ $0 > $1 }, { $0 > $1 }),
    "LessOrEqual": compared({ $0 <= $1 }, { $0 <= $1 }),
    "GreaterOrEqual": compared({ $0 >= $1 }, { $0 >= $1 }),
    "And": compared({ $0 != 0 && $1 != 0 }, { $0 != 0 && $1 != 0 }),
    "Or": compared({ $0 != 0 || $1 != 0 }, { $0 != 0 || $1 != 0 }),
    "Where": choose, "Cast": cast,
  ]

  // MARK: Integers

  /// Toward zero; nothing is divided by zero.
  @Sendable private static func divided(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
  }

  /// With the sign of the divisor.
  @Sendable private static func remainder(_ a: Int64, _ b: Int64) -> Int64 {
    guard b != 0, b != -1 else { return 0 }
    let rest = a % b
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }

  /// With the sign of the dividend where `fmod` says so, which real numbers need.
  private static func modulo(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let hasSignOfDividend = try node.integer("fmod", default: 0) != 0
    return [
      try combined(node.tensor(0), node.tensor(1), &importer, node, fmodf) { a, b in
        hasSignOfDividend ? (b == 0 || b == -1 ? 0 : a % b) : remainder(a, b)
      }
    ]
  }

  @Sendable private static func power(_ a: Int64, _ b: Int64) -> Int64 {
    Int64(exactly: pow(Double(a), Double(b)).rounded(.towardZero)) ?? 0
  }

  // MARK: Shapes of operators

  private static func one(
    _ reals: @escaping @Sendable (Float) -> Float,
    _ integers: @escaping @Sendable (Int64) -> Int64
  ) -> ONNXFolding {
    { (_, node) throws(Diagnostic) in
      let x = try node.tensor(0)
      switch x.numbers {
      case .reals(let values): return [ONNXTensor(x.type, x.shape, reals: values.map(reals))]
      case .integers(let values):
        return [ONNXTensor(x.type, x.shape, integers: values.map(integers))]
      }
    }
  }

  private static func two(
    _ reals: @escaping @Sendable (Float, Float) -> Float,
    _ integers: @escaping @Sendable (Int64, Int64) -> Int64
  ) -> ONNXFolding {
    { (importer, node) throws(Diagnostic) in
      [try combined(node.tensor(0), node.tensor(1), &importer, node, reals, integers)]
    }
  }

  private static func many(
    _ reals: @escaping @Sendable (Float, Float) -> Float,
    _ integers: @escaping @Sendable (Int64, Int64) -> Int64
  ) -> ONNXFolding {
    { (importer, node) throws(Diagnostic) in
      var result = try node.tensor(0)
      for index in 1..<max(node.inputs.count, 1) {
        result = try combined(result, node.tensor(index), &importer, node, reals, integers)
      }
      return [result]
    }
  }

  private static func compared(
    _ reals: @escaping @Sendable (Float, Float) -> Bool,
    _ integers: @escaping @Sendable (Int64, Int64) -> Bool
  ) -> ONNXFolding {
    { (importer, node) throws(Diagnostic) in
      let result = try combined(
        node.tensor(0), node.tensor(1), &importer, node,
        { reals($0, $1) ? 1 : 0 }, { integers($0, $1) ? 1 : 0 })
      return [ONNXTensor(.bool, result.shape, integers: result.integers ?? [])]
    }
  }

  private static func combined(
    _ a: ONNXTensor, _ b: ONNXTensor, _ importer: inout ONNXImporter, _ node: NodeContext,
    _ reals: (Float, Float) -> Float, _ integers: (Int64, Int64) -> Int64
  ) throws(Diagnostic) -> ONNXTensor {
    guard let shape = ONNXTensor.broadcastShape(a.shape, b.shape) else {
      throw node.refusal("shapes \(a.shape) and \(b.shape) cannot be broadcast")
    }
    let count = try ShapeFolding.folded(shape, &importer, node)
    let (p, q) = (
      ONNXTensor.broadcast(a.shape, to: shape), ONNXTensor.broadcast(b.shape, to: shape)
    )
    if case .integers(let x) = a.numbers, case .integers(let y) = b.numbers {
      return ONNXTensor(
        a.type, shape, integers: (0..<count).map { integers(x[p[$0]], y[q[$0]]) })
    }
    let (x, y) = (a.reals, b.reals)
    return ONNXTensor(
      a.type.isReal ? a.type : b.type, shape, reals: (0..<count).map { reals(x[p[$0]], y[q[$0]]) })
  }

  private static func choose(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let (condition, a, b) = (try node.tensor(0), try node.tensor(1), try node.tensor(2))
    guard let both = ONNXTensor.broadcastShape(a.shape, b.shape),
      let shape = ONNXTensor.broadcastShape(both, condition.shape)
    else { throw node.refusal("its operands cannot be broadcast") }
    let count = try ShapeFolding.folded(shape, &importer, node)
    let takes = ONNXTensor.broadcast(condition.shape, to: shape).map { condition.reals[$0] != 0 }
    let (p, q) = (
      ONNXTensor.broadcast(a.shape, to: shape), ONNXTensor.broadcast(b.shape, to: shape)
    )
    if case .integers(let x) = a.numbers, case .integers(let y) = b.numbers {
      return [
        ONNXTensor(a.type, shape, integers: (0..<count).map { takes[$0] ? x[p[$0]] : y[q[$0]] })
      ]
    }
    let (x, y) = (a.reals, b.reals)
    return [ONNXTensor(a.type, shape, reals: (0..<count).map { takes[$0] ? x[p[$0]] : y[q[$0]] })]
  }

  private static func cast(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXTensor]? {
    let raw = try node.integer("to", default: 0)
    let x = try node.tensor(0)
    guard let type = ONNXType(rawValue: raw), type != .string, type != .float16, type != .bfloat16,
      type.width >= 8 || x.type == type
    else { throw node.refusal("a cast to \(ONNXType.name(raw)) is not supported") }
    if type.isReal {
      var result = x
      result.type = type
      result.numbers = .reals(x.reals)
      return [result]
    }
    guard let integers = x.integers else { throw node.refusal("a number is beyond \(type)") }
    if type == .bool {
      let isTrue = x.reals.map { $0 != 0 ? Int64(1) : 0 }
      return [ONNXTensor(.bool, x.shape, integers: isTrue)]
    }
    return [
      ONNXTensor(
        type, x.shape,
        integers: integers.map { min(max($0, type.integers.lowerBound), type.integers.upperBound) })
    ]
  }
}
