import FileFormats
import Foundation
import GraphIR
import TestSupport
import Testing

@testable import Importers

private func runsPython(_ code: String) -> Bool {
  guard let python = Oracle.python else { return false }
  return (try? runProgram(python, ["-c", code]))?.status == 0
}

private let liteRTIsThere = runsPython("import flatbuffers, ai_edge_litert.interpreter")

/// The largest difference between what a graph computes and what was recorded.
private func largestDifference(
  _ graph: Graph, _ inputs: [NumberArray], _ expected: NumberArray
) -> Double {
  let arithmetic: Evaluator.Arithmetic = (try? graph.inferRanges()) == nil ? .float : .exact
  let evaluator = Evaluator(graph, arithmetic: arithmetic)
  let count = expected.shape[0]
  let raw = inputs.map(\.doubles)
  let outputs = expected.doubles
  let size = outputs.count / count
  var largest = 0.0
  for sample in 0..<count {
    let values = evaluator.outputs(
      raw.map { Array($0[sample * $0.count / count..<(sample + 1) * $0.count / count]) })
    for (index, value) in values[0].asReal.values.enumerated() {
      largest = max(largest, abs(value - outputs[sample * size + index]))
    }
  }
  return largest
}

@Suite(
  .serialized,
  .enabled(if: liteRTIsThere, "the Python of NNCC_PYTHON cannot import ai_edge_litert"))
struct TFLiteOracleTests {
  /// The same integers as LiteRT for every operator, type and activation.
  @Test(arguments: TFLiteKernels.allCases, [1, 2])
  func operatorsComputeTheIntegersOfTheRuntime(kernels: TFLiteKernels, seed: Int) throws {
    try withTemporaryFolder { folder in
      let result = try runProgram(
        Oracle.python!, ["-c", tfliteOracleScript, folder, "\(seed)", kernels.rawValue])
      try #require(result.status == 0, "\(result.output)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        .filter { $0.hasSuffix(".tflite") }.map { String($0.dropLast(7)) }
      #expect(names.count > 80)
      for name in names {
        let path = "\(folder)/\(name)"
        let graph = try importTFLite(
          try readFile(path + ".tflite"), file: name, kernels: kernels)
        func array(_ suffix: String) throws -> NumberArray {
          try NPY.read(try readFile(path + suffix), file: path + suffix)
        }
        let inputs = try graph.inputs.indices.map { try array(".in\($0).npy") }
        let difference = largestDifference(graph, inputs, try array(".out.npy"))
        #expect(difference == 0, "\(name): \(difference)")
      }
    }
  }

  /// The models of MLPerf Tiny in the folder NNCC_MODELS: a hundred random inputs each.
  @Test(
    .enabled(if: allTests, "set NNCC_SLOW=1"),
    arguments: ["mlperf_ad01_int8", "mlperf_ic_resnet8_int8", "mlperf_kws_dscnn_int8"])
  func benchmarkModelsComputeTheIntegersOfTheRuntime(name: String) throws {
    guard let models = ProcessInfo.processInfo.environment["NNCC_MODELS"] else { return }
    let file = "\(models)/tflite/\(name).tflite"
    try withTemporaryFolder { folder in
      let script = """
        import sys
        import numpy as np
        from ai_edge_litert.interpreter import Interpreter
        runner = Interpreter(sys.argv[1])
        runner.allocate_tensors()
        x, y = runner.get_input_details()[0], runner.get_output_details()[0]
        inputs = np.random.default_rng(5).integers(-128, 128, (100, *x["shape"]), dtype=np.int8)
        outputs = []
        for one in inputs:
            runner.set_tensor(x["index"], one)
            runner.invoke()
            outputs.append(runner.get_tensor(y["index"]).copy())
        np.save(sys.argv[2] + "/in.npy", inputs)
        np.save(sys.argv[2] + "/out.npy", np.stack(outputs))
        """
      let result = try runProgram(Oracle.python!, ["-c", script, file, folder])
      try #require(result.status == 0, "\(result.output)")
      func array(_ name: String) throws -> NumberArray {
        try NPY.read(try readFile("\(folder)/\(name)"), file: name)
      }
      let graph = try importTFLite(try readFile(file), file: file)
      #expect(largestDifference(graph, [try array("in.npy")], try array("out.npy")) == 0)
    }
  }
}
