// What hardware takes of an FPGA, and what a part or a budget offers.

/// Counts of an FPGA's resources: additive, and comparable component by component.
///
/// Block RAM is counted in blocks of 18 Kb: a RAMB36 of the vendor's tables is two of them, because
/// either half works alone and most memories of a network need no more than a half.
public struct Resources: Hashable, Sendable {
  public enum Kind: Int, CaseIterable, Sendable {
    case lut, ff, dsp, bram18, uram

    /// As in `--budget lut=…`.
    public var key: String {
      switch self {
      case .lut: "lut"
      case .ff: "ff"
      case .dsp: "dsp"
      case .bram18: "bram"
      case .uram: "uram"
      }
    }

    /// As in a table's header.
    public var title: String { key.uppercased() }
  }

  /// Look-up tables, those used as memory and shift registers included.
  public var lut: Int
  /// Flip-flops.
  public var ff: Int
  /// Multipliers of at least 16 x 16 bits, with their adder.
  public var dsp: Int
  /// Block RAMs of 18 Kb.
  public var bram18: Int
  /// UltraRAMs of 288 Kb.
  public var uram: Int

  public init(lut: Int = 0, ff: Int = 0, dsp: Int = 0, bram18: Int = 0, uram: Int = 0) {
    self.lut = lut
    self.ff = ff
    self.dsp = dsp
    self.bram18 = bram18
    self.uram = uram
  }

  public static let zero = Resources()

  public subscript(kind: Kind) -> Int {
    get {
      switch kind {
      case .lut: lut
      case .ff: ff
      case .dsp: dsp
      case .bram18: bram18
      case .uram: uram
      }
    }
    set {
      switch kind {
      case .lut: lut = newValue
      case .ff: ff = newValue
      case .dsp: dsp = newValue
      case .bram18: bram18 = newValue
      case .uram: uram = newValue
      }
    }
  }

  public static func + (a: Resources, b: Resources) -> Resources {
    Resources(
      lut: a.lut + b.lut, ff: a.ff + b.ff, dsp: a.dsp + b.dsp, bram18: a.bram18 + b.bram18,
      uram: a.uram + b.uram)
  }

  public static func += (a: inout Resources, b: Resources) { a = a + b }

  /// `count` copies of the same hardware.
  public static func * (count: Int, a: Resources) -> Resources {
    Resources(
      lut: count * a.lut, ff: count * a.ff, dsp: count * a.dsp, bram18: count * a.bram18,
      uram: count * a.uram)
  }

  /// Half of each, rounded down.
  public var halved: Resources {
    Resources(lut: lut / 2, ff: ff / 2, dsp: dsp / 2, bram18: bram18 / 2, uram: uram / 2)
  }

  /// Whether no component is larger than that of `limits`.
  public func fits(in limits: Resources) -> Bool {
    Kind.allCases.allSatisfy { self[$0] <= limits[$0] }
  }

  /// How much of `capacity` one kind takes; where there is none of it, each one used counts as 100 %.
  public func fraction(_ kind: Kind, of capacity: Resources) -> Double {
    Double(self[kind]) / Double(max(capacity[kind], 1))
  }

  /// The kind that takes the largest fraction of `capacity`, the first of equal ones.
  public func scarcest(of capacity: Resources) -> Kind {
    Kind.allCases.reduce(.lut) {
      fraction($1, of: capacity) > fraction($0, of: capacity) ? $1 : $0
    }
  }
}

extension Resources: CustomStringConvertible {
  /// `1200 LUT, 4 DSP`: what is not zero; `nothing` where all is.
  public var description: String {
    let parts = Kind.allCases.filter { self[$0] != 0 }.map { "\(self[$0]) \($0.title)" }
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }
}
