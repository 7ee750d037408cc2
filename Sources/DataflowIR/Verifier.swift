// What passes and backends may assume of a design, checked. A violation is nncc's mistake.
//
// 1. Channels are written once, before they are read; kernel names are unique.
// 2. Operands of a scalar value precede it; stages never decrease from operand to user.
// 3. Every stored format holds its interval, or is narrower with all users indifferent.
// 4. The interval of a value holds what its op can produce.
// 5. No stored value and no channel element has width 0: a constant zero is one bit.
// 6. Output channels have exactly the formats of the values they carry.

import Diagnostics
import FixedPoint

extension Design {
  /// Everything wrong with the design; empty when it is sound.
  public func verify() -> [Diagnostic] {
    var problems: [Diagnostic] = []
    func report(_ place: String, _ message: String) {
      problems.append(.brokenDesign(message, at: place))
    }
    var written = Set(inputs.map(\.index))
    var names: Set<String> = []
    for kernel in kernels {
      if !names.insert(kernel.name).inserted { report(kernel.name, "two kernels have this name") }
      for input in kernel.inputs where !written.contains(input.index) {
        report(kernel.name, "channel \(self[input].name) is read before it is written")
      }
      for output in kernel.outputs where !written.insert(output.index).inserted {
        report(kernel.name, "channel \(self[output].name) is written twice")
      }
      switch kernel.body {
      case .scalar(let graph):
        problems += graph.verify(
          kernel: kernel.name, inputs: kernel.inputs.map { self[$0].formats },
          outputs: kernel.outputs.flatMap { self[$0].formats })
      }
    }
    for output in outputs where !written.contains(output.index) {
      report(name, "output channel \(self[output].name) is never written")
    }
    return problems
  }
}

extension ScalarGraph {
  func verify(kernel: String, inputs: [[FixedFormat]], outputs formats: [FixedFormat])
    -> [Diagnostic]
  {
    var problems: [Diagnostic] = []
    let demands = highDemands
    let forms = AffineForms(self)
    for id in ids {
      let value = self[id]
      func report(_ message: String) {
        problems.append(.brokenDesign("value \(id.index): \(message)", at: kernel))
      }
      if value.op.operands.contains(where: { $0 >= id }) {
        report("an operand does not precede it")
        return problems
      }
      if value.op.operands.contains(where: { self[$0].stage > value.stage }) {
        report("an operand is computed in a later stage")
      }
      if value.format.width == 0 { report("it has no bits") }
      if case .input(let channel, let element) = value.op {
        if value.format != inputs[channel][element] { report("format differs from its channel") }
        if !value.format.interval.contains(value.interval) { report("interval exceeds its format") }
      } else {
        if !value.interval.contains(forms.intervals[id.index]) { report("interval is too small") }
        if !value.format.interval.contains(value.interval),
          value.format.width - value.format.fraction < demands[id.index]
        {
          report("format \(value.format) is too narrow for \(value.interval)")
        }
      }
      if case .table(let a, let table) = value.op {
        if self[a].format != tables[table.index].indexFormat { report("index format differs") }
      }
    }
    if outputs.map({ self[$0].format }) != formats {
      problems.append(.brokenDesign("outputs differ from their channel", at: kernel))
    }
    if latency > 0, let late = outputs.first(where: { self[$0].stage >= latency }) {
      problems.append(
        .brokenDesign("output \(late.index) leaves before it is computed", at: kernel))
    }
    return problems
  }

  /// For each value, the weight (as power of two) below which its bits are read; bits at and above
  /// are not. `Int.max` when all are, `Int.min` when none is.
  public var highDemands: [Int] {
    var demands = [Int](repeating: Int.min, count: values.count)
    for output in outputs { demands[output.index] = Int.max }
    for id in ids.reversed() {
      let value = self[id]
      let own = demands[id.index]
      if own == Int.min { continue }
      func demand(_ operand: ScalarValue.ID, _ high: Int) {
        demands[operand.index] = max(demands[operand.index], high)
      }
      switch value.op {
      case .input, .constant: break
      case .sum(let terms):
        // The sum is stored modulo 2^width, so it reads no higher bits of its terms.
        let top = min(own, value.format.width - value.format.fraction)
        for term in terms { demand(term.value, top - term.shift) }
      case .quantize(let a, let quantizer):
        let top = quantizer.format.width - quantizer.format.fraction
        demand(a, quantizer.readsHighBits ? Int.max : min(own, top))
      case .relu(let a), .table(let a, _): demand(a, Int.max)
      case .less(let a, let b):
        demand(a, Int.max)
        demand(b, Int.max)
      case .select(let condition, let a, let b):
        demand(condition, Int.max)
        demand(a, own)
        demand(b, own)
      }
    }
    return demands
  }
}

extension Diagnostic {
  static func brokenDesign(_ message: String, at kernel: String) -> Diagnostic {
    Diagnostic(
      id: "dataflow.broken-design", at: Location(path: kernel), message,
      suggestion: "this is a bug in nncc: please report it with the model")
  }
}
