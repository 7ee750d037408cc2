import Diagnostics
import FileFormats
import GraphIR
import SeededRandom
import TestSupport
import Testing

@testable import Importers

/// Whatever happens to a file: a sound graph or a diagnostic, never a crash.
@Suite struct ONNXDamageTests {
  private let bytes: [UInt8]

  init() {
    bytes = ONNXDamageTests.model.bytes
  }

  /// A convolution, a pool, a quantizer, shape arithmetic and a dense layer.
  private static var model: TestModel {
    TestModel(
      [
        TestNode("Conv", ["x", "k", "b"], ["c"], [("pads", .integers([1, 1, 1, 1]))]),
        TestNode(
          "MaxPool", ["c"], ["p"],
          [("kernel_shape", .integers([2, 2])), ("strides", .integers([2, 2]))]),
        TestNode("QuantizeLinear", ["p", "s", "z"], ["q"]),
        TestNode("DequantizeLinear", ["q", "s", "z"], ["d"]),
        TestNode("Shape", ["d"], ["shape"]),
        TestNode("Gather", ["shape", "zero"], ["n"], [("axis", .integer(0))]),
        TestNode("Unsqueeze", ["n", "axes"], ["m"]),
        TestNode("Concat", ["m", "rest"], ["target"], [("axis", .integer(0))]),
        TestNode("Reshape", ["d", "target"], ["f"]),
        TestNode("Gemm", ["f", "w", "v"], ["g"], [("transB", .integer(1))]),
        TestNode("Softmax", ["g"], ["y"]),
      ],
      inputs: [("x", [0, 2, 4, 4])],
      initializers: [
        TestTensor("k", [3, 2, 3, 3], (0..<54).map { Float($0 % 7) / 4 - 1 }),
        TestTensor("b", [3], [0.5, -1, 2]),
        TestTensor("s", [], [0.05]), TestTensor("z", [], integers: [128], type: .uint8),
        TestTensor("zero", [], integers: [0]), TestTensor("axes", [1], integers: [0]),
        TestTensor("rest", [1], integers: [-1]),
        TestTensor("w", [2, 12], (0..<24).map { Float($0) / 10 }), TestTensor("v", [2], [1, 2]),
      ])
  }

  private func survives(_ damaged: [UInt8]) {
    do {
      let graph = try importONNX(damaged, file: "x.onnx")
      if !graph.verify().isEmpty { Issue.record("an unsound graph was let in") }
    } catch {
      if error.location.file != "x.onnx" { Issue.record("\(error.rendered)") }
    }
  }

  @Test func theModelItselfImports() throws {
    let graph = try importONNX(bytes, file: "x.onnx")
    #expect(graph.verify().isEmpty)
  }

  @Test func everyTruncationIsSurvived() {
    for count in bytes.indices { survives(Array(bytes[..<count])) }
  }

  @Test func flippedBitsAreSurvived() {
    for index in bytes.indices {
      for bit in allTests ? Array(0..<8) : [index % 8, (index + 3) % 8] {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        survives(damaged)
      }
    }
  }

  @Test func swappedPiecesAreSurvived() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<(allTests ? 20_000 : 1500) {
      var damaged = bytes
      let from = Int.random(in: 0..<bytes.count - 20, using: &random)
      let to = Int.random(in: 0..<bytes.count - 20, using: &random)
      let count = Int.random(in: 1...20, using: &random)
      damaged.replaceSubrange(to..<to + count, with: bytes[from..<from + count])
      survives(damaged)
    }
  }

  /// Extents, axes, pads and lists of shapes that are huge, negative or zero.
  @Test(arguments: [Int.min, Int.max, -1, 0, 1 << 31, 1 << 20, 17])
  func wildNumbersAreSurvived(_ wild: Int) {
    for node in ONNXDamageTests.model.nodes.indices {
      for attribute in [
        "axis", "pads", "strides", "dilations", "group", "kernel_shape", "transB", "ceil_mode",
      ] {
        var model = ONNXDamageTests.model
        model.nodes[node].attributes.removeAll { $0.0 == attribute }
        model.nodes[node].attributes.append((attribute, .integers([wild, wild])))
        survives(model.bytes)
        model.nodes[node].attributes[model.nodes[node].attributes.count - 1].1 = .integer(wild)
        survives(model.bytes)
      }
    }
    for tensor in ONNXDamageTests.model.initializers.indices {
      var model = ONNXDamageTests.model
      for axis in model.initializers[tensor].shape.indices {
        model.initializers[tensor].shape[axis] = wild
        survives(model.bytes)
      }
      model = ONNXDamageTests.model
      if model.initializers[tensor].type == .int64 {
        model.initializers[tensor] = TestTensor(
          model.initializers[tensor].name, model.initializers[tensor].shape, integers: [wild])
        survives(model.bytes)
      }
    }
    for axis in 0..<4 where wild > 0 {
      var model = ONNXDamageTests.model
      model.inputs[0].shape[axis] = wild
      survives(model.bytes)
    }
  }

  @Test func aSmallGzipFileCannotFillTheMemory() {
    // A gzip member of 2^26 zeros: stored as one byte and long matches.
    #expect(
      difference(from: "gzip.truncated") {
        try importONNX([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], file: "x.onnx.gz")
      } == nil)
  }
}
