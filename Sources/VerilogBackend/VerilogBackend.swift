// Writes a design as Verilog: a module per layer, the top, what they need, a bench and a Makefile.

import Assets
import DataflowIR
import Diagnostics
import FixedPoint
import VerilogAST

public struct VerilogOptions: Hashable, Sendable {
  public enum Interface: Hashable, Sendable {
    /// AXI4-Stream on both sides, with beats of so many bits.
    case axis(width: Int)
    /// The bare pipeline: `clk`, `rst`, `x_valid`, `x_data`, `y_valid`, `y_data`.
    case plain
  }

  public var interface: Interface
  /// The name of the top module; the design's when nil.
  public var top: String?
  /// How many frames the vector files beside the bench hold.
  public var benchFrames: Int
  /// Whether a streaming design counts what its kernels do.
  public var isProfiled: Bool

  public init(
    interface: Interface = .axis(width: 64), top: String? = nil, benchFrames: Int = 16,
    isProfiled: Bool = false
  ) {
    self.interface = interface
    self.top = top
    self.benchFrames = benchFrames
    self.isProfiled = isProfiled
  }
}

/// The files of a design in Verilog, and how to talk to its top module.
public struct VerilogProject: Sendable {
  public struct File: Hashable, Sendable {
    /// Relative to the project's folder, e.g. `rtl/mlp.v`.
    public var path: String
    public var text: String
  }

  public var top: String
  public var files: [File]
  /// How frames travel into and out of the top module: what vector files are written with.
  public var input: FrameLayout
  public var output: FrameLayout
  /// Cycles between two frames at full rate.
  public var interval: Int
  /// What layers read through ports of their own.
  public var weights: [WeightStream] = []
}

/// Emits Verilog. `asset` reads a file of the repository's `hw/` and `templates/`, by its path.
public struct VerilogBackend {
  private let options: VerilogOptions
  private let asset: (String) throws -> String

  public init(
    options: VerilogOptions = VerilogOptions(), asset: @escaping (String) throws -> String
  ) {
    self.options = options
    self.asset = asset
  }

  /// All files but the frames' vectors. Throws a `Diagnostic` where the options do not suit the design.
  public func emit(_ design: Design) throws -> VerilogProject {
    if design.isStreaming { return try emitStreaming(design) }
    let top = try topName(design)
    let inputFormats = design.inputs.flatMap { design[$0].formats }
    let outputFormats = design.outputs.flatMap { design[$0].formats }
    var scope = NameScope()
    for name in [top, "\(top)_core", "\(top)_tb"] + Self.reservedModules { _ = scope.claim(name) }
    let layerNames = design.kernels.map { scope.claim("\(top)_\($0.name)") }

    let title = "network \"\(Comments.line(design.name))\""
    var modules: [Module] = []
    var library: [String]
    let input: FrameLayout
    let output: FrameLayout
    var interval = design.interval
    switch options.interface {
    case .plain:
      let core = CoreModule.module(top, design, layerModules: layerNames, title: title)
      modules = [core.module]
      library = core.libraryModules
      input = FrameLayout(packed: inputFormats)
      output = FrameLayout(packed: outputFormats)
    case .axis(let width):
      input = try lanes(inputFormats, width, of: "input")
      output = try lanes(outputFormats, width, of: "output")
      let wrapper = AxisWrapper(design: design, input: input, output: output)
      let core = CoreModule.module(
        "\(top)_core", design, layerModules: layerNames, title: title + ", layer by layer")
      modules = [wrapper.module(top, core: "\(top)_core"), core.module]
      library = AxisWrapper.libraryModules + core.libraryModules
      interval = wrapper.interval
    }
    for (kernel, name) in zip(design.kernels, layerNames) {
      modules.append(LayerModule.module(name, kernel, of: design))
    }

    let sources = try library.map { try asset("hw/\($0).v") }
    modules.renameHiddenInstances(
      in: options.interface == .plain ? top : "\(top)_core", library: sources)
    var files = modules.map { VerilogProject.File(path: "rtl/\($0.name).v", text: $0.text) }
    for (name, text) in zip(library, sources) {
      files.append(.init(path: "rtl/\(name).v", text: text))
    }
    try addBench(
      Bench(
        top: top, frames: options.benchFrames, latency: design.latency, timing: nil, input: input,
        output: output, isClocked: design.latency > 0, interface: options.interface), to: &files)
    return VerilogProject(
      top: top, files: files, input: input, output: output, interval: interval)
  }

  /// The file list of the modules that are there, the bench and the Makefile.
  private func addBench(_ bench: Bench, to files: inout [VerilogProject.File]) throws {
    let list = files.filter { $0.path.hasSuffix(".v") }.map { $0.path + "\n" }.joined()
    files.append(.init(path: "\(bench.top).f", text: list))
    var text = try asset(bench.templatePath)
    if !bench.weights.isEmpty { text += "\n" + (try asset(Bench.weightsTemplate)) }
    files.append(.init(path: "tb/\(bench.top)_tb.v", text: bench.fill(text)))
    files.append(
      .init(path: "Makefile", text: bench.fill(try asset("templates/verilog/Makefile"))))
  }

  /// A streaming design: the wrapper, the core, a module per layer with arithmetic, the library.
  private func emitStreaming(_ design: Design) throws -> VerilogProject {
    guard case .axis(let width) = options.interface else { throw Diagnostic.plainStream }
    let top = try topName(design)
    var scope = NameScope()
    for name in [top, "\(top)_core", "\(top)_tb", "\(top)_tb_weights"] + Self.reservedModules {
      _ = scope.claim(name)
    }
    let layerNames = design.kernels.map { scope.claim("\(top)_\($0.name)") }
    let input = try lanes(frameFormats(design[design.inputs[0]]), width, of: "input")
    let output = try lanes(frameFormats(design[design.outputs[0]]), width, of: "output")
    var modules = [
      StreamWrapper(design: design, input: input, output: output, isProfiled: options.isProfiled)
        .module(top, core: "\(top)_core"),
      StreamCore.module(
        "\(top)_core", design, layerModules: layerNames,
        title: "network \"\(Comments.line(design.name))\", layer by layer",
        isProfiled: options.isProfiled),
    ]
    var memories: [VerilogProject.File] = []
    func folded(_ name: String, _ kernel: Kernel, _ engine: FoldedEngine) {
      let built = FoldedModule(
        name: name, kernel: kernel, engine: engine, input: design[kernel.inputs[0]],
        output: design[kernel.outputs[0]], isProfiled: options.isProfiled
      ).build()
      modules += built.modules
      memories += built.files
    }
    for (kernel, name) in zip(design.kernels, layerNames) {
      switch kernel.body {
      case .scalar: modules.append(LayerModule.module(name, kernel, of: design))
      case .matrixVector(let product):
        let input = design[kernel.inputs[0]]
        folded(name, kernel, FoldedEngine(product, input))
      case .sparseMatrixVector(let product):
        let input = design[kernel.inputs[0]]
        folded(name, kernel, FoldedEngine(product, input))
      case .resize, .window, .reduce, .image, .argmax: break
      }
    }
    let library = try libraryFiles(of: modules).map {
      VerilogProject.File(path: "rtl/\($0).v", text: try asset("hw/\($0).v"))
    }
    modules.renameHiddenInstances(in: "\(top)_core", library: library.map(\.text))
    var files = modules.map { VerilogProject.File(path: "rtl/\($0.name).v", text: $0.text) }
    files += library + memories
    let weights = design.weightPorts.map { WeightStream($0, of: design) }
    files += weights.map { .init(path: $0.vectorPath, text: $0.vectorText) }
    var bench = Bench(
      top: top, frames: options.benchFrames, latency: design.latency, timing: design.timing,
      input: input, output: output, isClocked: true, interface: options.interface)
    bench.weights = weights
    if options.isProfiled { bench.idlePorts = ProfilePorts(design).busPorts }
    try addBench(bench, to: &files)
    return VerilogProject(
      top: top, files: files, input: input, output: output, interval: design.interval,
      weights: weights)
  }

  /// The library modules that `modules` instance, and those that these instance, each once.
  private func libraryFiles(of modules: [Module]) throws -> [String] {
    var found: [String] = []
    var texts = modules.map(\.text)
    while let text = texts.popLast() {
      for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
      where word.hasPrefix("nn_") && !found.contains(String(word)) {
        guard let source = try? asset("hw/\(word).v") else { continue }
        found.append(String(word))
        texts.append(source)
      }
    }
    return found.sorted()
  }

  /// The format of every element of a frame.
  private func frameFormats(_ channel: Channel) -> [FixedFormat] {
    [FixedFormat](repeating: channel.formats[0], count: channel.count)
  }

  /// The names of all library modules.
  private static let reservedModules = Assets.paths
    .filter { $0.hasPrefix("hw/nn_") && $0.hasSuffix(".v") }
    .map { String($0.dropFirst(3).dropLast(2)) }

  private func topName(_ design: Design) throws -> String {
    let hidden = try hiddenTopNames()
    guard let asked = options.top else {
      let name = identifier(design.name)
      return hidden.contains(name) || Self.reservedModules.contains(name) ? name + "_top" : name
    }
    guard identifier(asked) == asked, !Self.reservedModules.contains(asked),
      !hidden.contains(asked)
    else { throw Diagnostic.topNameIsIllegal(asked) }
    return asked
  }

  /// What the top module must not be called, because ports or arguments of functions are.
  private func hiddenTopNames() throws -> Set<String> {
    var names: Set = ["index", "i"]
    for name in Self.reservedModules {
      names.formUnion(functionNames(inLibrary: try asset("hw/\(name).v")))
    }
    return names.union(Self.portNames)
  }

  /// Of all top modules, but for those that have a prefix for a bus.
  private static let portNames = [
    "clk", "rst", "aclk", "aresetn", "x_data", "x_valid", "y_data", "y_valid",
  ]

  private func lanes(
    _ formats: [FixedFormat], _ width: Int, of side: String
  ) throws(Diagnostic) -> FrameLayout {
    let isPowerOfTwo = width > 0 && width & (width - 1) == 0
    guard isPowerOfTwo, (8...1024).contains(width) else { throw .axisWidthIsIllegal(width) }
    guard let layout = FrameLayout(lanes: formats, wordWidth: width) else {
      throw .axisTooNarrow(width, side, formats.map(\.width).max() ?? 0)
    }
    return layout
  }
}

// MARK: - Diagnostics

extension Diagnostic {
  static var plainStream: Diagnostic {
    Diagnostic(
      id: "verilog.plain-stream",
      "a streaming design has no bare pipeline: its kernels wait for each other",
      suggestion: "compile with --interface axis, or a small network with --strategy unrolled")
  }

  static func topNameIsIllegal(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "verilog.top-name", "'\(name)' cannot name the top module",
      suggestion: "use letters, digits and _, no Verilog keyword, and no name beginning with nn_")
  }

  static func axisWidthIsIllegal(_ width: Int) -> Diagnostic {
    Diagnostic(
      id: "verilog.axis-width", "an AXI4-Stream of \(width) bits is not possible",
      suggestion: "choose 8, 16, 32, 64, 128, 256, 512 or 1024 with --axis-width")
  }

  static func axisTooNarrow(_ width: Int, _ side: String, _ bits: Int) -> Diagnostic {
    Diagnostic(
      id: "verilog.axis-too-narrow",
      "an \(side) element of \(bits) bits does not fit into a beat of \(width) bits",
      suggestion: "choose a wider stream with --axis-width")
  }
}
