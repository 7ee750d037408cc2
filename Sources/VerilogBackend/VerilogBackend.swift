// Writes a design as Verilog: a module per layer, the top, what they need, a bench and a Makefile.

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

  public init(
    interface: Interface = .axis(width: 64), top: String? = nil, benchFrames: Int = 16
  ) {
    self.interface = interface
    self.top = top
    self.benchFrames = benchFrames
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

  /// All files but the vectors. Throws a `Diagnostic` where the options do not suit the design.
  public func emit(_ design: Design) throws -> VerilogProject {
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

    var files = modules.map { VerilogProject.File(path: "rtl/\($0.name).v", text: $0.text) }
    for name in library {
      files.append(.init(path: "rtl/\(name).v", text: try asset("hw/\(name).v")))
    }
    let list = files.map { $0.path + "\n" }.joined()
    files.append(.init(path: "\(top).f", text: list))
    let bench = Bench(
      top: top, frames: options.benchFrames, latency: design.latency, input: input, output: output,
      isClocked: design.latency > 0, interface: options.interface)
    files.append(
      .init(path: "tb/\(top)_tb.v", text: bench.fill(try asset(bench.templatePath))))
    files.append(
      .init(path: "Makefile", text: bench.fill(try asset("templates/verilog/Makefile"))))
    return VerilogProject(
      top: top, files: files, input: input, output: output, interval: interval)
  }

  private static let reservedModules = [
    "nn_axis_gather", "nn_axis_serialize", "nn_fifo", "nn_skid", "nn_delay",
  ]

  private func topName(_ design: Design) throws(Diagnostic) -> String {
    guard let asked = options.top else { return identifier(design.name) }
    guard identifier(asked) == asked, !Self.reservedModules.contains(asked) else {
      throw .topNameIsIllegal(asked)
    }
    return asked
  }

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
