// What passes and backends may assume of a design, checked. A violation is nncc's mistake.
//
// 1. Channels are written once, before they are read; kernel names are unique.
// 2. Operands of a scalar value precede it; stages never decrease from operand to user.
// 3. Every stored format holds its interval, or is narrower with all users indifferent.
// 4. The interval of a value holds what its op can produce.
// 5. No stored value and no channel element has width 0: a constant zero is one bit.
// 6. Output channels have exactly the formats of the values they carry.
// 7. In a streaming design one kernel reads an input: the host fills no FIFO.
// 8. Every reference has a target; inputs arrive in stage 0; outputs leave behind their stage.

import Diagnostics
import FixedPoint

extension Design {
  /// Everything wrong with the design; empty when it is sound.
  public func verify() -> [Diagnostic] {
    var problems: [Diagnostic] = []
    func report(_ place: String, _ message: String) {
      problems.append(.brokenDesign(message, at: place))
    }
    var channelNames: Set<String> = []
    for channel in channels {
      if !channelNames.insert(channel.name).inserted {
        report(channel.name, "two channels have this name")
      }
      let count = channel.extents.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
      if channel.vectors.multipliedReportingOverflow(by: channel.elements).partialValue != count {
        report(
          channel.name,
          "\(channel.vectors) vectors of \(channel.elements) for extents \(channel.extents)")
      }
      if channel.formats.isEmpty
        || channel.lanes > channel.elements && channel.vectors > 0
          && channel.lanes > 1 && channel.beats == 1
        || channel.intervals.count != channel.lanes
      {
        report(channel.name, "\(channel.lanes) lanes for \(channel.elements) elements")
      }
      if channel.formats.contains(where: { $0.width == 0 }) {
        report(channel.name, "an element has no bits")
      }
    }
    if outputs.isEmpty { report(name, "the design has no output") }
    if !problems.isEmpty { return problems }
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
      problems += verify(kernel)
    }
    for output in outputs where !written.contains(output.index) {
      report(name, "output channel \(self[output].name) is never written")
    }
    for input in inputs where isStreaming && readerCount(of: input) > 1 {
      report(name, "several kernels read input channel \(self[input].name)")
    }
    return problems
  }
}

extension ScalarGraph {
  func verify(kernel: String, inputs: [[FixedFormat]], outputs formats: [FixedFormat])
    -> [Diagnostic]
  {
    if let (id, message) = danglingReference(inputs) {
      return [.brokenDesign("value \(id): \(message)", at: kernel)]
    }
    var problems: [Diagnostic] = []
    let demands = highDemands
    let forms = AffineForms(self)
    for id in ids {
      let value = self[id]
      func report(_ message: String) {
        problems.append(.brokenDesign("value \(id.index): \(message)", at: kernel))
      }
      if value.op.operands.contains(where: { self[$0].stage > value.stage }) {
        report("an operand is computed in a later stage")
      }
      if value.format.width == 0 { report("it has no bits") }
      if value.stage < 0 { report("stage \(value.stage) is before the input") }
      if case .input(let channel, let element) = value.op {
        if value.stage != 0 { report("an input arrives in stage 0") }
        if value.format != inputs[channel][element] { report("format differs from its channel") }
        if !value.format.interval.contains(value.interval) { report("interval exceeds its format") }
      } else {
        if !value.interval.contains(forms.intervals[id.index]) { report("interval is too small") }
        if !value.format.interval.contains(value.interval),
          value.format.width - value.format.fraction < demands[id.index]
        {
          report("format \(value.format) is too narrow for \(value.interval)")
        } else if !value.interval.isZero, value.format.fraction < value.interval.fraction {
          report("format \(value.format) cuts low bits of \(value.interval)")
        }
      }
      if case .sum(let terms) = value.op, let cut = terms.first(where: { cuts($0, value) }) {
        report("format \(value.format) cuts low bits of value \(cut.value.index)")
      }
      if case .table(let a, let table) = value.op {
        if self[a].format != tables[table.index].indexFormat { report("index format differs") }
      }
    }
    if outputs.map({ self[$0].format }) != formats {
      problems.append(.brokenDesign("outputs differ from their channel", at: kernel))
    }
    if let late = outputs.first(where: { self[$0].stage >= max(latency, 1) }) {
      problems.append(
        .brokenDesign("output \(late.index) leaves before it is computed", at: kernel))
    }
    return problems
  }

  /// Whether `sum` has fewer bits behind the point than one of its terms needs.
  private func cuts(_ term: ScalarTerm, _ sum: ScalarValue) -> Bool {
    let operand = self[term.value].interval
    return !operand.isZero && operand.fraction - term.shift > sum.format.fraction
  }

  /// The first value that refers to something that is not there, and how.
  private func danglingReference(_ inputs: [[FixedFormat]]) -> (Int, String)? {
    for id in ids {
      let value = self[id]
      if value.op.operands.contains(where: { $0 >= id }) {
        return (id.index, "an operand does not precede it")
      }
      switch value.op {
      case .input(let channel, let element):
        guard inputs.indices.contains(channel), inputs[channel].indices.contains(element) else {
          return (id.index, "there is no input (\(channel), \(element))")
        }
      case .table(_, let table):
        guard tables.indices.contains(table.index) else {
          return (id.index, "there is no table \(table.index)")
        }
        let (entries, format) = (tables[table.index].entries, tables[table.index].format)
        guard entries.allSatisfy(format.contains) else {
          return (id.index, "an entry of table \(table.index) is outside \(format)")
        }
      case .sum(let terms):
        if terms.isEmpty { return (id.index, "a sum of nothing") }
        if terms.contains(where: { abs($0.shift) > 2 * FixedFormat.maximumFraction }) {
          return (id.index, "a shift is out of range")
        }
      case .constant, .quantize, .relu, .less, .select: break
      }
    }
    for id in outputs + claims.map(\.value) where !values.indices.contains(id.index) {
      return (id.index, "it does not exist")
    }
    return nil
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
