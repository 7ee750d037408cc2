// One op in single precision.

import GraphIR
import NeuralNet

/// What an op makes of its operands, all row-major.
struct FloatStep: Sendable {
  typealias Body = @Sendable ([[Float]]) -> [Float]

  private let body: Body

  func run(_ operands: [[Float]]) -> [Float] { body(operands) }

  /// The step of a node's op, without its epilogue; nil for inputs and constants.
  init?(_ node: Node, of graph: Graph, _ shapes: [Shape], result: Shape) {
    let operands = node.inputs.map { shapes[$0.index] }
    switch node.op {
    case .input, .constant: return nil
    case .flatten, .reshape: body = { $0[0] }
    case .dense: body = FloatStep.dense(operands)
    case .conv(let op): body = FloatStep.conv(op, operands)
    case .maxPool(let op): body = FloatStep.maxPool(op.window, operands[0])
    case .averagePool(let op): body = FloatStep.averagePool(op.window, operands[0])
    case .globalAveragePool: body = FloatStep.averagePool(.global(operands[0]), operands[0])
    case .globalMaxPool: body = FloatStep.maxPool(.global(operands[0]), operands[0])
    case .add: body = FloatStep.broadcast { $0 + $1 }
    case .subtract: body = FloatStep.broadcast { $0 - $1 }
    case .multiply: body = FloatStep.broadcast { $0 * $1 }
    case .divide: body = FloatStep.broadcast { $0 / $1 }
    case .minimum: body = FloatStep.broadcast { min($0, $1) }
    case .maximum: body = FloatStep.broadcast { max($0, $1) }
    case .concat: body = FloatStep.concat(operands.map(\.channels))
    case .batchNorm(let op): body = FloatStep.batchNorm(op)
    default:
      body =
        node.op.isElementwise
        ? FloatStep(elementwise: node.op, result).body : FloatStep.general(node.op, operands)
    }
  }

  /// The step of an elementwise op on elements of `shape`.
  init(elementwise op: Op, _ shape: Shape) {
    switch op {
    case .relu: body = FloatStep.map { max($0, 0) }
    case .clip(let op):
      let (low, high) = (op.low, op.high)
      body = FloatStep.map { min(max($0, low), high) }
    case .leakyRelu(let op):
      let slope = op.alpha
      body = FloatStep.map { $0 < 0 ? $0 * slope : $0 }
    default: body = FloatStep.general(op, [shape])
    }
  }

  /// By the op's own definition, in double precision.
  private static func general(_ op: Op, _ shapes: [Shape]) -> Body {
    let prepared = op.definition.prepared(shapes.map { _ in nil }, shapes)
    return { operands in
      let values = zip(operands, shapes).map { values, shape in
        Value.real(RealTensor(shape: shape, values: values.map { Double($0) }))
      }
      return prepared(values).asReal.values.map { Float($0) }
    }
  }

  private static func map(_ function: @escaping @Sendable (Float) -> Float) -> Body {
    { operands in
      [Float](unsafeUninitializedCapacity: operands[0].count) { y, count in
        count = operands[0].count
        operands[0].withUnsafeBufferPointer { x in
          for index in 0..<count { y[index] = function(x[index]) }
        }
      }
    }
  }

  /// The second operand repeats over the elements of the first.
  private static func broadcast(_ function: @escaping @Sendable (Float, Float) -> Float) -> Body {
    { operands in
      let (a, b) = (operands[0], operands[1])
      return [Float](unsafeUninitializedCapacity: a.count) { y, count in
        count = a.count
        for start in stride(from: 0, to: count, by: b.count) {
          for index in 0..<b.count { y[start + index] = function(a[start + index], b[index]) }
        }
      }
    }
  }

  private static func concat(_ channels: [Int]) -> Body {
    let total = channels.reduce(0, +)
    return { operands in
      let rows = operands[0].count / channels[0]
      return [Float](unsafeUninitializedCapacity: rows * total) { y, count in
        count = rows * total
        var place = 0
        for (operand, width) in zip(operands, channels) {
          operand.withUnsafeBufferPointer { x in
            for row in 0..<rows {
              (y.baseAddress! + row * total + place)
                .initialize(from: x.baseAddress! + row * width, count: width)
            }
          }
          place += width
        }
      }
    }
  }

  private static func batchNorm(_ op: BatchNorm) -> Body {
    { operands in
      let parameters = operands[1...].map { $0.map { Double($0) } }
      let (scale, offset) = op.affine(
        gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
      let (x, channels) = (operands[0], scale.count)
      return [Float](unsafeUninitializedCapacity: x.count) { y, count in
        count = x.count
        for start in stride(from: 0, to: count, by: channels) {
          for c in 0..<channels {
            y[start + c] = x[start + c] * Float(scale[c]) + Float(offset[c])
          }
        }
      }
    }
  }
}
