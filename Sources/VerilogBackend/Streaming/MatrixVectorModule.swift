// A folded layer as modules: the engine with its memories and what follows it.

import DataflowIR
import FixedPoint
import VerilogAST

/// Builds the modules of one folded layer.
struct MatrixVectorModule {
  let name: String
  let kernel: Kernel
  let product: MatrixVector
  let input: Channel
  let output: Channel

  /// Memories of more words stand in files beside the modules.
  private static let inlineWords = 64

  init(_ name: String, _ kernel: Kernel, _ product: MatrixVector, of design: Design) {
    self.name = name
    self.kernel = kernel
    self.product = product
    input = design[kernel.inputs[0]]
    output = design[kernel.outputs[0]]
  }

  /// The ports of a layer with room and reservation.
  static func ports(input: Channel, output: Channel) -> [Port] {
    [
      Port(.input, Net("clk", width: 1)),
      Port(.input, Net("rst", width: 1), comment: "synchronous, active high"),
      Port(.input, Net("x_data", width: input.width), comment: "element 0 in the lowest bits"),
      Port(.input, Net("x_valid", width: 1)), Port(.output, Net("x_ready", width: 1)),
      Port(.input, Net("y_room", width: 1), comment: "see docs/streaming.md"),
      Port(.output, Net("y_reserve", width: 1)), Port(.output, Net("y_valid", width: 1)),
      Port(.output, Net("y_data", width: output.width)),
    ]
  }

  /// The layer's modules, its own first, and the files of its memories.
  func build() -> (modules: [Module], files: [VerilogProject.File]) {
    var files: [VerilogProject.File] = []
    let weights = memory(
      "\(name)_weights", "weights: \(product.pe) rows of \(product.simd) columns per word",
      words: weightWords, width: product.weightsPerWord * product.weightFormat.width, &files)
    let biases = memory(
      "\(name)_biases", "biases: \(product.pe) rows per word", words: biasWords,
      width: product.pe * product.biasWidth, &files)
    return ([layer, weights, biases, epilogue], files)
  }

  // MARK: - Memories

  private var weightWords: [String] {
    let size = product.weightsPerWord
    return (0..<product.folds).map { word in
      hexadecimal(product.weights[(word * size)..<((word + 1) * size)], product.weightFormat.width)
    }
  }

  private var biasWords: [String] {
    stride(from: 0, to: product.biases.count, by: product.pe).map {
      hexadecimal(product.biases[$0..<($0 + product.pe)], product.biasWidth)
    }
  }

  private func memory(
    _ name: String, _ title: String, words: [String], width: Int, _ files: inout [VerilogProject.File]
  ) -> Module {
    let clock = Net("clk", width: 1)
    let address = Net("address", width: addressWidth(words.count))
    let data = Net("data", width: width)
    var file: String?
    if words.count > Self.inlineWords {
      file = "rtl/\(name).mem"
      files.append(.init(path: file!, text: words.joined(separator: "\n") + "\n"))
    }
    return Module(
      name,
      header: [
        "\(words.count) words of \(title), the first in the lowest bits",
        "  data follows address by one cycle",
      ],
      ports: [
        Port(.input, clock), Port(.input, address), Port(.output, data, register: true),
      ],
      items: [
        .readOnlyMemory(
          ReadOnlyMemory(clock: clock, address: address, data: data, words: words, file: file))
      ])
  }

  // MARK: - What follows the engine

  private var epilogueDesign: Design {
    var design = Design(name: name)
    let lanes = [FixedFormat](repeating: product.accumulator, count: product.pe)
    let sums = design.append(Channel(name: "sums", extents: [product.pe], formats: lanes))
    let result = design.append(
      Channel(name: "result", extents: [product.pe], formats: output.formats))
    design.inputs = [sums]
    design.outputs = [result]
    design.kernels = [
      Kernel(
        name: kernel.name, summary: "from sums to results", inputs: [sums], outputs: [result],
        body: .scalar(product.epilogue))
    ]
    return design
  }

  private var epilogue: Module {
    let design = epilogueDesign
    return LayerModule.module("\(name)_results", design.kernels[0], of: design)
  }

  // MARK: - The layer

  private var layer: Module {
    let ports = Self.ports(input: input, output: output)
    let nets = Dictionary(uniqueKeysWithValues: ports.map { ($0.net.name, $0.net) })
    let engine = LibraryModule.matrixVector(product, input)
    let engineNets = Dictionary(uniqueKeysWithValues: engine.ports.map { ($0.net.name, $0.net) })
    func net(_ name: String, like port: String) -> Net {
      Net(name, width: engineNets[port]!.width)
    }
    let weightAddress = net("w_address", like: "w_address")
    let weights = net("w_data", like: "w_data")
    let biasAddress = net("b_address", like: "b_address")
    let biases = net("b_data", like: "b_data")
    let sums = net("sums", like: "y_data")
    let sumsValid = Net("sums_valid", width: 1)
    let step = Net("step", width: 1)
    var module = Module(name, header: header, ports: ports)
    let clock = nets["clk"]!.value
    let reset = nets["rst"]!.value
    module.items = [
      .declarations(.wire, [weightAddress, weights, biasAddress, biases]),
      memoryInstance("weights", clock, weightAddress, weights),
      memoryInstance("biases", clock, biasAddress, biases),
      .declarations(.wire, [step, sumsValid, sums]),
      engine.instance(
        "engine",
        [
          ("clk", clock), ("rst", reset), ("x_data", operand(nets["x_data"]!)),
          ("x_valid", nets["x_valid"]!.value), ("x_ready", nets["x_ready"]!.value),
          ("w_address", weightAddress.value), ("w_data", weights.value), ("w_valid", .high),
          ("b_address", biasAddress.value), ("b_data", biases.value), ("step", step.value),
          ("y_room", nets["y_room"]!.value), ("y_reserve", nets["y_reserve"]!.value),
          ("y_valid", sumsValid.value), ("y_data", sums.value),
        ]),
      resultsInstance(clock, reset, sumsValid, sums, nets["y_valid"]!, nets["y_data"]!),
    ]
    let unread = module.unreadBits
    if !unread.isEmpty { module.items.append(unreadSink(unread, named: "unused_bits")) }
    return module
  }

  private var header: [String] {
    let cycles = "\(product.rowFolds) x \(product.columnFolds)"
      + (product.groups > 1 ? " x \(product.groups)" : "")
    return [
      "layer \"\(Comments.line(kernel.name))\": \(Comments.line(kernel.summary))",
      "  x_data: \(Comments.beats(input))", "  y_data: \(Comments.beats(output))",
      "  \(product.weightsPerWord) multipliers, a vector in \(cycles) cycles; "
        + "latency \(kernel.latency) from a step to its sums",
    ]
  }

  /// Where each row has its own elements, the engine wants those of a row side by side.
  private func operand(_ x: Net) -> Expression {
    if product.isShared { return x.value }
    let width = input.formats[0].width
    var parts: [Expression] = []
    for row in 0..<product.pe {
      for column in 0..<product.simd {
        let low = (column * product.pe + row) * width
        parts.append(x.bits(low + width - 1, low))
      }
    }
    return .concatenation(parts.reversed())
  }

  private func memoryInstance(_ kind: String, _ clock: Expression, _ address: Net, _ data: Net)
    -> Item
  {
    .instance(
      Instance(
        "\(name)_\(kind)", kind,
        ports: [
          Port(.input, Net("clk", width: 1)), Port(.input, Net("address", width: address.width)),
          Port(.output, Net("data", width: data.width)),
        ],
        connections: [
          ("clk", clock), ("address", address.value), ("data", data.value),
        ]))
  }

  private func resultsInstance(
    _ clock: Expression, _ reset: Expression, _ sumsValid: Net, _ sums: Net, _ valid: Net, _ data: Net
  ) -> Item {
    let design = epilogueDesign
    let interface = design.kernels[0].interface(in: design)
    let control = interface.isClocked ? [("clk", clock), ("rst", reset)] : []
    return .instance(
      Instance(
        "\(name)_results", "results", ports: interface.ports,
        connections: control + [
          ("x_valid", sumsValid.value), ("x_data", sums.value), ("y_valid", valid.value),
          ("y_data", data.value),
        ]))
  }
}

/// The integers side by side, the first in the lowest bits, in hexadecimal.
private func hexadecimal(_ integers: ArraySlice<Int64>, _ width: Int) -> String {
  let digits = (integers.count * width + 3) / 4
  var nibbles = [UInt8](repeating: 0, count: digits)
  var bit = 0
  for integer in integers {
    for offset in 0..<width {
      if integer >> Int64(offset) & 1 == 1 { nibbles[(bit + offset) / 4] |= 1 << UInt8((bit + offset) % 4) }
    }
    bit += width
  }
  let table = Array("0123456789abcdef".utf8)
  return String(decoding: nibbles.reversed().map { table[Int($0)] }, as: UTF8.self)
}
