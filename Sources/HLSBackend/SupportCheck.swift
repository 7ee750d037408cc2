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
      }
    }
  }
}

extension Diagnostic {
  static func hlsEmptyChannel(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "hls.empty-channel", at: Location(path: name), "a frame without elements has no port")
  }

  static func hlsWideComparison(_ kernel: String) -> Diagnostic {
    Diagnostic(
      id: "hls.wide-comparison", at: Location(path: kernel),
      "it compares values that need more than \(HLSBackend.widestComparison) bits side by side",
      suggestion: "quantize the values to fewer bits before they are compared")
  }
}
