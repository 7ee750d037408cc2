// The border between host and hardware: which integers cross it, and what they stand for.

import Diagnostics
import FixedPoint
import GraphIR
import Lowering

/// What the host does for the hardware: preprocessing and quantizing inputs, reading results.
public struct HostInterface: Sendable {
  /// Everything in front of the hardware: ends in the quantizers at its inputs.
  private let host: Evaluator
  /// Everything the hardware does, on inputs that are quantized already.
  private let core: Evaluator
  private let inputs: [(name: String, shape: Shape, formats: [FixedFormat])]
  public let outputFormats: [FixedFormat]

  /// `graph` is an optimized graph, `outputFormats` are those of its design's output elements.
  public init(_ graph: Graph, outputFormats: [FixedFormat]) throws(Diagnostic) {
    let shapes = try graph.inferShapes()
    let borders = Lowering.borders(of: graph)
    inputs = borders.map { id in
      (graph[id].name, shapes[id.index], Lowering.inputFormats(of: id, graph, shapes[id.index]))
    }
    self.outputFormats = outputFormats
    var front = graph
    front.outputs = borders
    for border in borders { front[border].epilogue = [] }
    front.removeUnreachableNodes()
    host = Evaluator(front, arithmetic: .exact)

    // The integers enter as the reals they stand for, which the border's quantizer keeps.
    var back = graph
    for (border, channel) in zip(borders, inputs) {
      let input = back.append(
        back.freshName(channel.name + "_integers"), .input(Input(shape: channel.shape)))
      back[border].inputs = [input]
      if let format = back[border].op.exactFormat {
        // Hardware takes any integer of the format, also one that the host never sends.
        back[border].op = .quantize(Quantize(format, .floor, .wrap))
      }
    }
    back.sortNodes()
    let ownInputs = Set(inputs.map { $0.name + "_integers" })
    for index in back.nodes.indices {
      // The model's own inputs are no longer read.
      if case .input(let old) = back.nodes[index].op, !ownInputs.contains(back.nodes[index].name) {
        back.nodes[index].op = .constant(
          Constant(shape: old.shape, real: [Float](repeating: 0, count: old.shape.count)))
      }
    }
    back.removeUnreachableNodes()
    core = Evaluator(back, arithmetic: .exact)
  }

  /// The formats of a frame's elements, all input channels one after the other.
  public var inputFormats: [FixedFormat] { inputs.flatMap(\.formats) }

  /// The integers the hardware gets for raw values of the model's inputs.
  public func frame(_ raw: [[Double]]) -> [Int64] {
    zip(host.outputs(raw), inputs).flatMap { value, channel -> [Int64] in
      guard case .fixed(let tensor) = value else { preconditionFailure("a border is exact") }
      return integers(tensor, channel.formats)
    }
  }

  /// The integers the hardware must return for a frame: by the graph's exact evaluator.
  public func expected(_ frame: [Int64]) -> [Int64] {
    var rest = frame[...]
    let reals = inputs.map { channel -> [Double] in
      let part = rest.prefix(channel.formats.count)
      rest = rest.dropFirst(channel.formats.count)
      return zip(part, channel.formats).map { Double($0) * step($1) }
    }
    guard case .fixed(let tensor) = core.outputs(reals)[0] else {
      preconditionFailure("the hardware's output is exact")
    }
    return integers(tensor, outputFormats)
  }

  /// The numbers that a result stands for.
  public func values(_ result: [Int64]) -> [Double] {
    zip(result, outputFormats).map { Double($0) * step($1) }
  }

  private func integers(_ tensor: FixedTensor, _ formats: [FixedFormat]) -> [Int64] {
    formats.indices.map { tensor.integer(at: $0, in: formats[$0]) }
  }

  private func step(_ format: FixedFormat) -> Double {
    Double(sign: .plus, exponent: -format.fraction, significand: 1)
  }
}
