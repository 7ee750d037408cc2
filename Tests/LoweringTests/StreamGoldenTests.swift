// A small convolution as a streaming design, in two styles: what somebody last looked at.

import DataflowIR
import GraphIR
import GraphPasses
import Lowering
import TestSupport
import Testing

private let networkText = """
  graph tiny {
    x = input() {shape: [3, 3, 2]}
    x_q = quantize(x) {format: u4f2, rounding: floor, overflow: saturate}
    k = constant() {shape: [2, 2, 2, 2], format: s3f1, values: [1, -2, 0, 3, 0, 0, 2, -1, -3, 1, 0, 0, 1, 0, 0, 2]}
    conv = conv(x_q, k)
    conv_q = quantize(conv) {format: u3f1, rounding: half-up, overflow: saturate}
    pool = max-pool(conv_q) {window: [2, 2]}
    return pool
  }

  """

@Suite struct StreamGoldenTests {
  @Test(arguments: [
    ("position", LayerStyle.position(chunks: 1)),
    ("folded", LayerStyle.folded(pe: 1, simd: 4, chunks: 2, .dsp)),
  ])
  func loweredDesigns(name: String, style: LayerStyle) throws {
    var graph = try Graph(parsing: networkText)
    try GraphPipeline.run(GraphPipeline.streamingPasses, on: &graph, PassContext(output: .scores))
    let layers = try StreamLowering.layerShapes(graph).map(\.name)
    #expect(layers == ["conv", "pool"])
    let plan = StreamPlan(styles: [layers[0]: style], axisWidth: 16)
    let design = try StreamLowering.lower(graph, name: "tiny", plan: plan)
    #expect(design.verify() == [])
    #expect(goldenDifference(design.text, "stream-\(name).txt") == nil)
  }
}
