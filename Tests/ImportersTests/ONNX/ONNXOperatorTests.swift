import Diagnostics
import GraphIR
import TestSupport
import Testing

@testable import Importers

/// Operators whose attributes and inputs changed from opset to opset, and what the ONNX project has no
/// cases for.
@Suite struct ONNXOperatorTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    var node: TestNode
    var shape: [Int]
    var initializers: [TestTensor] = []
    var opset = 13
    var input: [Double]
    var expected: [Double]

    var testDescription: String { "\(name), opset \(opset)" }
  }

  private static let cases: [Case] = [
    Case(
      name: "Clip with attributes",
      node: TestNode("Clip", ["x"], ["y"], [("min", .float(0)), ("max", .float(6))]),
      shape: [0, 3], opset: 7, input: [-1, 3, 9], expected: [0, 3, 6]),
    Case(
      name: "Clip with inputs", node: TestNode("Clip", ["x", "", "b"], ["y"]), shape: [0, 3],
      initializers: [TestTensor("b", [], [2])], input: [-1, 3, 9], expected: [-1, 2, 2]),
    Case(
      name: "Squeeze with an attribute",
      node: TestNode("Squeeze", ["x"], ["y"], [("axes", .integers([1]))]), shape: [0, 1, 2],
      opset: 9, input: [1, 2], expected: [1, 2]),
    Case(
      name: "Softmax of all axes", node: TestNode("Softmax", ["x"], ["y"]), shape: [0, 2, 2],
      opset: 9, input: [0, 0, 0, 0], expected: [0.25, 0.25, 0.25, 0.25]),
    Case(
      name: "Softmax of one axis", node: TestNode("Softmax", ["x"], ["y"]), shape: [0, 2, 2],
      input: [0, 0, 0, 0], expected: [0.5, 0.5, 0.5, 0.5]),
    Case(
      name: "Slice with attributes",
      node: TestNode(
        "Slice", ["x"], ["y"],
        [("starts", .integers([1])), ("ends", .integers([-1])), ("axes", .integers([1]))]),
      shape: [0, 4], opset: 9, input: [1, 2, 3, 4], expected: [2, 3]),
    Case(
      name: "Slice backwards", node: TestNode("Slice", ["x", "s", "e", "a", "d"], ["y"]),
      shape: [0, 4],
      initializers: [
        TestTensor("s", [1], integers: [-1]), TestTensor("e", [1], integers: [Int.min]),
        TestTensor("a", [1], integers: [1]), TestTensor("d", [1], integers: [-2]),
      ], input: [1, 2, 3, 4], expected: [4, 2]),
    Case(
      name: "Pad with attributes",
      node: TestNode(
        "Pad", ["x"], ["y"],
        [("pads", .integers([0, 1, 0, 2])), ("value", .float(7))]),
      shape: [0, 2], opset: 2, input: [1, 2], expected: [7, 1, 2, 7, 7]),
    Case(
      name: "Pad of four axes, reflected",
      node: TestNode("Pad", ["x", "p"], ["y"], [("mode", .text("reflect"))]), shape: [1, 1, 1, 3],
      initializers: [TestTensor("p", [8], integers: [0, 0, 0, 2, 0, 0, 0, 1])], input: [1, 2, 3],
      expected: [3, 2, 1, 2, 3, 2]),
    Case(
      name: "Upsample", node: TestNode("Upsample", ["x", "s"], ["y"]), shape: [1, 1, 1, 2],
      initializers: [TestTensor("s", [4], [1, 1, 2, 2])], opset: 9, input: [1, 2],
      expected: [1, 1, 2, 2, 1, 1, 2, 2]),
    Case(
      name: "Constant minus x", node: TestNode("Sub", ["c", "x"], ["y"]), shape: [0, 2],
      initializers: [TestTensor("c", [2], [10, 20])], input: [1, 2], expected: [9, 18]),
    Case(
      name: "Constant over x", node: TestNode("Div", ["c", "x"], ["y"]), shape: [0, 2],
      initializers: [TestTensor("c", [2], [10, 20])], input: [2, 8], expected: [5, 2.5]),
    Case(
      name: "Mean image", node: TestNode("Sub", ["x", "c"], ["y"]), shape: [1, 2, 1, 2],
      initializers: [TestTensor("c", [1, 2, 1, 2], [1, 2, 3, 4])], input: [1, 1, 1, 1],
      expected: [0, -1, -2, -3]),
    Case(
      name: "Gemm with every factor",
      node: TestNode(
        "Gemm", ["x", "w", "c"], ["y"],
        [("alpha", .float(2)), ("beta", .float(0.5)), ("transB", .integer(1))]),
      shape: [0, 2],
      initializers: [TestTensor("w", [2, 2], [1, 2, 3, 4]), TestTensor("c", [1, 2], [2, 4])],
      input: [1, 1], expected: [7, 16]),
    Case(
      name: "Product from the left", node: TestNode("MatMul", ["w", "x"], ["y"]),
      shape: [1, 2, 2], initializers: [TestTensor("w", [1, 2], [1, 10])], input: [1, 2, 3, 4],
      expected: [31, 42]),
    Case(
      name: "Depthwise convolution over time",
      node: TestNode(
        "Conv", ["x", "k"], ["y"], [("group", .integer(2)), ("strides", .integers([2]))]),
      shape: [0, 2, 4], initializers: [TestTensor("k", [2, 1, 2], [1, 1, 1, -1])],
      input: [1, 2, 3, 4, 5, 6, 7, 9], expected: [3, 7, -1, -2]),
    Case(
      name: "Same padding, more in front",
      node: TestNode(
        "Conv", ["x", "k"], ["y"],
        [("auto_pad", .text("SAME_LOWER")), ("kernel_shape", .integers([2]))]),
      shape: [0, 1, 3], initializers: [TestTensor("k", [1, 1, 2], [10, 1])], input: [1, 2, 3],
      expected: [1, 12, 23]),
    Case(
      name: "Pool with ceil_mode",
      node: TestNode(
        "MaxPool", ["x"], ["y"],
        [
          ("kernel_shape", .integers([2])), ("strides", .integers([2])),
          ("ceil_mode", .integer(1)),
        ]),
      shape: [0, 1, 3], input: [1, 2, 3], expected: [2, 3]),
    Case(
      name: "Index of the largest", node: TestNode("ArgMax", ["x"], ["y"], [("axis", .integer(1))]),
      shape: [0, 4], input: [1, 9, 9, 2], expected: [1]),
    Case(
      name: "Index of the last largest",
      node: TestNode(
        "ArgMax", ["x"], ["y"], [("axis", .integer(1)), ("select_last_index", .integer(1))]),
      shape: [0, 4], input: [1, 9, 9, 2], expected: [2]),
    Case(
      name: "Identity of a dropout", node: TestNode("Dropout", ["x"], ["y"]), shape: [0, 2],
      opset: 7, input: [1, 2], expected: [1, 2]),
    Case(
      name: "Mean of an image",
      node: TestNode("ReduceMean", ["x"], ["y"], [("axes", .integers([2, 3]))]),
      shape: [0, 2, 1, 2], input: [1, 3, 5, 7], expected: [2, 6]),
  ]

  @Test(arguments: cases)
  func computes(_ test: Case) throws {
    let model = TestModel(
      [test.node], inputs: [("x", test.shape)], initializers: test.initializers, opset: test.opset)
    let output = try model.output(test.input)
    #expect(output.count == test.expected.count)
    for (a, b) in zip(output, test.expected) { #expect(abs(a - b) < 1e-6, "\(output)") }
  }

  /// The arithmetic of shapes that exporters write around a flattening.
  @Test func shapeArithmeticIsFolded() throws {
    let model = TestModel(
      [
        TestNode("Shape", ["x"], ["s"]),
        TestNode("Gather", ["s", "zero"], ["n"], [("axis", .integer(0))]),
        TestNode("Unsqueeze", ["n"], ["u"], [("axes", .integers([0]))]),
        TestNode("Slice", ["s", "one", "far"], ["tail"]),
        TestNode("ReduceProd", ["tail"], ["p"], [("keepdims", .integer(1))]),
        TestNode("Cast", ["p"], ["c"], [("to", .integer(7))]),
        TestNode("Concat", ["u", "c"], ["t"], [("axis", .integer(0))]),
        TestNode("Reshape", ["x", "t"], ["f"]),
        TestNode(
          "ConstantOfShape", ["c"], ["ones"], [("value", .tensor(TestTensor("", [1], [1])))]),
        TestNode("Mul", ["f", "ones"], ["y"]),
      ],
      inputs: [("x", [0, 2, 1, 2])],
      initializers: [
        TestTensor("zero", [], integers: [0]), TestTensor("one", [1], integers: [1]),
        TestTensor("far", [1], integers: [Int.max]),
      ], opset: 11)
    #expect(try model.output([1, 2, 3, 4]) == [1, 2, 3, 4])
  }
}
