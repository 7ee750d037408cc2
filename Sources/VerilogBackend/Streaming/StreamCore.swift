// A streaming network as a block diagram: an instance per kernel, a FIFO in front of each reader.

import DataflowIR
import FixedPoint
import VerilogAST

/// Builds the module that joins the kernels of a streaming design.
struct StreamCore {
  let design: Design
  private let layerModules: [String]
  var scope = NameScope()
  var module: Module
  /// What each kernel does, in the order of kernels; empty where nobody counts.
  var events: [KernelEvents] = []
  let isProfiled: Bool
  /// For each channel, the nets of its readers that no kernel has taken yet.
  private var pending: [[ReadEnd]]

  /// What a reader sees of a channel.
  struct ReadEnd {
    var data: Net
    var valid: Net
    var ready: Net
  }

  /// What a writer sees of all FIFOs of its channel.
  struct WriteEnd {
    var room: Net
    var reserve: Net
    var valid: Net
    var data: Net
  }

  let clock = Net("clk", width: 1)
  let reset = Net("rst", width: 1)

  /// The ports of the core: a channel with `valid` and `ready` on each side, and for each stream of weights.
  static func ports(_ design: Design, isProfiled: Bool) -> [Port] {
    let x = design[design.inputs[0]]
    let y = design[design.outputs[0]]
    return [
      Port(.input, Net("clk", width: 1)),
      Port(.input, Net("rst", width: 1), comment: "synchronous, active high"),
      Port(.input, Net("x_data", width: x.width), comment: "element 0 in the lowest bits"),
      Port(.input, Net("x_valid", width: 1)), Port(.output, Net("x_ready", width: 1)),
      Port(.output, Net("y_data", width: y.width)), Port(.output, Net("y_valid", width: 1)),
      Port(.input, Net("y_ready", width: 1)),
    ] + design.weightPorts.flatMap(\.corePorts)
      + (isProfiled ? ProfilePorts(design).corePorts : [])
  }

  static func module(
    _ name: String, _ design: Design, layerModules: [String], title: String,
    isProfiled: Bool = false
  ) -> Module {
    var builder = StreamCore(name, design, layerModules, title, isProfiled: isProfiled)
    builder.build()
    return builder.module
  }

  private init(
    _ name: String, _ design: Design, _ layerModules: [String], _ title: String, isProfiled: Bool
  ) {
    self.design = design
    self.isProfiled = isProfiled
    self.layerModules = layerModules
    let timing =
      "  latency \(design.latency), interval \(design.interval) cycles, FIFO depths computed for both"
    module = Module(
      name,
      header: [
        title, "  x_data: \(Comments.beats(design[design.inputs[0]]))",
        "  y_data: \(Comments.beats(design[design.outputs[0]]))", timing,
      ], ports: Self.ports(design, isProfiled: isProfiled))
    pending = [[ReadEnd]](repeating: [], count: design.channels.count)
    for port in module.ports { _ = scope.claim(port.net.name) }
  }

  private mutating func build() {
    let nets = Dictionary(uniqueKeysWithValues: module.ports.map { ($0.net.name, $0.net) })
    pending[design.inputs[0].index] = [
      ReadEnd(data: nets["x_data"]!, valid: nets["x_valid"]!, ready: nets["x_ready"]!)
    ]
    for (kernel, name) in zip(design.kernels, layerModules) { append(kernel, name) }
    let result = takeRead(design.outputs[0])
    module.items.append(
      .assignments([
        Definition(nets["y_data"]!, result.data.value),
        Definition(nets["y_valid"]!, result.valid.value),
        Definition(result.ready, nets["y_ready"]!.value),
      ]))
    if isProfiled { assignEvents() }
    let unread = module.unreadBits
    if !unread.isEmpty {
      module.items.append(unreadSink(unread, named: scope.claim("unused_bits")))
    }
  }

  private mutating func takeRead(_ channel: Channel.ID) -> ReadEnd {
    pending[channel.index].removeFirst()
  }

  // MARK: - Kernels

  private mutating func append(_ kernel: Kernel, _ moduleName: String) {
    let inputs = kernel.inputs.map { takeRead($0) }
    module.items.append(
      .heading(["\(Comments.line(kernel.name)): \(Comments.line(kernel.summary))"]))
    let outputs = kernel.outputs.map { declareWriteEnd(kernel, $0) }
    switch kernel.body {
    case .scalar:
      let go = appendScalar(kernel, moduleName, inputs, outputs)
      if isProfiled { events.append(.gated(go, inputs.map(\.valid))) }
    case .resize:
      let library = LibraryModule.resize(design[kernel.inputs[0]], design[kernel.outputs[0]])
      appendLibrary(library, kernel, inputs[0], outputs[0])
    case .window(let window):
      let library = LibraryModule.window(
        window, design[kernel.inputs[0]], design[kernel.outputs[0]])
      appendLibrary(library, kernel, inputs[0], outputs[0])
    case .reduce(let reduction):
      let library = LibraryModule.reduce(
        reduction, design[kernel.inputs[0]], design[kernel.outputs[0]])
      appendLibrary(library, kernel, inputs[0], outputs[0])
    case .image(let operation):
      let library = LibraryModule.image(operation, design[kernel.inputs[0]])
      appendLibrary(library, kernel, inputs[0], outputs[0])
    case .argmax:
      let library = LibraryModule.argmax(design[kernel.inputs[0]], design[kernel.outputs[0]])
      appendLibrary(library, kernel, inputs[0], outputs[0])
    case .matrixVector, .sparseMatrixVector:
      appendFolded(kernel, moduleName, inputs[0], outputs[0])
    }
    for (channel, output) in zip(kernel.outputs, outputs) { appendFIFOs(channel, output) }
  }

  private mutating func declareWriteEnd(_ kernel: Kernel, _ channel: Channel.ID) -> WriteEnd {
    let name = design[channel].name
    let end = WriteEnd(
      room: Net(scope.claim("\(name)_room"), width: 1),
      reserve: Net(scope.claim("\(name)_reserve"), width: 1),
      valid: Net(scope.claim("\(name)_valid"), width: 1),
      data: Net(scope.claim("\(name)_data"), width: design[channel].width))
    module.items.append(.declarations(.wire, [end.room, end.reserve, end.valid, end.data]))
    return end
  }

  func connections(_ ports: [Port], _ input: ReadEnd, _ output: WriteEnd)
    -> [(port: String, value: Expression)]
  {
    let nets = [
      "clk": clock, "rst": reset, "x_data": input.data, "x_valid": input.valid,
      "x_ready": input.ready, "y_room": output.room, "y_reserve": output.reserve,
      "y_valid": output.valid, "y_data": output.data,
    ]
    return ports.map { (port: $0.net.name, value: nets[$0.net.name]!.value) }
  }

  private mutating func appendLibrary(
    _ library: LibraryModule, _ kernel: Kernel, _ input: ReadEnd, _ output: WriteEnd
  ) {
    module.items.append(
      library.instance(
        scope.claim(kernel.name),
        connections(library.ports, input, output).map { ($0.port, $0.value) }))
    if !library.ports.contains(where: { $0.net.name == "y_reserve" }) {
      module.items.append(.assignments([Definition(output.reserve, output.valid.value)]))
    }
    if isProfiled { events.append(.handshakes(of: kernel, input, output)) }
  }

  /// A beat enters when it is there on every input and there is room behind every output.
  private mutating func appendScalar(
    _ kernel: Kernel, _ moduleName: String, _ inputs: [ReadEnd], _ outputs: [WriteEnd]
  ) -> Net {
    let go = Net(scope.claim("\(kernel.name)_go"), width: 1)
    let rooms = outputs.map(\.room.value)
    var conditions = rooms
    conditions += inputs.map(\.valid.value)
    var definitions = [
      Definition(go, conditions.dropFirst().reduce(conditions[0]) { $0 && $1 })
    ]
    module.items.append(.wires(definitions))
    definitions = inputs.map { Definition($0.ready, go.value) }
    definitions += outputs.map { Definition($0.reserve, go.value) }
    module.items.append(.assignments(definitions))
    let interface = kernel.interface(in: design)
    var connections: [(port: String, value: Expression)] = []
    if interface.isClocked { connections += [("clk", clock.value), ("rst", reset.value)] }
    connections.append(("x_valid", go.value))
    connections += zip(interface.inputs, inputs).map { ($0.name, $1.data.value) }
    connections.append(("y_valid", outputs[0].valid.value))
    connections += zip(interface.outputs, outputs).map { ($0.name, $1.data.value) }
    module.items.append(
      .instance(
        Instance(
          moduleName, scope.claim(kernel.name), ports: interface.ports, connections: connections)))
    let others = outputs.dropFirst().map { Definition($0.valid, outputs[0].valid.value) }
    if !others.isEmpty { module.items.append(.assignments(others)) }
    return go
  }

  // MARK: - FIFOs

  private mutating func appendFIFOs(_ id: Channel.ID, _ end: WriteEnd) {
    let channel = design[id]
    var rooms: [Net] = []
    for (reader, depth) in channel.depths.enumerated() {
      let suffix = channel.depths.count == 1 ? "" : "_\(reader)"
      let room =
        channel.depths.count == 1
        ? end.room : Net(scope.claim("\(channel.name)_room\(suffix)"), width: 1)
      let read = ReadEnd(
        data: Net(scope.claim("\(channel.name)_out\(suffix)"), width: channel.width),
        valid: Net(scope.claim("\(channel.name)_out_valid\(suffix)"), width: 1),
        ready: Net(scope.claim("\(channel.name)_out_ready\(suffix)"), width: 1))
      rooms.append(room)
      pending[id.index].append(read)
      module.items += [
        .declarations(
          .wire, (channel.depths.count == 1 ? [] : [room]) + [read.valid, read.ready, read.data]),
        LibraryModule.fifo(width: channel.width, depth: depth).instance(
          scope.claim("\(channel.name)_fifo\(suffix)"),
          [
            ("clk", clock.value), ("rst", reset.value), ("room", room.value),
            ("reserve", end.reserve.value), ("in_data", end.data.value),
            ("in_valid", end.valid.value), ("out_data", read.data.value),
            ("out_valid", read.valid.value), ("out_ready", read.ready.value),
          ]),
      ]
    }
    if rooms.count > 1 {
      let all = rooms.dropFirst().reduce(rooms[0].value) { $0 && $1.value }
      module.items.append(.assignments([Definition(end.room, all)]))
    }
  }
}
