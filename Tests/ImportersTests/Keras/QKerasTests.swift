import Diagnostics
import FixedPoint
import GraphIR
import TestSupport
import Testing

@testable import Importers

/// A quantizer on activations, in Python's words.
private let activationCases: [(quantizer: String, x: [Double], expected: [Double])] = [
  // Multiples of 1/4 from -1 on; halves round to the even number.
  ("quantized_bits(3,0,alpha=1)", [-2, -0.375, 0.125, 0.375, 0.9], [-1, -0.5, 0, 0.5, 0.75]),
  ("quantized_bits(3,0,1,alpha=1)", [-2, 2], [-0.75, 0.75]),
  ("quantized_bits(3,1,0,0,alpha=1)", [-2, 0.3, 9], [0, 0.25, 1.75]),
  ("quantized_bits(3,0,alpha=2.0)", [0.3, 2], [0.5, 1.5]),
  ("quantized_bits(1,0,alpha=1)", [-0.1, 0, 3], [-1, 1, 1]),
  ("quantized_linear(3,0,alpha=1)", [-2, 0.3], [-0.75, 0.25]),
  ("quantized_relu(3)", [-1, 0.3, 2], [0, 0.25, 0.875]),
  ("quantized_relu(3,1)", [-1, 0.3, 9], [0, 0.25, 1.75]),
  ("quantized_relu(3,1,negative_slope=0.5)", [-8, -1, 0.6, 9], [-1, -0.5, 0.5, 1.5]),
  ("quantized_relu(2,0,use_sigmoid=1)", [-1, 0.5, 9], [0, 0.5, 0.75]),
  ("quantized_tanh(3)", [-2, 0.3, 2], [-1, 0.25, 0.75]),
  ("quantized_tanh(3,symmetric=1)", [-2, 2], [-0.75, 0.75]),
  ("quantized_tanh(3,use_real_tanh=True)", [0.6], [0.5]),
  ("quantized_sigmoid(2)", [-2, 0, 2], [0, 0.5, 0.75]),
  ("quantized_sigmoid(2,symmetric=1)", [-2, 0], [0.25, 0.5]),
  ("quantized_sigmoid(3,use_real_sigmoid=1)", [1], [0.75]),
  ("binary(alpha=1)", [-3, 0, 0.1], [-1, 1, 1]),
  ("binary(use_01=True,alpha=1)", [-3, 0, 0.1], [0, 1, 1]),
  ("stochastic_binary(alpha=2)", [-3, 1], [-2, 2]),
  ("ternary(alpha=1,threshold=0.5)", [-0.5, -0.4, 0.4, 0.5], [-1, 0, 0, 1]),
  ("stochastic_ternary(alpha=1)", [-0.4, 0.3], [-1, 0]),
  ("quantized_hswish(4,2,alpha=1)", [-4, 1, 3], [0, 0.5, 3]),
  ("hard_sigmoid", [-2, 0.5], [0, 0.75]),
  ("hard_tanh", [-2, 0.5], [-1, 0.5]),
  ("smooth_sigmoid", [1], [0.6875]),
  ("smooth_tanh", [1], [0.375]),
  ("binary_tanh", [-1, 0, 1], [-1, -1, 1]),
  ("binary_sigmoid", [-1, 0, 1], [0, 0, 1]),
  ("relu", [-1, 1], [0, 1]),
]

/// A quantizer of a kernel with one output, and the kernel it makes.
private let kernelCases: [(quantizer: String, kernel: [Float], expected: [Double])] = [
  ("quantized_bits(3,0,alpha=1)", [-2, 0.3, 0.125], [-1, 0.25, 0]),
  ("quantized_bits(3,0,alpha=0.5)", [-2, 0.3], [-0.5, 0.125]),
  // Scale 1/3 of the largest: levels -3 to 3.
  ("quantized_bits(3,0,1,alpha='auto')", [3, -2, 0.4], [3, -2, 0]),
  ("quantized_bits(3,0,1,alpha='auto_po2')", [2, -1, 0.4], [1.5, -1, 0.5]),
  ("quantized_bits(3,0,1)", [2, -1, 0.4], [1.5, -1, 0.5]),
  ("binary(alpha=1)", [-2, 0, 3], [-1, 1, 1]),
  ("binary(alpha='auto')", [-2, 1, 3], [-2, 2, 2]),
  ("binary()", [-2, 1, 3], [-2, 2, 2]),
  ("ternary(alpha=1,threshold=0.5)", [-2, 0.4, 0.5], [-1, 0, 1]),
  ("ternary(alpha='auto')", [-2, 0.1, 4], [-3, 0, 3]),
  ("quantized_po2(4)", [-0.3, 0.8, 0], [-0.25, 1, 0.0625]),
  ("quantized_po2(4,max_value=0.5)", [3, -3], [0.5, -0.5]),
  ("quantized_relu_po2(3)", [-1, 0.8], [0.0625, 1]),
]

@Suite struct QKerasTests {
  private func value(_ text: String) -> String { "\"\(text)\"" }

  @Test(arguments: activationCases)
  func quantizesActivations(_ quantizer: String, _ x: [Double], _ expected: [Double]) throws {
    let layer = KerasFixtureLayer("QActivation", "q", "\"activation\": \"\(quantizer)\"")
    let result = try kerasOutputs(kerasH5([x.count], [layer]), x)
    #expect(agree(result, expected), "\(result)")
  }

  @Test(arguments: kernelCases)
  func quantizesKernels(_ quantizer: String, _ kernel: [Float], _ expected: [Double]) throws {
    let count = kernel.count
    let layer = KerasFixtureLayer(
      "QDense", "q", "\"units\": 1, \"kernel_quantizer\": \"\(quantizer)\", \"use_bias\": false",
      [("kernel", kernel, [count, 1])])
    let bytes = kerasH5([count], [layer])
    for index in 0..<count {
      let x = (0..<count).map { $0 == index ? 1.0 : 0.0 }
      let result = try kerasOutputs(bytes, x)
      #expect(agree(result, [expected[index]]), "\(result)")
    }
  }

  @Test func aDictionarySaysTheSameAsACall() throws {
    let dictionary = """
      "activation": {"class_name": "quantized_bits", "config": {"bits": 3, "integer": 0,
       "symmetric": 1, "alpha": 1.0, "keep_negative": true, "qnoise_factor": 1.0}}
      """
    let layer = KerasFixtureLayer("QActivation", "q", dictionary)
    #expect(try kerasOutputs(kerasH5([2], [layer]), [-2, 0.3]) == [-0.75, 0.25])
    // Versions without the setting are symmetric.
    let tanh = "\"activation\": {\"class_name\": \"quantized_tanh\", \"config\": {\"bits\": 3}}"
    let newer = KerasFixtureLayer("QActivation", "q", tanh)
    #expect(try kerasOutputs(kerasH5([1], [newer]), [-2]) == [-0.75])
  }

  @Test func formatsAreThoseOfTheQuantizers() throws {
    let layer = KerasFixtureLayer(
      "QDense", "q",
      """
      "units": 1, "kernel_quantizer": "quantized_bits(6,0,alpha=1)",
       "bias_quantizer": "quantized_bits(16,6,alpha=1)", "activation": "quantized_relu(4,2)"
      """, [("kernel", [0.5, -0.25], [2, 1]), ("bias", [1], [1])])
    let graph = try importKeras(kerasH5([2], [layer]), file: "m.h5")
    #expect(graph.fixedConstant(Node.ID(1))?.values == [2, -1])
    guard case .constant(let kernel) = graph.nodes[1].op,
      case .fixed(_, let format) = kernel.elements, case .constant(let bias) = graph.nodes[2].op,
      case .fixed(_, let biasFormat) = bias.elements, case .quantize(let relu) = graph.nodes[4].op
    else {
      Issue.record("other nodes: \(graph.nodes.map(\.op.mnemonic))")
      return
    }
    #expect(format.description == "s6f5" && biasFormat.description == "s16f9")
    #expect(relu.format.description == "u4f2" && relu.rounding == .halfEven)
  }

  @Test func normalizationIsFoldedIntoTheKernel() throws {
    let layer = KerasFixtureLayer(
      "QConv2DBatchnorm", "q",
      """
      "filters": 1, "kernel_size": [1, 1], "use_bias": false, "epsilon": 0,
       "kernel_quantizer": "quantized_bits(4,1,alpha=1)",
       "bias_quantizer": "quantized_bits(4,1,alpha=1)"
      """,
      [
        ("kernel", [0.7], [1, 1, 1, 1]), ("gamma", [2], [1]), ("beta", [0.5], [1]),
        ("moving_mean", [1], [1]), ("moving_variance", [4], [1]),
      ])
    // 0.7 · 2 / 2 rounds to 0.75, 0.5 - 1 to -0.5.
    #expect(try kerasOutputs(kerasH5([1, 1, 1], [layer]), [2]) == [1])
  }

  @Test func meansAreSumsTimesQuantizedReciprocals() throws {
    let layer = KerasFixtureLayer(
      "QGlobalAveragePooling2D", "q", "\"average_quantizer\": \"quantized_bits(4,0,alpha=1)\"")
    // 1/3 becomes 3/8.
    #expect(try kerasOutputs(kerasH5([1, 3, 1], [layer]), [1, 2, 5]) == [3])
  }

  @Test func meansKeepTheirMultiplesOfAStep() throws {
    // 25 numbers whose mean is a number of the format, and one a little below it.
    let quantizer = KerasFixtureLayer(
      "QActivation", "a", "\"activation\": \"quantized_bits(6,5,alpha=1)\"")
    let mean = KerasFixtureLayer("GlobalAveragePooling1D", "g")
    for value in [-3.0, 3] {
      let x = [Double](repeating: value, count: 25)
      let graph = try importKeras(kerasH5([25, 1], [quantizer, mean]), file: "m.h5")
      let result = Evaluator(graph, arithmetic: .exact).outputs([x])[0]
      guard case .fixed(let tensor) = result else {
        Issue.record("the mean is real")
        return
      }
      let floor = Quantizer(.signed(6, fraction: 0), .floor, .saturate)
      #expect(floor.quantize(tensor.values[0], fraction: tensor.fraction) == Int64(value))
    }
  }

  @Test func refusesByName() {
    let cases: [(String, String)] = [
      ("bernoulli()", "the quantizer bernoulli is random at inference"),
      ("quantized_ulaw(6)", "the quantizer quantized_ulaw has no fixed-point format"),
      ("quantized_bits(99)", "a quantizer has 99.0 bits; 1 to 32 are possible"),
      ("quantized_bits(4,alpha='auto')", "its scale follows from the activations of a batch"),
      ("quantized_po2(4)", "activations that are powers of two are not supported"),
      ("quantized_bits(4", "the quantizer 'quantized_bits(4' cannot be read"),
      ("quantized_bits(x)", "the quantizer 'quantized_bits(x)' cannot be read"),
    ]
    for (quantizer, reason) in cases {
      let layer = KerasFixtureLayer("QActivation", "q", "\"activation\": \"\(quantizer)\"")
      #expect(
        difference(
          from: "keras.unsupported", message: "QActivation cannot be imported: \(reason)"
        ) { try importKeras(kerasH5([1], [layer]), file: "m.h5") } == nil, "\(quantizer)")
    }
  }
}
