// The FPGAs that nncc knows, with what they offer.

import Diagnostics

/// A device, whatever its package and speed grade.
public struct Part: Hashable, Sendable {
  /// The names of `yosys synth_…`; a part that Yosys has no pass of its own for has the nearest one.
  public enum Family: String, CaseIterable, Sendable {
    /// UltraScale and UltraScale+.
    case xcup
    /// 7 series.
    case xc7
    case ecp5
    case ice40
  }

  public var name: String
  public var resources: Resources
  public var family: Family

  /// The device of an ordering code, in either case: `xcvu9p-flga2104-2L-e` and `XC7Z020CLG400-1`
  /// begin with the names of their devices. An ECP5 with transceivers, `LFE5UM-85F`, has the fabric
  /// of the one without.
  public init(named code: String) throws(Diagnostic) {
    var lowered = code.lowercased()
    for prefix in ["lfe5um5g-", "lfe5um-"] where lowered.hasPrefix(prefix) {
      lowered = "lfe5u-" + lowered.dropFirst(prefix.count)
    }
    // The longest name, should one be the beginning of another.
    let match = Part.table.filter { lowered.hasPrefix($0.name) }.max {
      $0.name.count < $1.name.count
    }
    guard let match else { throw .unknownPart(code, nearest: Part.nearest(to: lowered)) }
    self = match
  }

  /// All parts, sorted by vendor and size.
  public static let all = table

  /// The three names that the beginning of `code` is most like.
  static func nearest(to code: String) -> [String] {
    let ranked = table.enumerated().map { index, part in
      (mistakes: mistakes(part.name, in: code), index: index, name: part.name)
    }.sorted { ($0.mistakes, $0.index) < ($1.mistakes, $1.index) }
    return ranked.prefix(3).map(\.name)
  }

  /// How many letters must change to make `name` the beginning of `code`.
  private static func mistakes(_ name: String, in code: String) -> Int {
    let code = Array(code)
    var row = Array(0...code.count)
    for (i, letter) in name.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in code.indices {
        let replaced = diagonal + (letter == code[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row.min()!
  }
}

extension Part {
  fileprivate init(_ name: String, _ family: Family, _ resources: Resources) {
    self.name = name
    self.resources = resources
    self.family = family
  }

  /// A device of Intel: an ALM counts as one LUT of six inputs with one bit of carry, which is safe:
  /// it holds any function of six inputs, and often two smaller ones or two bits of an adder. It has
  /// four registers; a DSP block multiplies two pairs of 18 bits; memory is counted by its bits.
  fileprivate init(_ name: String, alms: Int, dspBlocks: Int, memories: Int, memoryBits: Int) {
    self.init(
      name, .xc7,
      Resources(
        lut: alms, ff: 4 * alms, dsp: 2 * dspBlocks, bram18: Part.bram18(memories, of: memoryBits)))
  }

  /// Blocks of 18 Kb that `count` blocks of other sizes amount to.
  private static func bram18(_ count: Int, of bits: Int) -> Int { count * bits / 18_432 }

  /// Counts are those that the placers report as available (Vivado, Quartus, nextpnr); the product
  /// tables round them, and for xc7a200t DS180 has 800 LUTs more than can be placed. Memory of the
  /// iCE40 is counted by its bits, 4 Kb a block; the UltraPlus' single-port RAMs are not counted.
  private static let table: [Part] = [
    Part("xc7a35t", .xc7, Resources(lut: 20_800, ff: 41_600, dsp: 90, bram18: 100)),
    Part("xc7a100t", .xc7, Resources(lut: 63_400, ff: 126_800, dsp: 240, bram18: 270)),
    Part("xc7a200t", .xc7, Resources(lut: 133_800, ff: 269_200, dsp: 740, bram18: 730)),
    Part("xc7k325t", .xc7, Resources(lut: 203_800, ff: 407_600, dsp: 840, bram18: 890)),
    Part("xc7z010", .xc7, Resources(lut: 17_600, ff: 35_200, dsp: 80, bram18: 120)),
    Part("xc7z020", .xc7, Resources(lut: 53_200, ff: 106_400, dsp: 220, bram18: 280)),
    Part("xc7z045", .xc7, Resources(lut: 218_600, ff: 437_200, dsp: 900, bram18: 1090)),
    Part("xczu3eg", .xcup, Resources(lut: 70_560, ff: 141_120, dsp: 360, bram18: 432)),
    Part("xczu7ev", .xcup, Resources(lut: 230_400, ff: 460_800, dsp: 1728, bram18: 624, uram: 96)),
    Part("xczu9eg", .xcup, Resources(lut: 274_080, ff: 548_160, dsp: 2520, bram18: 1824)),
    Part("xcku115", .xcup, Resources(lut: 663_360, ff: 1_326_720, dsp: 5520, bram18: 4320)),
    Part(
      "xcvu9p", .xcup,
      Resources(lut: 1_182_240, ff: 2_364_480, dsp: 6840, bram18: 4320, uram: 960)),
    Part(
      "xcu250", .xcup,
      Resources(lut: 1_728_000, ff: 3_456_000, dsp: 12_288, bram18: 5376, uram: 1280)),
    Part("5cseba6", alms: 41_910, dspBlocks: 112, memories: 553, memoryBits: 10_240),
    Part("10as066", alms: 251_680, dspBlocks: 1687, memories: 2131, memoryBits: 20_480),
    Part("lfe5u-25", .ecp5, Resources(lut: 24_288, ff: 24_288, dsp: 28, bram18: 56)),
    Part("lfe5u-85", .ecp5, Resources(lut: 83_640, ff: 83_640, dsp: 156, bram18: 208)),
    Part(
      "ice40up5k", .ice40, Resources(lut: 5280, ff: 5280, dsp: 8, bram18: bram18(30, of: 4096))),
    Part("ice40hx8k", .ice40, Resources(lut: 7680, ff: 7680, bram18: bram18(32, of: 4096))),
  ]
}

extension Diagnostic {
  static func unknownPart(_ code: String, nearest: [String]) -> Diagnostic {
    Diagnostic(
      id: "part.unknown", "nncc does not know the resources of the part \(code)",
      notes: ["the nearest names are \(nearest.joined(separator: ", "))"],
      suggestion: "choose a part whose code begins with a known name, or say what there is: "
        + "--budget lut=…,ff=…,dsp=…,bram=…,uram=…")
  }
}
