// Backward inference: which bits of every node its users can see.

import FixedPoint

/// The bits of a value that are read: those of weight 2^`low` up to but not including 2^`high`.
///
/// Bits above `high` are not read: users compute modulo 2^high. Bits below `low` are not read
/// either: users cut them off.
public struct Demand: Hashable, Sendable {
  public var low: Int
  public var high: Int

  public init(low: Int, high: Int) {
    self.low = low
    self.high = high
  }

  public static let all = Demand(low: -unbounded, high: unbounded)
  /// Nothing is read.
  public static let none = Demand(low: unbounded, high: -unbounded)
  static let unbounded = 1 << 20

  public var isNone: Bool { low >= high }

  /// What two users together read.
  public func union(_ other: Demand) -> Demand {
    Demand(low: min(low, other.low), high: max(high, other.high))
  }
}

extension Graph {
  /// For each node, the demand on each element of its result.
  ///
  /// Outputs are read whole. `shapes` and `ranges` are the inferred ones.
  public func inferDemands(shapes: [Shape], ranges: [ValueRange]) -> [[Demand]] {
    var demands = shapes.map { [Demand](repeating: .none, count: $0.count) }
    for id in outputs {
      demands[id.index] = [Demand](repeating: .all, count: shapes[id.index].count)
    }
    for id in ids.reversed() {
      let node = self[id]
      var demand = demands[id.index]
      for step in node.epilogue.reversed() { demand = step.demandOnOperand(demand) }
      let operands = node.inputs.map { input in
        OperandFacts(shape: shapes[input.index], range: ranges[input.index])
      }
      for (position, operand) in node.op.demand(demand, operands).enumerated() {
        let index = node.inputs[position].index
        for element in operand.indices {
          demands[index][element] = demands[index][element].union(operand[element])
        }
      }
    }
    return demands
  }
}

struct OperandFacts {
  var shape: Shape
  var range: ValueRange

  /// Element `index` when it is known exactly.
  func constant(_ index: Int) -> Interval? {
    guard case .fixed(let ranges) = range, ranges.intervals[index].isConstant else { return nil }
    return ranges.intervals[index]
  }
}

extension Op {
  /// The demand on an elementwise op's operand, given that on its result.
  public func demandOnOperand(_ result: [Demand]) -> [Demand] {
    switch self {
    case .quantize(let op):
      return result.indices.map { index in
        if result[index].isNone { return .none }
        let format = op.format.format(of: index)
        if format.width == 0 { return .none }
        // Other roundings look at what they cut off; saturation looks at the high bits.
        let low =
          op.rounding == .floor ? max(result[index].low, -format.fraction) : -Demand.unbounded
        let high =
          op.quantizer(of: index).readsHighBits
          ? Demand.unbounded : min(result[index].high, format.width - format.fraction)
        return Demand(low: low, high: high)
      }
    case .relu:
      // The sign decides, so all high bits are read; low bits pass through.
      return result.map { $0.isNone ? .none : Demand(low: $0.low, high: Demand.unbounded) }
    case .requantize, .table, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh,
      .function, .input,
      .constant, .dense,
      .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum, .maximum, .concat, .batchNorm,
      .maxPool,
      .averagePool, .sumPool, .globalMaxPool, .globalAveragePool, .reduce, .softmax,
      .integerSoftmax, .dynamicQuantize, .argmax,
      .flatten,
      .reshape, .pad, .crop, .upsample, .slice, .transpose, .gather, .dilate:
      return result.map { $0.isNone ? .none : .all }
    }
  }

  /// The demand on each operand, given that on the result.
  func demand(_ result: [Demand], _ operands: [OperandFacts]) -> [[Demand]] {
    func everything() -> [[Demand]] {
      let isRead = result.contains { !$0.isNone }
      return operands.map { [Demand](repeating: isRead ? .all : .none, count: $0.shape.count) }
    }
    switch self {
    case .input, .constant: return []
    case .quantize, .requantize, .table, .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu,
      .sigmoid, .tanh,
      .function:
      return [demandOnOperand(result)]
    case .flatten, .reshape: return [result]
    case .pad(let op): return rearrangementDemand(op, result, operands)
    case .crop(let op): return rearrangementDemand(op, result, operands)
    case .upsample(let op): return rearrangementDemand(op, result, operands)
    case .slice(let op): return rearrangementDemand(op, result, operands)
    case .transpose(let op): return rearrangementDemand(op, result, operands)
    case .gather(let op): return rearrangementDemand(op, result, operands)
    case .dilate(let op): return rearrangementDemand(op, result, operands)
    case .minimum, .maximum:
      // Every bit decides which is smaller.
      return pairDemand(result.map { $0.isNone ? .none : .all }, operands)
    case .divide, .softmax, .integerSoftmax, .dynamicQuantize, .argmax, .batchNorm, .conv, .maxPool,
      .averagePool,
      .sumPool,
      .globalMaxPool,
      .globalAveragePool, .reduce:
      return everything()
    case .concat:
      var demands = operands.map { [Demand](repeating: .none, count: $0.shape.count) }
      for (index, source) in Concat.sources(operands.map(\.shape)).enumerated() {
        demands[source.operand][source.element] = result[index]
      }
      return demands
    case .lookup(let op):
      var demands = everything()
      let isRead = Set(op.reads)
      for element in demands[0].indices where !isRead.contains(element) {
        demands[0][element] = .none
      }
      return demands
    case .multiply: return multiplyDemand(result, operands)
    case .add, .subtract:
      // A carry brings every low bit upwards.
      let sum = result.map { $0.isNone ? .none : Demand(low: -Demand.unbounded, high: $0.high) }
      return pairDemand(sum, operands)
    case .dense:
      return denseDemand(result, operands)
    }
  }

  /// Both operands of an elementwise op are read like `demand`, the second where it broadcasts.
  private func pairDemand(_ demand: [Demand], _ operands: [OperandFacts]) -> [[Demand]] {
    let count = operands[1].shape.count
    var b = [Demand](repeating: .none, count: count)
    for index in demand.indices { b[index % count] = b[index % count].union(demand[index]) }
    return [demand, b]
  }

  private func rearrangementDemand(
    _ op: some Rearrangement, _ result: [Demand], _ operands: [OperandFacts]
  ) -> [[Demand]] {
    var x = [Demand](repeating: .none, count: operands[0].shape.count)
    for (index, source) in op.sources(operands[0].shape).enumerated() {
      if let source { x[source] = x[source].union(result[index]) }
    }
    return [x]
  }

  private func multiplyDemand(_ result: [Demand], _ operands: [OperandFacts]) -> [[Demand]] {
    let count = operands[1].shape.count
    var a = [Demand](repeating: .none, count: result.count)
    var b = [Demand](repeating: .none, count: count)
    for index in result.indices where !result[index].isNone {
      b[index % count] = .all
      guard let factor = operands[1].constant(index % count) else {
        a[index] = .all
        continue
      }
      if factor.isZero { continue }
      let high = result[index].high
      a[index] = Demand(
        low: -Demand.unbounded, high: high == Demand.unbounded ? high : high + factor.fraction)
    }
    return [a, b]
  }

  private func denseDemand(_ result: [Demand], _ operands: [OperandFacts]) -> [[Demand]] {
    let channels = operands[1].shape.extents[0]
    let outputs = operands[1].shape.extents[1]
    let count = operands[0].shape.count
    var x = [Demand](repeating: .none, count: count)
    var weights = [Demand](repeating: .none, count: channels * outputs)
    for element in 0..<count {
      let (row, i) = (element / channels, element % channels)
      for j in 0..<outputs {
        let demand = result[row * outputs + j]
        if demand.isNone { continue }
        weights[i * outputs + j] = .all
        guard let weight = operands[1].constant(i * outputs + j) else {
          x[element] = .all
          continue
        }
        if weight.isZero { continue }
        // The weight is an odd integer times 2^-fraction: bits move by that power of two.
        let high =
          demand.high == Demand.unbounded ? Demand.unbounded : demand.high + weight.fraction
        x[element] = x[element].union(Demand(low: -Demand.unbounded, high: high))
      }
    }
    let all = [x, weights]
    return operands.count == 2
      ? all
      : all + [
        (0..<outputs).map { j in
          stride(from: j, to: result.count, by: outputs).contains { !result[$0].isNone }
            ? .all : .none
        }
      ]
  }
}
