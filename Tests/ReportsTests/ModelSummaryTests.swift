import FixedPoint
import GraphIR
import Testing

@testable import Reports

@Suite struct ModelSummaryTests {
  /// Two inputs, three outputs, a bias and a normalization.
  private func graph() -> Graph {
    var graph = Graph(name: "tiny")
    func constant(_ name: String, _ shape: Shape, _ values: [Float]) -> Node.ID {
      graph.append(name, .constant(Constant(shape: shape, .real(values))))
    }
    let x = graph.append("x", .input(Input(shape: [2])))
    let weights = constant("w", [2, 3], [1, 0, 2, 0, 0, 3])
    let bias = constant("b", [3], [1, 1, 0])
    let dense = graph.append("fc", .dense(Dense()), [x, weights, bias], epilogue: [.relu(Relu())])
    let parameters = ["gamma", "beta", "mean", "variance"].map { constant($0, [3], [1, 1, 1]) }
    let norm = graph.append("bn", .batchNorm(BatchNorm(epsilon: 0.5)), [dense] + parameters)
    graph.outputs = [norm]
    return graph
  }

  @Test func textIsATableAndTotals() throws {
    let summary = try ModelSummary(graph())
    #expect(
      summary.text == """
        Model: "tiny"
        ----------------------------------------------------------------------
         Layer (type)      Output shape  Format  Params  Non-zero  Bits  MACs
        ======================================================================
         x (input)         [2]           float        0         0     0     0
         fc (dense, relu)  [3]           float        9         5   288     6
         bn (batch-norm)   [3]           float       12        12   384     0
        ======================================================================
         Total params: 21
         Trainable params: 15
         Non-trainable params: 6
         Non-zero params: 17 (80.95 %)
         Packed: 672 bits (84 bytes)
         MACs per sample: 6

        """)
  }

  @Test func rowsFromElsewhereMakeTheSameSummary() throws {
    let summary = try ModelSummary(graph())
    let copy = ModelSummary(
      name: "tiny",
      layers: [
        .init(name: "x", op: "input", shape: [2]),
        .init(
          name: "fc", op: "dense, relu", shape: [3], parameters: 9, nonZero: 5, products: 6,
          parameterBits: 288),
        .init(
          name: "bn", op: "batch-norm", shape: [3], parameters: 12, nonTrainable: 6, nonZero: 12,
          parameterBits: 384),
      ])
    #expect(copy == summary)
    #expect(summary.json.compact.contains("\"non_trainable\":6,\"non_zero\":17"))
  }

  @Test func emptyModelHasASummary() {
    #expect(ModelSummary(name: "none", layers: []).text.contains("Non-zero params: 0\n"))
  }

  @Test func layerGraphHasEveryNode() throws {
    let nodes = try LayerGraph(graph()).nodes
    #expect(nodes.map(\.name) == ["x", "w", "b", "fc", "gamma", "beta", "mean", "variance", "bn"])
    #expect(nodes[3] == .init(name: "fc", op: "dense, relu", inputs: ["x", "w", "b"], shape: [3]))
    #expect(nodes[1].isConstant)
  }
}
