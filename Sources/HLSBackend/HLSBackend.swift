// Writes a design as a Vitis HLS project: C++ per layer, the top, a bench, and what runs them.

import DataflowIR
import Diagnostics
import FixedPoint

public struct HLSOptions: Hashable, Sendable {
  public enum Interface: Hashable, Sendable {
    /// AXI4-Stream on both sides, with beats of so many bits: a power of two, 8 to 1024.
    case axis(width: Int)
    /// Whole frames: arrays with a valid signal, a new frame every cycle.
    case plain
  }

  public var interface: Interface
  /// The name of the top function; the design's when nil.
  public var top: String?
  public var part: String
  /// The clock period in nanoseconds.
  public var clock: Double

  public init(
    interface: Interface = .axis(width: 64), top: String? = nil,
    part: String = "xcvu9p-flga2104-2L-e", clock: Double = 5
  ) {
    self.interface = interface
    self.top = top
    self.part = part
    self.clock = clock
  }
}

/// The files of a design in C++, and how to talk to its top function.
public struct HLSProject: Sendable {
  public struct File: Hashable, Sendable {
    /// Relative to the output folder, e.g. `hls/firmware/mlp.cpp`.
    public var path: String
    public var text: String
  }

  public var top: String
  public var files: [File]
  /// How frames lie in the vector files `tb/vectors/{stimulus,expected}.hex` beside `hls/`.
  public var input: FrameLayout
  public var output: FrameLayout
  /// Cycles between two frames at full rate, as asked of the tool.
  public var interval: Int
}

/// Emits C++. `asset` reads a file of the repository's `templates/` and `sim/`, by its path.
public struct HLSBackend {
  private let options: HLSOptions
  private let asset: (String) throws -> String

  public init(options: HLSOptions = HLSOptions(), asset: @escaping (String) throws -> String) {
    self.options = options
    self.asset = asset
  }

  /// All files but the vectors. Throws a `Diagnostic` where the options do not suit the design, or
  /// a layer is of a kind this backend does not know.
  public func emit(_ design: Design) throws -> HLSProject {
    try checkSupported(design)
    let names = try DesignNames(design, top: options.top)
    let input = try layout(design.inputs.flatMap { design[$0].formats }, of: "input")
    let output = try layout(design.outputs.flatMap { design[$0].formats }, of: "output")
    let top = TopFunction(design: design, names: names, input: input, output: output)

    var files: [HLSProject.File] = []
    func add(_ path: String, _ text: String) {
      files.append(.init(path: "hls/" + path, text: text))
    }
    add("firmware/nn_arith.h", try asset("templates/hls/nn_arith.h"))
    add("firmware/\(names.top).h", top.header)
    add("firmware/\(names.top).cpp", top.source)
    for (index, kernel) in design.kernels.enumerated() {
      let function = LayerFunction(kernel, index: index, design: design, names: names)
      add("firmware/\(function.name).cpp", function.source)
      if let weights = WeightTable(
        kernel, function: function.name,
        inputCounts: kernel.inputs.map { design[$0].formats.count })
      {
        add("weights/\(function.name).h", weights.header)
      }
    }
    if files.contains(where: { $0.path.hasPrefix("hls/weights/") }) {
      add("tb/weight_check.h", try asset("templates/hls/weight_check.h"))
    }
    add("sim/hls_stream.h", try asset("sim/hls/hls_stream.h"))
    add("sim/ap_axi_sdata.h", try asset("sim/hls/ap_axi_sdata.h"))
    add("tb/vectors.h", try asset("templates/hls/vectors.h"))
    let holes = ProjectHoles(options: options, design: design, names: names, top: top)
    var values = holes.values
    values["INTERFACE"] = String(fill(try asset(holes.interfaceTemplate), values).dropLast())
    for file in holes.files { add(file.path, fill(try asset(file.template), values)) }
    return HLSProject(
      top: names.top, files: files, input: input, output: output, interval: top.interval)
  }

  private func layout(_ formats: [FixedFormat], of side: String) throws(Diagnostic) -> FrameLayout {
    switch options.interface {
    case .plain: return FrameLayout(packed: formats)
    case .axis(let width):
      guard (8...1024).contains(width), width & (width - 1) == 0 else {
        throw .hlsAxisWidth(width, "it is no power of two from 8 to 1024")
      }
      guard let layout = FrameLayout(lanes: formats, wordWidth: width) else {
        let widest = formats.map(\.width).max() ?? 0
        throw .hlsAxisWidth(width, "an element of the \(side) has \(widest) bits")
      }
      return layout
    }
  }
}

extension Diagnostic {
  static func hlsAxisWidth(_ width: Int, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "hls.axis-width", "an AXI4-Stream of \(width) bits does not suit this network: \(reason)",
      suggestion: "choose another --axis-width: a power of two, 8 to 1024")
  }
}
