// Pooling layers.

import Diagnostics
import FileFormats
import GraphIR

extension KerasImporter {
  mutating func pooling(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    try call.requireChannelsLast()
    let x = try call.input()
    let rank = call.layer.className.hasSuffix("1D") ? 1 : 2
    let size = try call.extents(
      ["pool_size", "pool_length"], rank: rank, default: [2, 2].suffix(rank))
    let strides = try call.extents(["strides", "stride"], rank: rank, default: size)
    let window = PoolWindow(
      size: size, strides: strides,
      padding: try call.padding(builder.shape(x), size: size, strides: strides))
    return try append(
      call.layer.className.hasPrefix("Max")
        ? .maxPool(MaxPool(window)) : .averagePool(AveragePool(window)), [x], call)
  }

  mutating func globalPooling(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    try call.requireChannelsLast()
    let x = try call.input()
    let keeps = try call.bool("keepdims", default: false)
    let result = try append(
      call.layer.className.hasPrefix("GlobalMax")
        ? .globalMaxPool(GlobalMaxPool()) : .globalAveragePool(GlobalAveragePool()), [x], call)
    guard keeps else { return result }
    let shape = builder.shape(x)
    let ones = [Int](repeating: 1, count: shape.rank - 1)
    return try append(
      .reshape(Reshape(shape: Shape(ones + [shape.channels]))), [result], call, "axes")
  }
}
