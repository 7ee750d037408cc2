// A scalar kernel as a module: a section for each pipeline stage, its values, then its registers.

import DataflowIR
import FixedPoint
import VerilogAST

/// Builds the module of one layer.
struct LayerModule {
  private let design: Design
  private let kernel: Kernel
  private let graph: ScalarGraph
  private let interface: LayerInterface
  private var nets: LayerNets
  private var functions: [(table: ScalarTable.ID, format: FixedFormat, function: TableFunction)] =
    []
  private var forms: [LinearForm?]

  /// The module `name` for `kernel`, which is a scalar graph.
  static func module(_ name: String, _ kernel: Kernel, of design: Design) -> Module {
    guard let graph = kernel.scalarGraph else { preconditionFailure("\(name) is no scalar graph") }
    var builder = LayerModule(kernel, graph, design)
    return builder.module(name)
  }

  private init(_ kernel: Kernel, _ graph: ScalarGraph, _ design: Design) {
    self.design = design
    self.kernel = kernel
    self.graph = graph
    interface = kernel.interface(in: design)
    nets = LayerNets(graph, inputCount: kernel.inputs.count, ports: interface.ports)
    forms = [LinearForm?](repeating: nil, count: graph.values.count)
  }

  private mutating func module(_ name: String) -> Module {
    addFunctions()
    var module = Module(name, header: header, ports: interface.ports)
    module.items += functions.map { .function($0.function) }
    appendInputs(to: &module)
    for stage in 0..<max(graph.latency, 1) { appendStage(stage, to: &module) }
    let unread = module.unreadBits
    if !unread.isEmpty {
      module.items.append(unreadSink(unread, named: nets.claim("unused_bits")))
    }
    return module
  }

  private var header: [String] {
    var lines = ["layer \"\(Comments.line(kernel.name))\": \(Comments.line(kernel.summary))"]
    for (net, channel) in zip(interface.inputs + interface.outputs, kernel.inputs + kernel.outputs)
    {
      lines.append("  \(net.name): \(Comments.channel(design[channel]))")
    }
    let counts = Comments.counts(graph.values)
    let cost = counts.isEmpty ? "wires only" : "\(counts), no multipliers"
    lines.append("  latency \(graph.latency), interval 1; \(cost)")
    lines.append("Comments give the range of the stored integer.")
    return lines
  }

  // MARK: - Sections

  /// `wire signed [7:0] x3 = x_data[31:24];` for each element that is read.
  private mutating func appendInputs(to module: inout Module) {
    var definitions: [Definition] = []
    let offsets = kernel.inputs.map { design[$0].offsets }
    let isUniform = kernel.inputs.allSatisfy { Set(design[$0].formats).count == 1 }
    for id in graph.ids {
      let value = graph[id]
      guard case .input(let channel, let element) = value.op, let net = nets.net(of: id) else {
        continue
      }
      forms[id.index] = .variable(net.name)
      let low = offsets[channel][element]
      let bits = interface.inputs[channel].bits(low + net.width - 1, low)
      definitions.append(
        Definition(net, bits, comment: isUniform ? nil : Comments.format(value.format)))
    }
    if !definitions.isEmpty { module.items.append(.wires(definitions)) }
  }

  private mutating func appendStage(_ stage: Int, to module: inout Module) {
    let ids = graph.ids.filter { graph[$0].stage == stage }
    var definitions: [Definition] = []
    for id in ids { definitions += self.definitions(of: id) }
    let counts = Comments.counts(ids.map { graph[$0] })
    if graph.latency > 0 {
      module.items.append(
        .heading(
          ["Stage \(stage + 1) of \(graph.latency)" + (counts.isEmpty ? "." : ": \(counts).")]))
    }
    if !definitions.isEmpty { module.items.append(.wires(definitions)) }

    let outputs = outputDefinitions
    if graph.latency == 0 {
      module.items.append(
        .assignments(
          outputs + [Definition(interface.outputValid, interface.inputValid.value)]))
      return
    }
    var updates: [Definition] = []
    let valid = stage == 0 ? interface.inputValid : Net("valid_\(stage)", width: 1)
    let next: Net
    if stage == graph.latency - 1 {
      updates = outputs
      next = interface.outputValid
    } else {
      next = Net("valid_\(stage + 1)", width: 1)
      var registers: [Net] = []
      for id in graph.ids {
        let rank = stage - graph[id].stage
        guard rank >= 0, rank < nets.registers[id.index].count,
          case .net(let source) = nets.operand(id, in: stage).form
        else { continue }
        let register = nets.registers[id.index][rank]
        registers.append(register)
        updates.append(Definition(register, source.value))
      }
      module.items.append(.declarations(.reg, [next] + registers))
    }
    module.items.append(
      .clocked(
        ClockedBlock(
          clock: interface.clock, reset: interface.reset,
          updates + [Definition(next, valid.value)], cleared: [next])))
  }

  /// `y_data[11:6] = …` for each element of the output channels.
  private var outputDefinitions: [Definition] {
    var definitions: [Definition] = []
    var remaining = graph.outputs[...]
    for (net, channel) in zip(interface.outputs, kernel.outputs) {
      let offsets = design[channel].offsets
      for (offset, format) in zip(offsets, design[channel].formats) {
        let operand = nets.operand(remaining.removeFirst(), in: max(graph.latency - 1, 0))
        if format.width == 0 { continue }
        definitions.append(
          Definition(
            part: net.bits(offset + format.width - 1, offset),
            operand.aligned(shiftedLeftBy: 0, width: format.width)))
      }
      if design[channel].width == 0 { definitions.append(Definition(net, .low)) }
    }
    return definitions
  }

  // MARK: - Values

  private mutating func definitions(of id: ScalarValue.ID) -> [Definition] {
    let value = graph[id]
    guard let net = nets.net(of: id) else {
      if let constant = value.constant { forms[id.index] = .constant(constant) }
      return []
    }
    if case .input = value.op { return [] }
    let form = linearForm(value)
    forms[id.index] = form ?? .variable(net.name)
    var names = nets
    let speller = ScalarSpeller(
      graph: graph,
      read: { [nets] in nets.operand($0, in: value.stage) },
      function: { [functions] table, format in
        functions.first { $0.table == table && $0.format == format }?.function
      })
    let spelled = speller.spell(value) { suffix, format in
      Net(names.claim("\(net.name)_\(suffix)"), width: format.width, signed: format.isSigned)
    }
    nets = names
    var comment = Comments.range(of: value)
    if case .quantize(_, let quantizer) = value.op, quantizer.rounding != .floor {
      comment += ", \(quantizer.rounding.rawValue)"
    }
    if let form { comment = "\(form.text) in \(comment)" }
    if value.isWrapped { comment += " modulo 2^\(value.format.width)" }
    return spelled.helpers + [Definition(net, spelled.value, comment: comment)]
  }

  /// What a sum computes, when that is short.
  private func linearForm(_ value: ScalarValue) -> LinearForm? {
    guard case .sum(let terms) = value.op else { return nil }
    var sum = LinearForm.constant(0)
    for term in terms {
      let shift = value.format.fraction - graph[term.value].format.fraction + term.shift
      guard let form = forms[term.value.index],
        sum.add(form, shift: shift, negated: term.isNegated)
      else { return nil }
    }
    return sum
  }

  // MARK: - Tables

  private mutating func addFunctions() {
    for value in graph.values where value.constant == nil {
      guard case .table(_, let table) = value.op,
        !functions.contains(where: { $0.table == table && $0.format == value.format })
      else { continue }
      let name = nets.claim(graph.tables[table.index].name)
      functions.append(
        (table, value.format, tableFunction(name, graph, table, value.format)))
    }
  }
}
