// What the manifest says of the ports beside the frames': streams of weights, counters.

import DataflowIR
import FileFormats
import VerilogBackend

extension WeightStream {
  /// The file of its bytes.
  public var path: String { "weights/\(port.dropFirst(2).dropLast("_axis".count)).bin" }

  /// What a host needs for the stream.
  var json: JSONValue {
    .object(
      JSONObject([
        .init("layer", .string(layer)), .init("port", .string(port)), .init("file", .string(path)),
        .init("width", JSONValue(width)), .init("beats_per_word", JSONValue(beatsPerWord)),
        .init("beats", JSONValue(beats)), .init("repeats_per_frame", JSONValue(repeats)),
        .init("vectors", .string(vectorPath)),
      ]))
  }
}

extension Design {
  /// The counters of every kernel, and what it does in a frame.
  var profileMap: JSONValue {
    .array(
      kernels.enumerated().map { index, kernel in
        let work = work(of: kernel)
        return .object(
          JSONObject([
            .init("kernel", .string(kernel.name)), .init("computes", .string(kernel.summary)),
            .init("step_address", JSONValue(4 + 12 * index)),
            .init("starved_address", JSONValue(8 + 12 * index)),
            .init("blocked_address", JSONValue(12 + 12 * index)),
            .init("multipliers", JSONValue(work.multipliers)),
            .init("products_per_frame", JSONValue(work.products)),
          ]))
      })
  }

  /// Multipliers of a kernel, and the products of a frame that are not of padding or left out.
  private func work(of kernel: Kernel) -> (multipliers: Int, products: Int) {
    let (input, output) = (self[kernel.inputs[0]], self[kernel.outputs[0]])
    if case .matrixVector(let product) = kernel.body {
      return (product.weightsPerWord, product.products(from: input, to: output))
    }
    if case .sparseMatrixVector(let product) = kernel.body {
      let weights = product.program.weights.count { $0 != 0 }
      return (product.shape.multipliers, weights * input.beats / product.shape.beats)
    }
    return (0, 0)
  }
}
