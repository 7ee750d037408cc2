// What this backend cannot write is found before anything is written.

import DataflowIR
import Diagnostics

extension HLSBackend {
  /// The widest integer two operands of a comparison may need: more does not fit the evaluator.
  static let widestComparison = 64

  func checkSupported(_ design: Design) throws(Diagnostic) {
    for id in design.inputs + design.outputs where design[id].formats.isEmpty {
      throw .hlsEmptyChannel(design[id].name)
    }
    if design.isStreaming { throw .hlsStreaming(design.kernels.map(\.name)) }
    for kernel in design.kernels {
      // A switch over every kind of kernel, so that a new one is decided upon here.
      switch kernel.body {
      case .scalar(let graph):
        for value in graph.values {
          guard case .less(let a, let b) = value.op else { continue }
          if Comparison(graph[a].format, graph[b].format).width > Self.widestComparison {
            throw .hlsWideComparison(kernel.name)
          }
        }
      case .resize, .window, .matrixVector, .sparseMatrixVector, .reduce, .image, .argmax:
        throw .hlsStreaming([kernel.name])
      }
    }
  }
}

extension Diagnostic {
  static func hlsEmptyChannel(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "hls.empty-channel", at: Location(path: name), "a frame without elements has no port")
  }

  static func hlsStreaming(_ kernels: [String]) -> Diagnostic {
    Diagnostic(
      id: "hls.streaming",
      "Vitis HLS C++ is written for unrolled networks only; these layers are streamed or folded: "
        + kernels.joined(separator: ", "),
      suggestion: "compile with --target verilog, or a small network with --strategy unrolled")
  }

  static func hlsWideComparison(_ kernel: String) -> Diagnostic {
    Diagnostic(
      id: "hls.wide-comparison", at: Location(path: kernel),
      "it compares values that need more than \(HLSBackend.widestComparison) bits side by side",
      suggestion: "quantize the values to fewer bits before they are compared")
  }
}
