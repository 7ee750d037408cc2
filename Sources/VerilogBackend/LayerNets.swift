// Names of a layer module: a net for each value, and the registers it passes on its way.

import DataflowIR
import FixedPoint
import VerilogAST

/// The nets of a scalar kernel's values. Constants have none: they are written where they are read.
struct LayerNets {
  let graph: ScalarGraph
  private(set) var scope = NameScope()
  private var nets: [Net?]
  /// For each value, one register per rank between its stage and the last that reads it.
  private(set) var registers: [[Net]]

  /// `outputNames`: what an output without a name of its own is called.
  init(_ graph: ScalarGraph, inputCount: Int, ports: [Port]) {
    self.graph = graph
    nets = [Net?](repeating: nil, count: graph.values.count)
    registers = [[Net]](repeating: [], count: graph.values.count)
    for port in ports { _ = scope.claim(port.net.name) }
    for stage in stride(from: 1, to: graph.latency, by: 1) { _ = scope.claim("valid_\(stage)") }

    var outputNames: [ScalarValue.ID: String] = [:]
    for (index, output) in graph.outputs.enumerated() where outputNames[output] == nil {
      outputNames[output] = graph.outputs.count == 1 ? "y" : "y\(index)"
    }
    for id in graph.ids where graph[id].constant == nil {
      let value = graph[id]
      var name = value.name ?? outputNames[id] ?? "v\(id.index)"
      if case .input(let channel, let element) = value.op {
        name = inputCount == 1 ? "x\(element)" : "x\(channel)_\(element)"
      }
      nets[id.index] = Net(
        scope.claim(name), width: value.format.width, signed: value.format.isSigned)
    }
    let lastReads = graph.lastReads
    for id in graph.ids {
      guard let net = nets[id.index] else { continue }
      for rank in stride(from: graph[id].stage + 1, through: lastReads[id.index], by: 1) {
        registers[id.index].append(
          Net(scope.claim("\(net.name)_\(rank)"), width: net.width, signed: net.isSigned))
      }
    }
  }

  /// A further name.
  mutating func claim(_ name: String) -> String { scope.claim(name) }

  /// The net that a value is computed in; nil for constants.
  func net(of id: ScalarValue.ID) -> Net? { nets[id.index] }

  /// The value as an expression of `stage` reads it.
  func operand(_ id: ScalarValue.ID, in stage: Int) -> Operand {
    let value = graph[id]
    let form: Operand.Form
    if let net = nets[id.index] {
      let rank = stage - value.stage
      form = .net(rank == 0 ? net : registers[id.index][rank - 1])
    } else {
      form = .constant(value.constant ?? 0)
    }
    return Operand(form: form, format: value.format, bounds: value.storedBounds)
  }
}

extension ScalarGraph {
  /// For each value, the last stage in which it is read; outputs are read by the last registers.
  fileprivate var lastReads: [Int] {
    var reads = values.map(\.stage)
    for value in values where value.constant == nil {
      for operand in value.op.operands {
        reads[operand.index] = max(reads[operand.index], value.stage)
      }
    }
    for output in outputs { reads[output.index] = max(reads[output.index], latency - 1) }
    return reads
  }
}
