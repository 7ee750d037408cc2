// A folded layer as modules: the engine, its memories, and what follows it.

import DataflowIR
import FixedPoint
import VerilogAST

/// Builds the modules of one folded layer.
struct FoldedModule {
  let name: String
  let kernel: Kernel
  let engine: FoldedEngine
  let input: Channel
  let output: Channel
  /// Whether others count the engine's steps.
  let isProfiled: Bool

  /// Memories of more words stand in files beside the modules.
  private static let inlineWords = 64

  /// The ports of a layer with room and reservation.
  ///
  /// With weights from outside, words of `word` bits, `step` takes one.
  static func ports(input: Channel, output: Channel, word: Int?, isProfiled: Bool) -> [Port] {
    var ports = [
      Port(.input, Net("clk", width: 1)),
      Port(.input, Net("rst", width: 1), comment: "synchronous, active high"),
      Port(.input, Net("x_data", width: input.width), comment: "element 0 in the lowest bits"),
      Port(.input, Net("x_valid", width: 1)), Port(.output, Net("x_ready", width: 1)),
      Port(.input, Net("y_room", width: 1), comment: "one more beat may be reserved"),
      Port(.output, Net("y_reserve", width: 1)), Port(.output, Net("y_valid", width: 1)),
      Port(.output, Net("y_data", width: output.width)),
    ]
    if let word {
      ports += [
        Port(.input, Net("w_data", width: word), comment: "weights of a step"),
        Port(.input, Net("w_valid", width: 1)),
      ]
    }
    if word != nil || isProfiled {
      ports.append(
        Port(.output, Net("step", width: 1), comment: word == nil ? nil : "takes w_data"))
    }
    return ports
  }

  /// The layer's modules, its own first, and the files of its memories.
  func build() -> (modules: [Module], files: [VerilogProject.File]) {
    var modules = [layer]
    var files: [VerilogProject.File] = []
    for memory in engine.memories {
      let (module, file) = build(memory)
      modules.append(module)
      if let file { files.append(file) }
    }
    return (modules + [results], files)
  }

  // MARK: - Memories

  private func build(_ memory: FoldedEngine.Memory) -> (Module, VerilogProject.File?) {
    let moduleName = "\(name)_\(memory.kind)"
    let clock = Net("clk", width: 1)
    let address = Net("address", width: indexWidth(memory.words.count))
    let data = Net("data", width: memory.width)
    let isInline = memory.words.count <= Self.inlineWords
    let path = "rtl/\(moduleName).mem"
    let module = Module(
      moduleName,
      header: [
        "\(memory.words.count) words of \(memory.title), the first in the lowest bits",
        "  data follows address by one cycle",
      ],
      ports: [
        Port(.input, clock), Port(.input, address), Port(.output, data, register: true),
      ],
      items: [
        .readOnlyMemory(
          ReadOnlyMemory(
            clock: clock, address: address, data: data, words: memory.words,
            file: isInline ? nil : path))
      ])
    let file = VerilogProject.File(path: path, text: memory.words.joined(separator: "\n") + "\n")
    return (module, isInline ? nil : file)
  }

  private func instance(_ memory: FoldedEngine.Memory, _ clock: Net, _ address: Net, _ data: Net)
    -> Item
  {
    .instance(
      Instance(
        "\(name)_\(memory.kind)", identifier(memory.kind),
        ports: [
          Port(.input, Net("clk", width: 1)), Port(.input, Net("address", width: address.width)),
          Port(.output, Net("data", width: data.width)),
        ],
        connections: [
          ("clk", clock.value), ("address", address.value), ("data", data.value),
        ]))
  }

  // MARK: - What follows the engine

  /// The epilogue as a design of its own.
  private var epilogueDesign: Design {
    var design = Design(name: name)
    let lanes = [FixedFormat](repeating: engine.accumulator, count: engine.lanes)
    let sums = design.append(Channel(name: "sums", extents: [engine.lanes], formats: lanes))
    let result = design.append(
      Channel(name: "result", extents: [engine.lanes], formats: output.formats))
    design.inputs = [sums]
    design.outputs = [result]
    design.kernels = [
      Kernel(
        name: kernel.name, summary: "from sums to results", inputs: [sums], outputs: [result],
        body: .scalar(engine.epilogue))
    ]
    return design
  }

  private var results: Module {
    let design = epilogueDesign
    return LayerModule.module("\(name)_results", design.kernels[0], of: design)
  }

  private func resultsInstance(
    _ clock: Net, _ reset: Net, _ sumsValid: Net, _ sums: Net, _ valid: Net, _ data: Net
  ) -> Item {
    let design = epilogueDesign
    let interface = design.kernels[0].interface(in: design)
    let control = interface.isClocked ? [("clk", clock.value), ("rst", reset.value)] : []
    return .instance(
      Instance(
        "\(name)_results", "results", ports: interface.ports,
        connections: control + [
          ("x_valid", sumsValid.value), ("x_data", sums.value), ("y_valid", valid.value),
          ("y_data", data.value),
        ]))
  }

  // MARK: - The layer

  private var layer: Module {
    let ports = Self.ports(
      input: input, output: output, word: engine.word, isProfiled: isProfiled)
    var nets = Dictionary(uniqueKeysWithValues: ports.map { ($0.net.name, $0.net) })
    let (clock, reset) = (nets["clk"]!, nets["rst"]!)
    let (valid, data) = (nets["y_valid"]!, nets["y_data"]!)
    let operand = engine.operand(nets["x_data"]!)
    let sums = Net("sums", width: engine.lanes * engine.accumulator.width)
    let sumsValid = Net("sums_valid", width: 1)
    (nets["y_valid"], nets["y_data"]) = (sumsValid, sums)
    let unreadNets = engine.unread.filter { nets[$0.name] == nil }
    for net in unreadNets { nets[net.name] = net }

    var module = Module(name, header: header, ports: ports)
    if let word = engine.word {
      let weights = Net("weights", width: word)
      module.items += [
        .declarations(.wire, [weights]),
        LibraryModule.delay(width: word, cycles: 1).instance(
          "weights_register",
          [("clk", clock.value), ("in", nets["w_data"]!.value), ("out", weights.value)]),
      ]
      nets["w_data"] = weights
    }
    for memory in engine.memories {
      let address = Net(memory.addressPort, width: indexWidth(memory.words.count))
      let word = Net(memory.dataPort, width: memory.width)
      (nets[memory.addressPort], nets[memory.dataPort]) = (address, word)
      module.items += [
        .declarations(.wire, [address, word]), instance(memory, clock, address, word),
      ]
    }
    let connections = engine.library.ports.map { port -> (String, Expression) in
      let name = port.net.name
      if name == "x_data" { return (name, operand) }
      if let constant = engine.constants.first(where: { $0.port == name }) {
        return (name, constant.value)
      }
      return (name, nets[name]!.value)
    }
    module.items += [
      .declarations(.wire, unreadNets + [sumsValid, sums]),
      engine.library.instance("engine", connections),
      resultsInstance(clock, reset, sumsValid, sums, valid, data),
    ]
    let unread = module.unreadBits
    if !unread.isEmpty { module.items.append(unreadSink(unread, named: "unused_bits")) }
    return module
  }

  private var header: [String] {
    [
      "layer \"\(Comments.line(kernel.name))\": \(Comments.line(kernel.summary))",
      "  x_data: \(Comments.beats(input))", "  y_data: \(Comments.beats(output))",
      "  \(engine.facts); latency \(kernel.latency) from a step to its result",
    ]
  }
}
