// The network as a block diagram: one instance per layer, nothing else.

import DataflowIR
import FixedPoint
import VerilogAST

/// Builds the module that joins the layers.
struct CoreModule {
  private let design: Design
  private let interface: LayerInterface
  private var scope = NameScope()
  /// Data and valid of each channel as far as it is connected.
  private var data: [Net?]
  private var valid: [Net?]
  /// The library modules in use.
  private(set) var libraryModules: [String] = []

  /// The module `name`; `layerModules` are the names of the kernels' modules.
  static func module(
    _ name: String, _ design: Design, layerModules: [String], title: String
  ) -> (module: Module, libraryModules: [String]) {
    var builder = CoreModule(design)
    let module = builder.module(name, layerModules, title)
    return (module, builder.libraryModules)
  }

  private init(_ design: Design) {
    self.design = design
    interface = design.interface
    data = [Net?](repeating: nil, count: design.channels.count)
    valid = data
  }

  private mutating func module(
    _ name: String, _ layerModules: [String], _ title: String
  ) -> Module {
    var module = Module(name, header: header(title), ports: interface.ports)
    for port in interface.ports { _ = scope.claim(port.net.name) }
    connectInputs(to: &module)
    let arrivals = design.arrivals
    for (kernel, moduleName) in zip(design.kernels, layerModules) {
      let start = kernel.inputs.map { arrivals[$0.index] }.max() ?? 0
      append(kernel, moduleName, start: start, to: &module)
    }
    var results: [Expression] = []
    var last = interface.inputValid
    for channel in design.outputs {
      let result = delayed(
        channel, by: design.latency - arrivals[channel.index], to: &module)
      results.append(result.value)
      if arrivals[channel.index] == design.latency, let valid = valid[channel.index] {
        last = valid
      }
    }
    module.items.append(
      .assignments([
        Definition(interface.outputs[0], .concatenation(results.reversed())),
        Definition(interface.outputValid, last.value),
      ]))
    // A design of wires only leaves nothing unread; one that ignores an input does.
    let unread = module.unreadBits
    if !unread.isEmpty {
      module.items.append(unreadSink(unread, named: scope.claim("unused_bits")))
    }
    return module
  }

  private func header(_ title: String) -> [String] {
    var lines = [title]
    for (name, channels) in [("x_data", design.inputs), ("y_data", design.outputs)] {
      // Several channels lie side by side, the first in the lowest bits.
      for channel in channels {
        let own = channels.count == 1 ? "" : " \(Comments.line(design[channel].name)):"
        lines.append("  \(name):\(own) \(Comments.channel(design[channel]))")
      }
    }
    lines.append(
      "  latency \(design.latency), interval \(design.interval): takes a frame in every cycle, "
        + "cannot be stopped")
    return lines
  }

  /// The design's only input is `x_data` itself; several are slices of it.
  private mutating func connectInputs(to module: inout Module) {
    var slices: [Definition] = []
    var low = 0
    for channel in design.inputs {
      valid[channel.index] = interface.inputValid
      if design.inputs.count == 1 {
        data[channel.index] = interface.inputs[0]
        continue
      }
      let width = design[channel].width
      let net = Net(scope.claim("\(design[channel].name)_data"), width: width)
      data[channel.index] = net
      slices.append(Definition(net, interface.inputs[0].bits(low + width - 1, low)))
      low += width
    }
    if !slices.isEmpty { module.items.append(.wires(slices)) }
  }

  private mutating func append(
    _ kernel: Kernel, _ moduleName: String, start: Int, to module: inout Module
  ) {
    let kernelInterface = kernel.interface(in: design)
    let arrivals = design.arrivals
    var connections: [(port: String, value: Expression)] = []
    if kernelInterface.isClocked {
      connections += [("clk", interface.clock.value), ("rst", interface.reset.value)]
    }
    let latest = kernel.inputs.first { arrivals[$0.index] == start }
    let inputValid = latest.flatMap { valid[$0.index] } ?? interface.inputValid
    connections.append(("x_valid", inputValid.value))
    var inputs: [Net] = []
    for channel in kernel.inputs {
      inputs.append(delayed(channel, by: start - arrivals[channel.index], to: &module))
    }
    connections += zip(kernelInterface.inputs, inputs).map { ($0.name, $1.value) }

    let name = scope.claim(kernel.name)
    let outputValid = Net(scope.claim("\(kernel.name)_valid"), width: 1)
    connections.append(("y_valid", outputValid.value))
    var wires = [outputValid]
    for (port, channel) in zip(kernelInterface.outputs, kernel.outputs) {
      let suffix = kernel.outputs.count == 1 ? "data" : "\(design[channel].name)_data"
      let net = Net(scope.claim("\(kernel.name)_\(suffix)"), width: port.width)
      data[channel.index] = net
      valid[channel.index] = outputValid
      wires.append(net)
      connections.append((port.name, net.value))
    }
    module.items += [
      .heading([Comments.line(kernel.summary) + ", cycle \(start) to \(start + kernel.latency)"]),
      .declarations(.wire, wires),
      .instance(
        Instance(moduleName, name, ports: kernelInterface.ports, connections: connections)),
    ]
  }

  /// The channel's frame, `cycles` later: where branches of different latency meet.
  private mutating func delayed(
    _ channel: Channel.ID, by cycles: Int, to module: inout Module
  ) -> Net {
    guard let net = data[channel.index] else { preconditionFailure("channel without a writer") }
    if cycles == 0 { return net }
    if !libraryModules.contains("nn_delay") { libraryModules.append("nn_delay") }
    let late = Net(scope.claim("\(net.name)_late"), width: net.width)
    module.items += [
      .declarations(.wire, [late]),
      LibraryModule.delay(width: net.width, cycles: cycles).instance(
        scope.claim("\(net.name)_delay"),
        [("clk", interface.clock.value), ("in", net.value), ("out", late.value)]),
    ]
    return late
  }
}

extension Design {
  /// The bare pipeline: `clk`, `rst`, `x_valid`, `x_data`, `y_valid`, `y_data`.
  var interface: LayerInterface {
    LayerInterface(
      inputs: [side(inputs)], outputs: [side(outputs)], latency: latency, isRegistered: false)
  }

  /// All of `channels` as one frame.
  private func side(_ channels: [Channel.ID]) -> Channel {
    let formats = channels.flatMap { self[$0].formats }
    return Channel(name: "", extents: [formats.count], formats: formats)
  }
}

/// A net that takes what nothing reads, so that every tool's warning about such bits stays on.
func unreadSink(_ unread: [Expression], named name: String) -> Item {
  .wires([
    Definition(
      Net(name, width: 1), .concatenation([.low] + unread).allBits,
      comment: "bits that nothing reads")
  ])
}
