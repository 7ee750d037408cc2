import Diagnostics
import GraphIR
import Testing

@testable import Importers

private func outputs(_ graph: Graph, _ input: [Double]) -> [Double] {
  let arithmetic: Evaluator.Arithmetic = (try? graph.inferRanges()) == nil ? .float : .exact
  return Evaluator(graph, arithmetic: arithmetic).outputs([input])[0].asReal.values
}

private func diagnostic(_ bytes: [UInt8]) -> Diagnostic? {
  do {
    _ = try importTFLite(bytes, file: "m.tflite")
    return nil
  } catch { return error }
}

@Suite struct TFLiteImporterTests {
  /// A dense layer by the definition of its scales: no sum is near a half.
  @Test(arguments: TFLiteKernels.allCases, [0, 1, 3])
  func denseLayersOfIntegers(kernels: TFLiteKernels, activation: Int) throws {
    let graph = try importTFLite(
      TFLiteFixture.dense(activation: activation).file, file: "m.tflite", kernels: kernels)
    #expect(graph.nodes.map(\.name).contains("y"))
    for input in [[0, 0], [1.0, 1], [-128, 127], [33, -92], [127, 127]] {
      let (a, b) = (0.5 * (input[0] - 1), 0.5 * (input[1] - 1))
      let sums = [
        0.25 * (a - 2 * b) + 0.125 * 5, 0.25 * (30 * a + 40 * b) - 0.125 * 70,
      ]
      let expected = sums.map { sum in
        let bounded = activation == 0 ? sum : max(sum, 0)
        let limited = activation == 3 ? min(bounded, 6) : bounded
        let integer = (limited / 0.75).rounded() - 3
        return min(max(integer, -128), 127)
      }
      #expect(outputs(graph, input) == expected, "\(input)")
    }
  }

  @Test func halfPrecision() {
    let cases: [(UInt16, Float)] = [
      (0x3C00, 1), (0xC000, -2), (0x3555, 0.333251953125), (0x0001, 0x1p-24), (0x7BFF, 65504),
      (0x8000, 0), (0x7C00, .infinity),
    ]
    for (bits, value) in cases { #expect(Float(halfBits: bits) == value) }
    #expect(Float(halfBits: 0x7E00).isNaN)
  }

  @Test(arguments: [
    // RELU6, SQUEEZE, MEAN of both spatial axes, STRIDED_SLICE backwards, NEG.
    (TFLiteFixture.real(21, [1, 3], to: [1, 3]), [-1.0, 3, 9], [0.0, 3, 6]),
    (.real(43, [1, 1, 3], to: [1, 3]), [1, 2, 3], [1, 2, 3]),
    (.real(40, [1, 2, 2, 1], to: [1, 1], constants: [[1, 2]]), [1, 2, 3, 6], [3]),
    (
      .real(
        45, [1, 4], to: [1, 2], options: [0: .int(3), 1: .int(3)],
        constants: [[0, 0], [0, 0], [1, -2]]),
      [1, 2, 3, 4], [4, 2]
    ),
    (.real(59, [1, 2], to: [1, 2]), [1, -2], [-1, 2]),
    // TRANSPOSE of an image, PAD of its rows, MIRROR_PAD, SLICE of columns, RESIZE_NEAREST_NEIGHBOR.
    (
      .real(39, [1, 2, 2, 1], to: [1, 2, 2, 1], constants: [[0, 2, 1, 3]]), [1, 2, 3, 4],
      [1, 3, 2, 4]
    ),
    (
      .real(34, [1, 1, 2, 1], to: [1, 2, 2, 1], constants: [[0, 0, 1, 0, 0, 0, 0, 0]]), [5, 6],
      [0, 0, 5, 6]
    ),
    (
      .real(100, [1, 3], to: [1, 5], options: [0: .byte(0)], constants: [[0, 0, 1, 1]]), [1, 2, 3],
      [2, 1, 2, 3, 2]
    ),
    (
      .real(65, [1, 2, 2, 1], to: [1, 2, 1, 1], constants: [[0, 0, 1, 0], [1, 2, 1, 1]]),
      [1, 2, 3, 4], [2, 4]
    ),
    (
      .real(97, [1, 1, 2, 1], to: [1, 2, 4, 1], constants: [[2, 4]]), [7, 8],
      [7, 7, 8, 8, 7, 7, 8, 8]
    ),
    // SPACE_TO_DEPTH and DEPTH_TO_SPACE.
    (
      .real(26, [1, 2, 2, 1], to: [1, 1, 1, 4], options: [0: .int(2)]), [1, 2, 3, 4], [1, 2, 3, 4]
    ),
    (
      .real(5, [1, 1, 1, 4], to: [1, 2, 2, 1], options: [0: .int(2)]), [1, 2, 3, 4], [1, 2, 3, 4]
    ),
  ])
  func operatorsOfReals(model: TFLiteFixture, input: [Double], expected: [Double]) throws {
    #expect(outputs(try importTFLite(model.file, file: "m.tflite"), input) == expected)
  }

  /// 3 × 3 windows with padding, every second place.
  @Test func convolutionsOfReals() throws {
    var model = TFLiteFixture()
    let x = model.tensor("x", [1, 3, 3, 1])
    let w = model.tensor("w", [1, 3, 3, 1], data: floatBytes((1...9).map { Float($0) }))
    let b = model.tensor("b", [1], data: floatBytes([100]))
    let y = model.tensor("y", [1, 2, 2, 1])
    model.operation(3, [x, w, b], [y], options: [0: .byte(0), 1: .int(2), 2: .int(2)])
    (model.inputs, model.outputs) = ([x], [y])
    let graph = try importTFLite(model.file, file: "m.tflite")
    // Only the middle pixel: the weight that lies on it in each window.
    #expect(outputs(graph, [0, 0, 0, 0, 1, 0, 0, 0, 0]) == [109, 107, 103, 101])
  }

  @Test func twoTensorsOfOneName() throws {
    var model = TFLiteFixture()
    let x = model.tensor("t", [1, 2])
    let middle = model.tensor("t", [1, 2])
    let y = model.tensor("", [1, 2])
    model.operation(19, [x], [middle])
    model.operation(59, [middle], [y])
    (model.inputs, model.outputs) = ([x], [y])
    let graph = try importTFLite(model.file, file: "m.tflite")
    #expect(outputs(graph, [-3, 4]) == [0, -4])
  }

  // MARK: Refusals

  @Test func whatIsNoModelIsRefused() {
    #expect(diagnostic([])?.id == "tflite.not-tflite")
    #expect(diagnostic(Array("ONNXONNXONNX".utf8))?.id == "tflite.not-tflite")
  }

  @Test func whatDoesNotFitIsRefused() {
    func refused(_ change: (inout TFLiteFixture) -> Void) -> String? {
      var model = TFLiteFixture.dense()
      change(&model)
      return diagnostic(model.file)?.id
    }
    #expect(refused { _ in } == nil)
    #expect(refused { $0.outputs = [99] } == "tflite.damaged")
    #expect(refused { $0.outputs = [1] } == "tflite.output")
    #expect(refused { $0.inputs = [1] } == "tflite.input")
    #expect(
      refused { _ = $0.tensor("odd", [3], .int32, data: int32Bytes([1])) } == "tflite.data")
    #expect(
      refused { _ = $0.tensor("odd", [3], .int8, scales: [-1]) } == "tflite.scale")
    #expect(
      refused { $0.inputs = [$0.tensor("huge", [1 << 30, 1 << 30])] } == "tflite.shape")
    #expect(refused { $0.operation(16, [0], [3]) } == "tflite.unknown-operator")
  }

  /// One unit, three steps; by the definition, calculated in Python.
  @Test func longShortTermMemoriesStartFromZero() throws {
    var model = TFLiteFixture()
    let x = model.tensor("x", [1, 3, 1])
    let y = model.tensor("y", [1, 3, 1])
    func constants(_ values: [Float], _ shape: [Int], _ name: String) -> [Int] {
      values.enumerated().map { number, value in
        model.tensor("\(name)\(number)", shape, data: floatBytes([value]))
      }
    }
    let kernel = constants([1, -1, 2, 0.5], [1, 1], "w")
    let recurrent = constants([0.5, 1, -0.5, 0.25], [1, 1], "u")
    let bias = constants([0.1, 1, 0, -0.2], [1], "b")
    let start = [model.tensor("h", [1, 1]), model.tensor("c", [1, 1])]
    let inputs = [x] + kernel + recurrent + [-1, -1, -1] + bias + [-1, -1] + start
    model.operation(44, inputs, [y], options: [0: .byte(4)])
    (model.inputs, model.outputs) = ([x], [y])
    let graph = try importTFLite(model.file, file: "m.tflite")
    let outputs = Evaluator(graph, arithmetic: .float).outputs([[1, -2, 0.5]])[0].asReal.values
    let expected = [0.3555406349223034, 0.12347231290801425, 0.3569843602815017]
    for (a, b) in zip(outputs, expected) { #expect(abs(a - b) < 1e-6) }
    #expect(outputs.count == 3)
  }

  @Test func refusalsNameTheLayerAndTheOperator() throws {
    var model = TFLiteFixture()
    let x = model.tensor("x", [1, 4, 4, 1])
    let y = model.tensor("lstm_out", [1, 4])
    model.operation(52, [x], [y])
    (model.inputs, model.outputs) = ([x], [y])
    #expect(
      diagnostic(model.file)?.rendered == """
        m.tflite: lstm_out: error: the operator BIDIRECTIONAL_SEQUENCE_LSTM is not supported \
        [tflite.unknown-operator]
          help: replace the layer by supported ones and convert the model again
        """)
    let transposed = TFLiteFixture.real(
      39, [1, 2, 2, 1], to: [2, 1, 2, 1], constants: [[1, 0, 2, 3]])
    #expect(
      diagnostic(transposed.file)?.rendered == """
        m.tflite: y: error: TRANSPOSE: it moves the batch axis [tflite.unsupported]
          help: change the layer and convert the model again
        """)
  }
}
