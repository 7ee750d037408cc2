// Fills the templates around the C++: bench, Makefile, scripts and README. Names and numbers only.

import DataflowIR
import FixedPoint

struct ProjectHoles {
  let options: HLSOptions
  let design: Design
  let names: DesignNames
  let top: TopFunction

  /// Frames in the vendor's RTL simulation.
  static let cosimFrames = 4

  var isAxis: Bool { top.axisWidth != nil }

  /// What is written, and from which template.
  var files: [(path: String, template: String)] {
    [
      ("tb/\(names.top)_tb.cpp", "templates/hls/\(isAxis ? "axis" : "plain")_tb.cpp"),
      ("Makefile", "templates/hls/Makefile"),
      ("vitis_hls.tcl", "templates/hls/vitis_hls.tcl"),
      ("hls_config.cfg", "templates/hls/hls_config.cfg"),
      ("README.md", "templates/hls/README.md"),
    ]
  }

  /// The template of the README's section on the interface.
  var interfaceTemplate: String { "templates/hls/\(isAxis ? "axis" : "plain")_interface.md" }

  var values: [String: String] {
    var values = [
      "TOP": names.top,
      "NETWORK": Comments.line(design.name),
      "PART": options.part,
      "CLOCK": "\(options.clock)",
      "INTERVAL": "\(top.interval)",
      "SOURCES": sources.joined(separator: " "),
      "SYN_FILES": sources.map { "syn.file=\($0)" }.joined(separator: "\n"),
      "COSIM_FRAMES": "\(Self.cosimFrames)",
      "IN_WORDS": "\(top.input.wordCount)",
      "IN_WIDTH": "\(top.input.wordWidth)",
      "IN_LANE": "\(top.input.laneWidth ?? 0)",
      "OUT_WORDS": "\(top.output.wordCount)",
      "OUT_WIDTH": "\(top.output.wordWidth)",
      "OUT_LANE": "\(top.output.laneWidth ?? 0)",
      "INPUT": describe(design.inputs),
      "OUTPUT": describe(design.outputs),
      "LAYERS": layers,
    ]
    values.merge(plain) { $1 }
    return values
  }

  private var sources: [String] {
    ([names.top] + names.functions).map { "firmware/\($0).cpp" }
  }

  private var layers: String {
    zip(names.functions, design.kernels).map { function, kernel in
      "| `firmware/\(function).cpp` | \(Comments.line(kernel.summary).replacing("|", with: "/")) |"
    }.joined(separator: "\n")
  }

  private func describe(_ ids: [Channel.ID]) -> String {
    ids.map { id in
      let channel = design[id]
      let formats = Set(channel.formats).count
      let format = formats == 1 ? "`\(channel.formats[0].fixedType)`" : "\(formats) formats"
      return "`\(top.name(id))`: \(Comments.extents(channel)), \(format)"
    }.joined(separator: "; ")
  }

  // MARK: The bench of the plain interface

  private var plain: [String: String] {
    if isAxis { return [:] }
    var frames = ""
    var load = ""
    var store = ""
    let ports = top.ports
    for port in ports { frames += "  \(port.frame.variable(port.name))\n" }
    var offset = 0
    for port in ports.prefix(design.inputs.count) {
      load += elements(of: port.frame, &offset) { element, low, width in
        "\(port.name)\(element).range() = ap_uint<\(width)>(take(in, \(low), \(width)));"
      }
    }
    offset = 0
    for port in ports.dropFirst(design.inputs.count) {
      store += elements(of: port.frame, &offset) { element, low, width in
        "put(out, \(low), \(width), nn::bits(\(port.name)\(element)).to_uint64());"
      }
    }
    return [
      "FRAMES": frames, "LOAD": String(load.dropLast()), "STORE": String(store.dropLast()),
      "ARGUMENTS": ports.map(\.name).joined(separator: ", "),
    ]
  }

  private func elements(
    of frame: FrameType, _ offset: inout Int,
    statement: (_ element: String, _ low: String, _ width: Int) -> String
  ) -> String {
    defer { offset += frame.channel.width }
    if let format = frame.uniform {
      let body = statement("[i]", "\(offset) + \(format.width) * i", format.width)
      return "    for (int i = 0; i < \(frame.count); i++) \(body)\n"
    }
    var text = ""
    var low = offset
    for (index, format) in frame.channel.formats.enumerated() {
      text += "    " + statement(".e\(index)", "\(low)", format.width) + "\n"
      low += format.width
    }
    return text
  }
}

/// `template` with every hole `@NAME@` that has a value filled.
func fill(_ template: String, _ values: [String: String]) -> String {
  // Between two @ stands a hole, or text that is none: a Makefile's @, an e-mail address.
  var text = ""
  var rest = template[...]
  while let open = rest.firstIndex(of: "@") {
    text += rest[..<open]
    let after = rest.index(after: open)
    if let close = rest[after...].firstIndex(of: "@"),
      let value = values[String(rest[after..<close])]
    {
      text += value
      rest = rest[rest.index(after: close)...]
    } else {
      text += "@"
      rest = rest[after...]
    }
  }
  return text + rest
}
