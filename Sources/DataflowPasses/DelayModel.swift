// How long a scalar op takes: a rough model of one LUT level plus a carry chain.

import DataflowIR
import FixedPoint

/// Delays in nanoseconds, in the manner of a mid-range 28 nm to 16 nm FPGA, routing included.
///
/// The constants decide only where registers go; no result depends on them.
public struct DelayModel: Hashable, Sendable {
  /// Clock-to-out, set-up and skew of a register.
  public var register = 0.5
  /// One level of LUTs with its routing.
  public var lut = 0.6
  /// An adder's first bit, and each further one.
  public var adder = 0.9
  public var carry = 0.025

  public init() {}

  /// The delay of `value`, given its operands in `graph`.
  public func delay(of value: ScalarValue, in graph: ScalarGraph) -> Double {
    func chain(_ width: Int) -> Double { adder + carry * Double(width) }
    switch value.op {
    case .input, .constant: return 0
    case .sum(let terms):
      let isWires = terms.count == 1 && !terms[0].isNegated || graph.joinsBits(terms)
      return isWires ? 0 : chain(value.format.width)
    case .relu: return lut
    case .select: return lut
    case .less(let a, let b):
      return chain(max(graph[a].format.width, graph[b].format.width))
    case .quantize(let a, let quantizer):
      let width = graph[a].format.width
      let cutsBits = graph[a].format.fraction > quantizer.format.fraction
      let rounds = cutsBits && quantizer.rounding != .floor
      let saturates = quantizer.overflow != .wrap
      return (rounds ? chain(width) : 0) + (saturates ? 2 * lut : 0)
    case .table(_, let table):
      // Six inputs fit one LUT; wider tables add multiplexers.
      return lut * (1 + 0.5 * Double(max(graph.tables[table.index].indexFormat.width - 6, 0)))
    }
  }
}
