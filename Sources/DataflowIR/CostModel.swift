// What a scalar graph costs, counted before any synthesis.

import FixedPoint

/// Counts of a kernel's parts; additive.
public struct KernelCost: Hashable, Sendable {
  /// Two-operand additions and subtractions, and negations.
  public var adders = 0
  /// Bits of those adders that need logic: positions where both operands have bits.
  public var adderBits = 0
  public var comparators = 0
  /// Bits of two-way multiplexers, relus included.
  public var muxBits = 0
  /// Bits of all table entries.
  public var tableBits = 0
  /// Bits of pipeline registers, without the valid bits.
  public var registerBits = 0
  /// Multipliers of folded engines.
  public var multipliers = 0
  /// Bits of memories: weights, rows of images.
  public var memoryBits = 0

  public init() {}

  public static func + (a: KernelCost, b: KernelCost) -> KernelCost {
    var sum = a
    sum.adders += b.adders
    sum.adderBits += b.adderBits
    sum.comparators += b.comparators
    sum.muxBits += b.muxBits
    sum.tableBits += b.tableBits
    sum.registerBits += b.registerBits
    sum.multipliers += b.multipliers
    sum.memoryBits += b.memoryBits
    return sum
  }
}

extension Design {
  public var cost: KernelCost { kernels.map { cost(of: $0) }.reduce(KernelCost(), +) }

  /// The parts of `kernel`, without the FIFOs of its channels.
  public func cost(of kernel: Kernel) -> KernelCost {
    var cost = KernelCost()
    let output = self[kernel.outputs[0]]
    switch kernel.body {
    case .scalar(let graph): return graph.cost
    case .resize: cost.muxBits = output.width
    case .window(let window):
      let pixels = (window.rows.taps - 1) * window.rows.dilation * window.columns.input
      cost.memoryBits = pixels * window.chunks * self[kernel.inputs[0]].width
      cost.registerBits = output.width
    case .matrixVector(let product):
      cost = product.epilogue.cost
      cost.multipliers = product.weightsPerWord
      if !product.hasExternalWeights {
        cost.memoryBits = product.weights.count * product.weightFormat.width
      }
    case .sparseMatrixVector(let product):
      cost = product.epilogue.cost
      cost.multipliers = product.shape.multipliers
      cost.memoryBits = product.program.lines * product.lineWidth
    case .image(let operation):
      cost.memoryBits = operation.memoryWords(chunks: output.beatsPerVector) * output.width
      cost.registerBits = operation.latency * output.width
    case .argmax(let largest):
      let element = self[kernel.inputs[0]].formats[0].width
      cost.comparators = largest.lanes
      cost.muxBits = largest.lanes * (element + output.width)
      cost.registerBits = cost.muxBits
    case .reduce:
      cost.adders = output.lanes
      cost.adderBits = output.width
    }
    return cost
  }
}

extension ScalarGraph {
  public var cost: KernelCost {
    var cost = KernelCost()
    for value in values {
      switch value.op {
      case .input, .constant: break
      case .sum(let terms):
        if joinsBits(terms) {
          break
        } else if terms.count > 1 {
          cost.adders += terms.count - 1
          cost.adderBits += adderBits(terms, value.format)
        } else if terms[0].isNegated {
          cost.adders += 1
          cost.adderBits += value.format.width
        }
      case .quantize(let a, let quantizer):
        let cuts = self[a].format.fraction > quantizer.format.fraction
        if cuts && quantizer.rounding != .floor {
          cost.adders += 1
          cost.adderBits += quantizer.format.width
        }
        if quantizer.overflow != .wrap {
          cost.comparators += 1
          cost.muxBits += quantizer.format.width
        }
      case .relu, .select: cost.muxBits += value.format.width
      case .less: cost.comparators += 1
      case .table(_, let table):
        cost.tableBits += tables[table.index].entries.count * value.format.width
      }
    }
    cost.registerBits = registerBits
    return cost
  }

  /// Whether the terms are unsigned and no two of them have a bit at the same position: then the
  /// sum is wires, as for the index of a table that reads two values.
  public func joinsBits(_ terms: [ScalarTerm]) -> Bool {
    var top = Int.min
    let ranges = terms.map { term -> (low: Int, high: Int) in
      let format = self[term.value].format
      let low = term.shift - format.fraction
      return (low, low + format.width)
    }.sorted { $0.low < $1.low }
    for range in ranges {
      if range.low < top { return false }
      top = range.high
    }
    return terms.count > 1
      && terms.allSatisfy { !$0.isNegated && !self[$0.value].format.isSigned }
  }

  /// Bits between the lowest position that every term but the lowest has, and the top.
  private func adderBits(_ terms: [ScalarTerm], _ format: FixedFormat) -> Int {
    let lows = terms.map { -self[$0.value].format.fraction + $0.shift }.sorted()
    let top = format.width - format.fraction
    return lows.dropFirst().reduce(0) { $0 + max(top - $1, 0) }
  }

  /// Bits of all registers: each value once for every stage it is carried across.
  public var registerBits: Int {
    guard latency > 0 else { return 0 }
    var lastUse = [Int](repeating: 0, count: values.count)
    for value in values {
      for operand in value.op.operands {
        lastUse[operand.index] = max(lastUse[operand.index], value.stage)
      }
    }
    for output in outputs { lastUse[output.index] = latency }
    var bits = 0
    for (index, value) in values.enumerated() {
      if case .constant = value.op { continue }
      bits += max(lastUse[index] - value.stage, 0) * value.format.width
    }
    return bits
  }
}
