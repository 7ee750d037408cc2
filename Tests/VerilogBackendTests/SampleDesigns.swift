import DataflowIR
import FixedPoint

/// A layer of every kind: shift-adds with sharing, rounding, saturation, a table, argmax.
let sampleText = """
  design sample {
    channel image [3] : s8f4, s8f4, u4f0
    channel fc1 [2] : u6f3, u8f8
    channel class [1] : u1f0
    input image
    kernel fc1(image) -> fc1 "dense 3 → 2, relu and sigmoid" latency 3 {
      table "sigmoid" s4f1 -> u8f8 : 128, 159, 187, 209, 225, 237, 244, 248, 5, 7, 12, 19, 31, 47, 69, 97
      v0 = input(0, 0) : s8f4 range(-128, 127, 4) @0
      v1 = input(0, 1) : s8f4 range(-128, 127, 4) @0
      v2 = sum(v0 << 1, v0) : s10f4 range(-384, 381, 4) @0
      v3 = sum(v1 << 2, v1) : s11f4 range(-640, 635, 4) @0
      v4 = constant(7, 4) : u3f4 range(7, 7, 4) @0
      v5 = sum(v2, neg v3, v4) : s12f4 range(-1012, 1028, 4) @1 "acc_0"
      v6 = relu(v5) : u11f4 range(0, 1028, 4) @1
      v7 = quantize(v6, u6f3, half-up, saturate) : u6f3 range(0, 63, 3) @2 "fc1[0]"
      v8 = quantize(v5, s4f1, half-even, saturate) : s4f1 range(-8, 7, 1) @2
      v9 = table(v8, 0) : u8f8 range(5, 248, 8) @2 "fc1[1]"
      return v7, v9
    }
    kernel class(fc1) -> class "argmax of 2" latency 1 {
      v0 = input(0, 0) : u6f3 range(0, 63, 3) @0
      v1 = input(0, 1) : u8f8 range(0, 255, 8) @0
      v2 = less(v0, v1) : u1f0 range(0, 1, 0) @0
      return v2
    }
    output class
  }
  """

/// One kernel with a quantizer for each rounding and overflow, on an 8-bit input.
func quantizerDesign(input: FixedFormat, to format: FixedFormat) -> Design {
  var design = Design(name: "quantizers")
  var builder = ScalarGraphBuilder()
  let x = builder.input(channel: 0, element: 0, format: input, interval: input.interval)
  var outputs: [ScalarValue.ID] = []
  for rounding in Rounding.allCases {
    for overflow in Overflow.allCases {
      outputs.append(
        builder.add(
          .quantize(x, Quantizer(format, rounding, overflow)),
          name: "\(rounding.rawValue) \(overflow.rawValue)"))
    }
  }
  var graph = builder.graph
  graph.outputs = outputs
  graph.latency = 1
  design.inputs = [design.append(Channel(name: "x", extents: [1], formats: [input]))]
  let formats = outputs.map { graph[$0].format }
  design.outputs = [design.append(Channel(name: "y", extents: [formats.count], formats: formats))]
  design.kernels = [
    Kernel(
      name: "all", summary: "\(input) to \(format), every rounding and overflow",
      inputs: design.inputs, outputs: design.outputs, body: .scalar(graph))
  ]
  return design
}
