import Diagnostics
import FixedPoint
import GraphIR
import TestSupport
import Testing

@testable import Importers

@Suite struct ONNXQuantizationTests {
  private func ops(_ model: TestModel) throws -> [String] {
    try model.graph().nodes.compactMap { node in
      if case .constant = node.op { nil } else { node.op.mnemonic }
    }
  }

  private static let byte = [
    TestTensor("s", [], [0.1]), TestTensor("z", [], integers: [128], type: .uint8),
  ]

  @Test func integersOfAnyScaleAreRequantized() throws {
    let model = TestModel(
      [TestNode("QuantizeLinear", ["x", "s", "z"], ["y"])],
      initializers: ONNXQuantizationTests.byte)
    #expect(try ops(model) == ["input", "requantize"])
    // 0.25 / 0.1 is below 2.5 in float32, 0.15 / 0.1 above 1.5.
    #expect(try model.output([0, 1, -100, 100]) == [128, 138, 0, 255])
  }

  @Test func aScaleOfAPowerOfTwoIsAFixedPointFormat() throws {
    let model = TestModel(
      [
        TestNode("QuantizeLinear", ["x", "s", "z"], ["q"]),
        TestNode("DequantizeLinear", ["q", "s", "z"], ["y"]),
      ],
      initializers: [
        TestTensor("s", [], [0.25]), TestTensor("z", [], integers: [0], type: .int8),
      ])
    #expect(try ops(model) == ["input", "quantize"])
    #expect(try model.output([0.375, -0.125, 99, -99]) == [0.5, 0, 31.75, -32])
  }

  /// A layer between quantizers is one of integers, and so is its bias.
  @Test func aLayerBetweenQuantizersMultipliesIntegers() throws {
    let model = TestModel(
      [
        TestNode("QuantizeLinear", ["x", "s", "z"], ["q"]),
        TestNode("DequantizeLinear", ["q", "s", "z"], ["d"]),
        TestNode("DequantizeLinear", ["w", "ws", "wz"], ["wd"], [("axis", .integer(1))]),
        TestNode("DequantizeLinear", ["b", "bs", "bz"], ["bd"], [("axis", .integer(0))]),
        TestNode("MatMul", ["d", "wd"], ["m"]), TestNode("Add", ["m", "bd"], ["a"]),
        TestNode("Relu", ["a"], ["r"]), TestNode("QuantizeLinear", ["r", "os", "z"], ["y"]),
      ],
      initializers: ONNXQuantizationTests.byte + [
        TestTensor("w", [4, 2], integers: [1, 2, 3, 4, 5, 6, 7, -8], type: .int8),
        TestTensor("ws", [2], [0.5, 0.3]),
        TestTensor("wz", [2], integers: [0, 0], type: .int8),
        TestTensor("b", [2], integers: [10, -20], type: .int32),
        TestTensor("bs", [2], [0.05, 0.03]),
        TestTensor("bz", [2], integers: [0, 0], type: .int32),
        TestTensor("os", [], [0.2]),
      ])
    // x = 1, 2, -1, 0.5 is 10, 20, -10, 5 steps of 0.1.
    let sums = [10 + 60 - 50 + 35 + 10, 20 + 80 - 60 - 40 - 20]
    let expected = zip(sums, [0.05, 0.03]).map {
      (max(Double($0), 0) * $1 / 0.2).rounded(.toNearestOrEven) + 128
    }
    #expect(try model.output([1, 2, -1, 0.5]) == expected)
    #expect(try model.graph().isExact.dropFirst().allSatisfy { $0 })
  }

  @Test func convIntegerSubtractsTheZeroPoint() throws {
    var model = TestModel(
      [TestNode("ConvInteger", ["x", "k", "z"], ["y"], [("pads", .integers([0, 1, 0, 1]))])],
      inputs: [("x", [1, 1, 1, 3])],
      initializers: [
        TestTensor("k", [1, 1, 1, 3], integers: [1, 2, 3], type: .uint8),
        TestTensor("z", [], integers: [1], type: .uint8),
      ])
    model.inputType = .uint8
    // Without the zero point: 1, 2, 3 with zeros around.
    #expect(try model.output([2, 3, 4]) == [2 + 6, 1 + 4 + 9, 2 + 6])
  }

  @Test func quantizedSumsAreExact() throws {
    let parameters = ["s", "z"]
    let model = TestModel(
      [
        TestNode("QuantizeLinear", ["x", "s", "z"], ["q"]),
        TestNode(
          "QLinearAdd", ["q"] + parameters + ["q"] + parameters + ["os", "z"], ["y"],
          domain: "com.microsoft"),
      ],
      initializers: ONNXQuantizationTests.byte + [TestTensor("os", [], [0.3])])
    #expect(try model.output([0.3, 0.6, -0.9, 100]) == [130, 132, 122, 213])
  }

  /// Sums and products of integers of one scale, one operand repeated along an axis.
  @Test(arguments: [("Add", [3.0, 5.0, 4.0, 6.0]), ("Mul", [2.0, 6.0, 3.0, 9.0])])
  func repeatedOperandsKeepTheirScale(_ type: String, _ expected: [Double]) throws {
    let model = TestModel(
      [
        TestNode("QuantizeLinear", ["x", "s", "z"], ["q"]),
        TestNode("DequantizeLinear", ["q", "s", "z"], ["d"]),
        TestNode("Slice", ["d", "a", "b", "c"], ["first"]),
        TestNode("Slice", ["d", "b", "e", "c"], ["second"]),
        TestNode("Reshape", ["first", "row"], ["r"]),
        TestNode("Reshape", ["second", "column"], ["t"]), TestNode(type, ["r", "t"], ["y"]),
      ],
      initializers: [
        TestTensor("s", [], [0.1]), TestTensor("z", [], integers: [0], type: .int8),
        TestTensor("a", [1], integers: [0]), TestTensor("b", [1], integers: [2]),
        TestTensor("e", [1], integers: [4]), TestTensor("c", [1], integers: [1]),
        TestTensor("row", [3], integers: [1, 1, 2]),
        TestTensor("column", [3], integers: [1, 2, 1]),
      ])
    // 1, 3 across and 2, 3 down, in steps of 0.1: 10, 30, 20, 30.
    let output = try model.output([1, 3, 2, 3])
    #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(output)")
    #expect(
      try model.graph().nodes.count { $0.op.mnemonic == "multiply" } == (type == "Mul" ? 2 : 1))
  }

  /// onnxruntime cuts the reciprocal of a softmax's scale to an integer: 254 of 255.
  @Test func aSoftmaxOfIntegersIsScaledByAWholeNumber() throws {
    let model = TestModel(
      [
        TestNode("QuantizeLinear", ["x", "s", "z"], ["q"]),
        TestNode("DequantizeLinear", ["q", "s", "z"], ["d"]), TestNode("Softmax", ["d"], ["p"]),
        TestNode("QuantizeLinear", ["p", "ps", "z0"], ["y"]),
      ],
      initializers: ONNXQuantizationTests.byte + [
        TestTensor("ps", [], [0.003921569]), TestTensor("z0", [], integers: [0], type: .uint8),
      ])
    // A quarter each: 63.5 becomes 64; without the cut 63.75 as well, and 127.5 of a half is 127.
    #expect(try model.output([0, 0, 0, 0]) == [64, 64, 64, 64])
    #expect(try model.output([5, 5, -9, -9]) == [127, 127, 0, 0])
  }

  /// Windows at the border of an average pool hold fewer elements; halves go to the even integer.
  @Test func averagesOfIntegersAreExact() throws {
    let model = TestModel(
      [
        TestNode("QuantizeLinear", ["x", "s", "z"], ["q"]),
        TestNode("DequantizeLinear", ["q", "s", "z"], ["d"]),
        TestNode(
          "AveragePool", ["d"], ["a"],
          [("kernel_shape", .integers([3])), ("pads", .integers([1, 1]))]),
        TestNode("QuantizeLinear", ["a", "s", "z"], ["y"]),
      ],
      inputs: [("x", [0, 1, 4])],
      initializers: [TestTensor("s", [], [0.3]), TestTensor("z", [], integers: [0], type: .uint8)])
    // 1, 2, 3, 4 steps: means 1.5, 2, 3, 3.5.
    #expect(try model.output([0.3, 0.6, 0.9, 1.2]) == [2, 2, 3, 4])
  }

  // MARK: QONNX

  /// (rounding mode, what becomes of -2.5, -1.5, 0.5, 1.5 in steps of 1).
  @Test(
    arguments: [
      ("ROUND", [-2, -2, 0, 2]), ("FLOOR", [-3, -2, 0, 1]), ("CEIL", [-2, -1, 1, 2]),
      ("DOWN", [-2, -1, 0, 1]), ("UP", [-3, -2, 1, 2]), ("HALF_UP", [-3, -2, 1, 2]),
      ("HALF_DOWN", [-2, -1, 0, 1]), ("HALF_EVEN", [-2, -2, 0, 2]),
    ] as [(String, [Double])])
  func everyRoundingMode(_ mode: String, _ expected: [Double]) throws {
    for scale in [1.0, 0.5, 3] as [Float] {
      let model = TestModel(
        [
          TestNode(
            "Quant", ["x", "s", "z", "b"], ["y"],
            [("rounding_mode", .text(mode)), ("signed", .integer(1)), ("narrow", .integer(0))],
            domain: "onnx.brevitas")
        ],
        initializers: [
          TestTensor("s", [], [scale]), TestTensor("z", [], [0]), TestTensor("b", [], [4]),
        ])
      let factor = Double(scale)
      let output = try model.output([-2.5, -1.5, 0.5, 1.5].map { $0 * factor })
      #expect(output == expected.map { $0 * factor }, "scale \(scale)")
      let clamped = try model.output([99, -99, 7, -8].map { $0 * factor })
      #expect(clamped == [7, -8, 7, -8].map { $0 * factor }, "scale \(scale)")
    }
  }

  @Test(arguments: [
    (true, true, -7, 7), (true, false, -8, 7), (false, true, 0, 14), (false, false, 0, 15),
  ])
  func everyRange(_ signed: Bool, _ narrow: Bool, _ low: Int, _ high: Int) throws {
    for scale in [0.5, 0.3] as [Float] {
      let model = TestModel(
        [
          TestNode(
            "Quant", ["x", "s", "z", "b"], ["y"],
            [("signed", .integer(signed ? 1 : 0)), ("narrow", .integer(narrow ? 1 : 0))],
            domain: "qonnx.custom_op.general")
        ],
        initializers: [
          TestTensor("s", [], [scale]), TestTensor("z", [], [0]), TestTensor("b", [], [4]),
        ])
      let output = try model.output([99, -99, 0, 0])
      #expect(output[0] == Double(high) * Double(scale) && output[1] == Double(low) * Double(scale))
    }
  }

  @Test func signsAreOneBit() throws {
    let model = TestModel(
      [TestNode("BipolarQuant", ["x", "s"], ["y"], domain: "onnx.brevitas")],
      initializers: [TestTensor("s", [], [0.5])])
    #expect(try model.output([0, -0.001, 7, -7]) == [0.5, -0.5, 0.5, -0.5])
  }

  @Test func truncationDropsLowBits() throws {
    let model = TestModel(
      [
        TestNode(
          "Quant", ["x", "s", "z", "b"], ["q"], [("signed", .integer(1))], domain: "onnx.brevitas"),
        TestNode(
          "Trunc", ["q", "s", "z", "b", "o"], ["y"], [("rounding_mode", .text("FLOOR"))],
          domain: "onnx.brevitas"),
      ],
      initializers: [
        TestTensor("s", [], [0.5]), TestTensor("z", [], [0]), TestTensor("b", [], [8]),
        TestTensor("o", [], [6]),
      ])
    // In steps of 0.5: 7, -7, 8, 3, over 4 and down.
    #expect(try model.output([3.5, -3.5, 4, 1.5]) == [0.5, -1, 1, 0])
  }

  @Test func scalesPerChannelOfWeightsAreLeftToTheResult() throws {
    let model = TestModel(
      [
        TestNode("Quant", ["x", "s", "z", "b"], ["q"], domain: "onnx.brevitas"),
        TestNode("Quant", ["w", "ws", "z", "b"], ["wq"], domain: "onnx.brevitas"),
        TestNode("MatMul", ["q", "wq"], ["y"]),
      ],
      initializers: [
        TestTensor("s", [], [0.5]), TestTensor("z", [], [0]), TestTensor("b", [], [4]),
        TestTensor("w", [4, 2], [0.6, 0.5, 0, 1, 0, 0, 0, 0]),
        TestTensor("ws", [1, 2], [0.3, 0.25]),
      ])
    let output = try model.output([1, 2, 0, 0])
    #expect(abs(output[0] - 0.6) < 1e-7 && output[1] == 2.5)
    #expect(try ops(model) == ["input", "quantize", "dense", "multiply"])
  }

  // MARK: FINN

  @Test(arguments: [1, 3])
  func thresholdsAreCounted(_ count: Int) throws {
    let all: [Float] = [-1, 0, 2, 0.5, 1, 1.5]
    let thresholds = TestTensor(
      "t", [2, count], Array(all[..<count]) + Array(all[3..<3 + count]))
    let model = TestModel(
      [
        TestNode(
          "MultiThreshold", ["x", "t"], ["y"],
          [("out_scale", .float(2)), ("out_bias", .float(-1)), ("out_dtype", .text("INT4"))],
          domain: "finn")
      ],
      inputs: [("x", [0, 2])], initializers: [thresholds])
    let expected: [(x: [Double], y: [Double])] =
      count == 1
      ? [([-1, 0.4], [1, -1]), ([-1.5, 0.5], [-1, 1])]
      : [([-1, 0.4], [1, -1]), ([2, 1.5], [5, 5]), ([1.9, 1], [3, 3])]
    for (x, y) in expected { #expect(try model.output(x) == y) }
  }

  @Test func agreeingBitsAreCounted() throws {
    let model = TestModel(
      [TestNode("XnorPopcountMatMul", ["x", "w"], ["y"], domain: "qonnx.custom_op.general")],
      initializers: [TestTensor("w", [4, 2], [1, 0, 1, 0, 0, 0, 0, 1])])
    #expect(try model.output([1, 1, 0, 0]) == [4, 1])
    #expect(try model.output([0, 1, 0, 1]) == [2, 3])
  }
}
