// Running a design on one frame.

import FixedPoint

extension Design {
  /// The output channels' integers for one frame of the input channels' integers, each in its
  /// element's format.
  public func evaluate(_ frame: [[Int64]]) -> [[Int64]] {
    var data = [[Int64]](repeating: [], count: channels.count)
    for (id, elements) in zip(inputs, frame) {
      precondition(elements.count == self[id].formats.count, "frame does not fit \(self[id].name)")
      data[id.index] = elements
    }
    for kernel in kernels {
      var results: [Int64]
      switch kernel.body {
      case .scalar(let graph): results = graph.evaluate(kernel.inputs.map { data[$0.index] })
      }
      for output in kernel.outputs {
        let count = self[output].formats.count
        data[output.index] = Array(results.prefix(count))
        results.removeFirst(count)
      }
    }
    return outputs.map { data[$0.index] }
  }
}
