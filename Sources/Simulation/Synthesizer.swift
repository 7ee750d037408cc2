// Synthesizes an emitted folder with Yosys and counts what it takes of an FPGA.

import Diagnostics
import FileFormats
import Foundation

/// Resources of one family's kind: LUTs of 6 inputs on Xilinx parts, of 4 on Lattice parts.
public struct ResourceCount: Hashable, Sendable {
  /// Logic, distributed memory and shift registers.
  public var lut = 0
  public var ff = 0
  public var carry = 0
  public var dsp = 0
  public var bram = 0

  public init() {}

  public var json: JSONValue {
    [
      "lut": .integer(Int64(lut)), "ff": .integer(Int64(ff)), "carry": .integer(Int64(carry)),
      "dsp": .integer(Int64(dsp)), "bram": .integer(Int64(bram)),
    ]
  }

  /// Adds `count` cells of Yosys' name `cell`.
  mutating func add(_ cell: String, _ count: Int) {
    switch cell {
    case "LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6", "SRL16E", "SRLC16E", "SRLC32E", "SB_LUT4",
      "RAM32X1S", "RAM64X1S":
      lut += count
    case "RAM32X1D", "RAM64X1D", "RAM128X1S", "TRELLIS_DPR16X4": lut += 2 * count
    case "RAM32M", "RAM64M", "RAM128X1D", "RAM256X1S": lut += 4 * count
    case "RAM32M16", "RAM64M8", "RAM256X1D", "RAM512X1S": lut += 8 * count
    case "CARRY4", "CARRY8", "CCU2C", "SB_CARRY": carry += count
    case "DSP48E1", "DSP48E2", "MULT18X18D", "SB_MAC16": dsp += count
    case "RAMB18E1", "RAMB18E2", "RAMB36E1", "RAMB36E2", "DP16KD", "SB_RAM40_4K": bram += count
    case "TRELLIS_FF": ff += count
    default:
      if cell.hasPrefix("FD") || cell.hasPrefix("SB_DFF") { ff += count }
    }
  }
}

public enum Synthesizer {
  public enum Family: String, CaseIterable, Sendable {
    /// Xilinx UltraScale+.
    case xcup
    /// Xilinx 7 series.
    case xc7
    case ecp5
    case ice40

    var pass: String {
      switch self {
      case .xcup, .xc7: "synth_xilinx -family \(rawValue) -flatten -noiopad -noclkbuf"
      case .ecp5: "synth_ecp5"
      case .ice40: "synth_ice40"
      }
    }
  }

  /// Synthesizes the project's top module.
  public static func run(
    _ project: EmittedProject, family: Family = .xcup, timeout: Double = 3600
  ) throws(Diagnostic) -> ResourceCount {
    let yosys = try Tool.yosys.required()
    let workspace = try TemporaryFolder("yosys")
    let text = try workspace.use { () throws(Diagnostic) in
      try statistics(of: project, family, yosys: yosys, in: workspace, timeout: timeout)
    }
    return try count(text)
  }

  /// What `stat -json` prints about the synthesized project.
  private static func statistics(
    of project: EmittedProject, _ family: Family, yosys: String, in workspace: TemporaryFolder,
    timeout: Double
  ) throws(Diagnostic) -> String {
    let report = workspace.path + "/stat.json"
    // A script in a file, because names may hold what a command line would split; `tee` takes no
    // quotes, so Yosys runs where its report goes.
    let reads = project.files.map { "read_verilog \"\(absolute(project.folder))/\($0)\"\n" }
      .joined()
    // Memories are read relative to the project's folder.
    try? FileManager.default.createSymbolicLink(
      atPath: workspace.path + "/rtl", withDestinationPath: absolute(project.folder) + "/rtl")
    let script = try workspace.write(
      "synth.ys",
      reads + "\(family.pass) -top \(project.top)\ntee -q -o stat.json stat -json\n")
    _ = try ChildProcess.run(yosys, ["-q", "-s", script], in: workspace.path, timeout: timeout)
      .succeeded(.yosys, "synthesizing \(project.top)")
    guard let data = FileManager.default.contents(atPath: report) else {
      throw .noVerdict(.yosys, [])
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Reads `stat -json`: the cells of the whole design.
  static func count(_ text: String) throws(Diagnostic) -> ResourceCount {
    // Yosys 0.23 prints banners around the object.
    guard let open = text.firstIndex(of: "{"), let close = text.lastIndex(of: "}") else {
      throw .noVerdict(.yosys, [String(text.prefix(200))])
    }
    let report = try JSONField(parsing: String(text[open...close]), file: "stat.json")
    var resources = ResourceCount()
    let cells = try report.member("design").member("num_cells_by_type")
    for cell in try cells.members() { resources.add(cell.key, try cell.value.integer()) }
    return resources
  }
}
