import Diagnostics
import FixedPoint
import GraphIR

/// Narrows quantizers to the bits that somebody reads.
///
/// ```
/// h = dense(x, w) |> quantize() {format: s12f4, rounding: floor, overflow: wrap}
/// y = quantize(h) {format: s6f2, rounding: floor, overflow: wrap}
/// ```
/// becomes the same with `s8f2` instead of `s12f4`… down to the bits of weight 2^3 … 2^-2 that y
/// reads. High bits go where users compute modulo a power of two, low bits where users cut them
/// off. The interface of the hardware, a quantizer on the network's input, stays.
public struct NarrowFormats: GraphPass {
  public static let name = "narrow-formats"
  public static let summary = "narrow quantizers to the bits that are read"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    let shapes = try graph.inferShapes()
    let isExact = graph.isExact
    let demands = graph.inferDemands(shapes: shapes, ranges: try graph.inferRanges())
    for id in graph.ids {
      let node = graph[id]
      var demand = demands[id.index]
      for position in node.epilogue.indices.reversed() {
        if case .quantize(let quantize) = node.epilogue[position] {
          graph[id].epilogue[position] = .quantize(narrow(quantize, to: demand))
        }
        demand = node.epilogue[position].demandOnOperand(demand)
      }
      if case .quantize(let quantize) = node.op, isExact[node.inputs[0].index] {
        graph[id].op = .quantize(narrow(quantize, to: demand))
      }
    }
  }

  private func narrow(_ quantize: Quantize, to demand: [Demand]) -> Quantize {
    var narrowed = quantize
    narrowed.format = TensorFormat(
      repeating: demand.indices.map { index in
        narrow(quantize.quantizer(of: index), to: demand[index])
      })
    return narrowed
  }

  private func narrow(_ quantizer: Quantizer, to demand: Demand) -> FixedFormat {
    let format = quantizer.format
    if demand.isNone { return FixedFormat(signed: false, width: 0, fraction: format.fraction) }
    var (width, fraction) = (format.width, format.fraction)
    // Low bits: cutting twice downwards is cutting once. The sign stays: it is every higher bit.
    if quantizer.rounding == .floor, quantizer.overflow == .wrap, -demand.low < fraction, width > 0
    {
      let cut = min(fraction + demand.low, format.isSigned ? width - 1 : width)
      (width, fraction) = (width - cut, fraction - cut)
    }
    // High bits: wrapping twice is wrapping once.
    if quantizer.overflow == .wrap { width = min(width, max(demand.high + fraction, 0)) }
    return FixedFormat(signed: format.isSigned, width: width, fraction: fraction)
  }
}
