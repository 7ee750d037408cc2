// Everything a user can decide about a compilation.

import DataflowIR
import DataflowPasses
import Diagnostics
import GraphPasses

public struct CompileOptions: Sendable {
  public enum Target: String, CaseIterable, Sendable {
    case verilog, vitis
  }

  public enum Interface: String, CaseIterable, Sendable {
    /// AXI4-Stream on both sides.
    case axis
    /// A whole frame per cycle and a valid bit.
    case plain
  }

  /// How hardware is shared over a frame.
  public enum Strategy: String, CaseIterable, Sendable {
    /// Unrolled where the network is small, else streaming.
    case auto
    /// Every product has hardware of its own: a frame per cycle.
    case unrolled
    /// Streaming: layers unrolled per position or folded onto few multipliers.
    case folded
  }

  /// Where the weights of folded layers stand.
  public enum Weights: Hashable, Sendable {
    /// In memories beside the engines.
    case `internal`
    /// Outside, for the layers of these names; for all folded ones when there are none.
    case external(layers: [String])
  }

  public var target = Target.verilog
  public var strategy = Strategy.auto
  /// Cycles per frame to plan streaming hardware for; nil for one input position per cycle.
  public var interval: Int?
  public var interface = Interface.axis
  /// Bits of the AXI4-Stream data: 8 to 1024, a power of two.
  public var axisWidth = 64
  /// The clock period in nanoseconds.
  public var clock = 5.0
  public var part = "xcvu9p-flga2104-2L-e"
  /// What streaming hardware may take; what it says nothing about, `part` decides.
  public var budget = Budget()
  /// Without an interval: whether streaming hardware is as fast as `part` and `budget` allow, and not of
  /// one input position per cycle.
  public var fillsPart = false
  public var weights = Weights.internal
  /// Bits of the ports through which weights come: 8 to 1024, a power of two.
  public var weightWidth = 64
  /// Whether streaming hardware counts what its kernels do.
  public var isProfiled = false
  /// The name of the top module; nil for the model's name.
  public var top: String?
  public var output = PassContext.Output.automatic
  /// How many random frames the test vectors have.
  public var vectorFrames = 64
  public var seed: UInt64 = 1
  public var verifyEach = false

  public init() {}

  /// What a design has to fit in: the budget, and the part's resources where that says nothing.
  public func limits() throws(Diagnostic) -> Resources {
    if budget.isComplete { return budget.limiting(.zero) }
    return budget.limiting(try Part(named: part).resources)
  }

  var graphContext: PassContext { PassContext(output: output) }
  var dataflowContext: DataflowContext { DataflowContext(clock: clock) }
}
