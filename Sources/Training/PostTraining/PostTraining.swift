// Post-training quantization: a float graph and a few samples in, exact integers out.

import Diagnostics
import FixedPoint
import Foundation
import GraphIR
import GraphPasses

/// Quantizes a float model.
///
/// Weights, biases and the operands of every layer become integers; sums stay exact until the next
/// layer needs its operands. With power-of-two scales a requantization is one `quantize`; with free
/// scales values are in units of their own, and a `multiply` by a 16-bit constant stands before the
/// `quantize`.
///
/// ```
/// fc1             = dense(input_quantized, fc1/kernel, fc1/bias)       integers of a format per channel
/// relu1           = relu(fc1)
/// relu1_quantized = quantize(relu1) {format: u8f5, …}
/// ```
///
/// - Parameters:
///   - model: a float graph with one input.
///   - samples: raw samples, in the order of the data set; ranges are taken from them.
/// - Throws: `quantize.already` when the model is quantized, `quantize.samples` without samples,
///   `quantize.unsupported` for ops without a quantized form.
public func quantized(
  _ model: Graph, _ calibration: Calibration, samples: [[Double]]
) throws(Diagnostic) -> Graph {
  guard !samples.isEmpty else { throw .calibrationSamplesMissing() }
  var graph = model
  let passes: [any GraphPass.Type] = [FoldConstants.self, FoldBatchNorm.self]
  try GraphPipeline.run(passes, on: &graph, PassContext(output: .scores))
  graph.separateEpilogues()
  for node in graph.nodes {
    switch node.op {
    case .quantize, .requantize: throw .alreadyQuantized(node.name)
    default: break
    }
    if case .constant(let constant) = node.op, case .fixed = constant.elements {
      throw .alreadyQuantized(node.name)
    }
  }
  let watched = graph.ids.filter { id in
    if case .constant = graph[id].op { false } else { true }
  }
  let statistics = ActivationStatistics(graph, watched, samples: samples)
  var rewriter = QuantizationRewriter(graph, calibration, statistics)
  for id in graph.ids { try rewriter.rewrite(id) }
  var result = rewriter.finished()
  result.provenance.append(Provenance("calibration", calibration.summary))
  return result
}

extension Calibration {
  /// The choices in one line, e.g. for a model's provenance.
  public var summary: String {
    "\(weightBits)-bit weights per \(granularity.rawValue), \(activationBits)-bit activations, "
      + "\(scales.rawValue) scales, \(method) on \(samples) samples"
      + (correctsBias ? ", biases corrected" : "")
  }
}

extension Diagnostic {
  static func calibrationSamplesMissing() -> Diagnostic {
    Diagnostic(
      id: "quantize.samples", "there are no samples to calibrate with",
      suggestion: "name a data set with --calibrate, and at least one sample")
  }

  static func alreadyQuantized(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "quantize.already", at: Location(path: node),
      "the model is quantized already", suggestion: "quantize the float model it was made from")
  }

  static func unquantizable(_ node: String, _ op: String) -> Diagnostic {
    Diagnostic(
      id: "quantize.unsupported", at: Location(path: node),
      "the op \(op) has no quantized form here",
      suggestion: "replace it, or quantize the model while it is trained")
  }
}
