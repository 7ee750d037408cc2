import Diagnostics
import FileFormats
import GraphIR
import TestSupport
import Testing

@testable import Importers

/// What the importer makes of networks: which nodes, and what they compute.
@Suite struct ONNXImporterTests {
  /// The nodes of a graph that are no parameters: `conv c [4, 4, 3]`.
  private func layers(_ model: TestModel) throws -> [String] {
    let graph = try model.graph()
    let shapes = try graph.inferShapes()
    return graph.ids.compactMap { id in
      if case .constant = graph[id].op { return nil }
      return "\(graph[id].op.mnemonic) \(graph[id].name) \(shapes[id.index])"
    }
  }

  @Test func imagesAreStoredChannelsLastWithoutTranspositions() throws {
    let model = TestModel(
      [
        TestNode("Conv", ["x", "k"], ["c"], [("pads", .integers([1, 1, 1, 1]))], name: "conv1"),
        TestNode("Add", ["c", "b"], ["a"], name: "bias1"),
        TestNode("Relu", ["a"], ["r"], name: "relu1"),
        TestNode("Flatten", ["r"], ["f"], name: "flat"),
        TestNode("MatMul", ["f", "w"], ["m"], name: "fc"),
        TestNode("Add", ["m", "v"], ["y"], name: "fc_bias"),
      ],
      inputs: [("x", [0, 2, 4, 5])],
      initializers: [
        TestTensor("k", [3, 2, 3, 3], (0..<54).map { Float($0 % 5) - 2 }),
        TestTensor("b", [3, 1, 1], [1, 2, 3]),
        TestTensor("w", [60, 2], (0..<120).map { Float($0) }),
        TestTensor("v", [2], [1, 2]),
      ])
    #expect(
      try layers(model) == [
        "input x [4, 5, 2]", "conv conv1 [4, 5, 3]", "relu relu1 [4, 5, 3]",
        "reshape fc_reshape [60]", "dense fc [2]",
      ])
    // Both biases went into their layers; the input is permuted by the host.
    let graph = try model.graph()
    #expect(graph.nodes.filter { $0.inputs.count == 3 }.map(\.name) == ["conv1", "fc"])
    guard case .input(let input) = graph.nodes[0].op else { return }
    #expect(input.order == [1, 2, 0])
  }

  @Test func rowsOfADenseLayerFollowTheImageInFrontOfIt() throws {
    // The dense layer adds up channel 0 and 10 times channel 1 of a 1x1 convolution.
    let model = TestModel(
      [
        TestNode("Conv", ["x", "k"], ["c"]), TestNode("Flatten", ["c"], ["f"]),
        TestNode("MatMul", ["f", "w"], ["y"]),
      ],
      inputs: [("x", [1, 2, 2, 2])],
      initializers: [
        TestTensor("k", [2, 2, 1, 1], [1, 0, 0, 1]),
        TestTensor("w", [8, 1], [1, 2, 3, 4, 10, 20, 30, 40]),
      ])
    #expect(try model.output([1, 1, 1, 1, 0, 0, 0, 1]) == [50])
    #expect(try model.output([0, 0, 0, 1, 0, 1, 0, 0]) == [24])
  }

  @Test func anImageAtTheOutputHasTheModelsAxes() throws {
    let model = TestModel(
      [TestNode("Conv", ["x", "k"], ["y"])], inputs: [("x", [1, 2, 1, 3])],
      initializers: [TestTensor("k", [2, 2, 1, 1], [1, 0, 0, 2])])
    #expect(try model.output([1, 2, 3, 4, 5, 6]) == [1, 2, 3, 8, 10, 12])
  }

  @Test(arguments: [[0, 1, 2, 2], [1, 1, 2, 2], [7, 1, 2, 2], [789_444, 1, 2, 2]])
  func theFirstAxisCountsSamples(_ shape: [Int]) throws {
    let batch = max(shape[0], 1)
    let model = TestModel(
      [
        TestNode("Reshape", ["x", "s"], ["f"]), TestNode("Gemm", ["f", "w", "b"], ["y"]),
      ],
      inputs: [("x", shape)],
      initializers: [
        TestTensor("s", [2], integers: [batch == 1 ? -1 : batch, 4]),
        TestTensor("w", [4, 1], [1, 2, 3, 4]), TestTensor("b", [1], [0.5]),
      ])
    #expect(try model.output([1, 0, 0, 1]) == [5.5])
  }

  @Test func nodesMayStandInAnyOrder() throws {
    let model = TestModel([
      TestNode("Relu", ["n"], ["y"]), TestNode("Neg", ["x"], ["n"]),
    ])
    #expect(try model.output([1, -2, 3, -4]) == [0, 2, 0, 4])
  }

  @Test func nodesThatNoOutputNeedsAreNotRead() throws {
    let model = TestModel([
      TestNode("NoSuchOperator", ["x"], ["z"]), TestNode("Relu", ["x"], ["y"]),
    ])
    #expect(try model.output([1, -2, 3, -4]) == [1, 0, 3, 0])
  }

  @Test func annotatedInputsAreIntegers() throws {
    var model = TestModel([TestNode("Relu", ["x"], ["y"])])
    model.annotations = [("x", "UINT4")]
    #expect(try model.output([1, -2, 3, 99]) == [1, 0, 3, 15])
    #expect(try model.graph().isExact.last == true)
  }

  @Test func everythingIsKeptThatIsNoBias() throws {
    // The sum is read twice: adding to the layer would change the other reader.
    let model = TestModel(
      [
        TestNode("MatMul", ["x", "w"], ["m"]), TestNode("Add", ["m", "b"], ["a"]),
        TestNode("Mul", ["m", "a"], ["y"]),
      ],
      initializers: [
        TestTensor("w", [4, 2], [1, 0, 0, 1, 0, 0, 0, 0]), TestTensor("b", [2], [10, 20]),
      ])
    #expect(try model.output([2, 3, 0, 0]) == [24, 69])
  }

  // MARK: Refusals

  private static let refusals: [(String, TestModel)] = [
    ("onnx.unsupported-operator", TestModel([TestNode("LSTM", ["x"], ["y"])])),
    (
      "onnx.unsupported-operator",
      TestModel([TestNode("FloatQuant", ["x"], ["y"], domain: "onnx.brevitas")])
    ),
    ("onnx.unsupported-operator", TestModel([TestNode("DynamicQuantizeLinear", ["x"], ["y"])])),
    (
      "onnx.unsupported",
      TestModel([TestNode("Resize", ["x"], ["y"], [("mode", .text("linear"))])])
    ),
    ("onnx.missing-input", TestModel([TestNode("Conv", ["x"], ["y"])])),
    ("onnx.needs-constant", TestModel([TestNode("Conv", ["x", "x"], ["y"])])),
    ("onnx.needs-constant", TestModel([TestNode("Where", ["x", "x", "x"], ["y"])])),
    (
      "onnx.bad-attribute",
      TestModel([TestNode("LeakyRelu", ["x"], ["y"], [("alpha", .text("much"))])])
    ),
    (
      "onnx.bad-attribute",
      TestModel([TestNode("Elu", ["x"], ["y"], [("alpha", .graph)])])
    ),
    ("onnx.bad-graph", TestModel([TestNode("Relu", ["nothing"], ["y"])])),
    ("onnx.bad-graph", TestModel([TestNode("Relu", ["x"], ["z"])])),
    ("onnx.bad-graph", TestModel([TestNode("Relu", ["x"], ["y"])], outputs: [])),
    (
      "onnx.bad-graph",
      TestModel([TestNode("Relu", ["x"], ["y"]), TestNode("Neg", ["x"], ["y"])])
    ),
    (
      "onnx.bad-graph",
      TestModel([TestNode("Relu", ["z"], ["y"]), TestNode("Neg", ["y"], ["z"])])
    ),
    ("onnx.input", TestModel([TestNode("Relu", ["x"], ["y"])], inputs: [("x", [0, 0])])),
    ("onnx.input", TestModel([TestNode("Relu", ["x"], ["y"])], inputs: [("x", [1, 1 << 40])])),
    (
      "onnx.bad-tensor",
      TestModel(
        [TestNode("Add", ["x", "b"], ["y"])], initializers: [TestTensor("b", [3], [1, 2])])
    ),
    (
      "onnx.unsupported",
      TestModel(
        [TestNode("TopK", ["x", "k"], ["v", "y"])],
        initializers: [TestTensor("k", [1], integers: [3])])
    ),
    ("onnx.unsupported", TestModel([TestNode("MatMul", ["x", "x"], ["y"])])),
  ]

  @Test(arguments: refusals.indices)
  func whatCannotBeImportedIsRefused(_ index: Int) {
    let (id, model) = ONNXImporterTests.refusals[index]
    #expect(difference(from: id) { try model.graph() } == nil)
  }

  @Test func refusalsNameTheNodeAndAWayOut() throws {
    let model = TestModel([TestNode("GRU", ["x"], ["y"], name: "rnn_3")])
    do {
      _ = try model.graph()
      Issue.record("it was imported")
    } catch {
      #expect(error.location.path == "rnn_3" && error.location.file == "m.onnx")
      #expect(error.message == "the operator GRU is not supported")
      #expect(error.suggestion?.isEmpty == false)
    }
  }

  @Test func sparseWeightsAreRefused() {
    var writer = WireWriter()
    writer.message(7) { $0.message(15) { _ in } }
    #expect(difference(from: "onnx.sparse") { try importONNX(writer.bytes, file: "m") } == nil)
  }

  @Test func aModelWithoutAGraphIsNone() {
    #expect(difference(from: "onnx.malformed") { try importONNX([], file: "m") } == nil)
  }
}
