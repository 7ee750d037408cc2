// Exported ONNX files give the exact evaluator's numbers in onnxruntime.

import Diagnostics
import Exporters
import FileFormats
import FixedPoint
import GraphIR
import TestSupport
import Testing

/// Whether PyPI's onnxruntime is there.
private let hasRuntime: Bool = {
  guard let python = Oracle.python else { return false }
  return (try? runProgram(python, ["-c", "import onnx, onnxruntime"]))?.status == 0
}()

extension Graph {
  /// Whether float32 holds every number and every sum of this graph.
  fileprivate var fitsSinglePrecision: Bool {
    guard let ranges = try? inferRanges() else { return false }
    return ids.allSatisfy { id in
      switch ranges[id.index] {
      case .fixed(let range): (FixedFormat(holding: range.hull)?.width ?? 64) <= 20
      case .real: if case .input = self[id].op { true } else { false }
      }
    }
  }
}

@Suite struct ONNXExporterTests {
  /// Writes a model, samples and what they give; `index` tells files apart.
  private func write(_ graph: Graph, _ dialect: ONNXDialect, _ index: Int, in folder: String) throws
  {
    let samples = graph.randomSamples(count: 6, seed: 7)
    let evaluator = Evaluator(graph, arithmetic: .exact)
    let outputs = samples.map { evaluator.outputs($0)[0].asReal }
    guard case .input(let input) = graph[graph.inputs[0]].op else { return }
    try writeFileAtomically("\(folder)/\(index).onnx", try exportONNX(graph, dialect))
    let x = NumberArray(
      samples.flatMap { $0[0] }, shape: [samples.count] + input.rawShape.extents)
    let y = NumberArray(
      outputs.flatMap(\.values), shape: [samples.count] + outputs[0].shape.extents)
    try writeFileAtomically("\(folder)/\(index)-x.npy", NPY.write(x))
    try writeFileAtomically("\(folder)/\(index)-y.npy", NPY.write(y))
  }

  /// Compares everything written to `folder`; a line per file that differs.
  private func runEverything(in folder: String, count: Int) throws -> String {
    let script = """
      import numpy as np, onnx, onnxruntime as ort
      options = ort.SessionOptions()
      options.log_severity_level = 3
      for i in range(\(count)):
          name = f"\(folder)/{i}.onnx"
          onnx.checker.check_model(onnx.load(name), full_check=True)
          session = ort.InferenceSession(name, options)
          x = np.load(name.replace(".onnx", "-x.npy")).astype(np.float32)
          y = np.load(name.replace(".onnx", "-y.npy"))
          z = session.run(None, {session.get_inputs()[0].name: x})[0]
          if z.shape != y.shape or not np.array_equal(z.astype(np.float64), y):
              print(i, z.shape, y.shape, np.abs(z - y).max() if z.shape == y.shape else "")
      """
    let result = try runProgram(Oracle.python!, ["-c", script])
    try #require(result.status == 0, "\(result.output)")
    return result.output
  }

  @Test(.enabled(if: hasRuntime, "no onnx and onnxruntime in .venv: make test installs them"))
  func randomNetworksGiveTheSameNumbers() throws {
    try withTemporaryFolder { folder in
      var count = 0
      var seed: UInt64 = 0
      while count < 40, seed < 4000 {
        seed += 1
        var generator = NetworkGenerator(seed: seed)
        var network = generator.network()
        network.isClassifier = false
        let graph = network.graph
        guard graph.fitsSinglePrecision else { continue }
        do { try write(graph, .onnx, count, in: folder) } catch let problem as Diagnostic {
          #expect(problem.id == "export.not-in-onnx")
          continue
        }
        count += 1
      }
      #expect(count == 40)
      let output = try runEverything(in: folder, count: count)
      #expect(output == "")
    }
  }

  /// Ops and attributes that random networks do not have.
  @Test(.enabled(if: hasRuntime, "no onnx and onnxruntime in .venv: make test installs them"))
  func everyOpGivesTheSameNumbers() throws {
    let bodies = [
      "u = upsample(q) {factors: [2, 1]}\n c = crop(u) {cropping: [1, 0, 0, 1]}\n return c",
      "s = slice(q) {begin: 1, count: 1}\n p = pad(s) {padding: [1, 0, 2, 1]}\n return p",
      "g = gather(q) {axis: 1, indices: [2, 0]}\n t = transpose(g) {permutation: [2, 0, 1]}\n return t",
      "r = reduce(q) {function: sum, axes: [0, 1]}\n return r",
      "r = reduce(q) {function: maximum, axes: [2]}\n return r",
      "p = sum-pool(q) {window: [2, 2], strides: [1, 1]}\n return p",
      "p = average-pool(q) {window: [2, 2], strides: [2, 1]}\n return p",
      "p = max-pool(q) {window: [2, 3], strides: [2, 1], padding: [1, 0, 1, 1]} |> relu()\n return p",
      "p = global-max-pool(q)\n a = argmax(p)\n return a",
      "m = max-pool(q) {window: [2, 1], strides: [2, 2]}\n p = global-average-pool(m) |> clip() {low: -1.0, high: 0.75}\n return p",
      "f = reshape(q) {shape: [6, 4]}\n m = max-pool(f) {window: [2]}\n return m",
      "c = concat(q, q)\n l = prelu(c) {alpha: [0.5, 0.25, 1.5, -0.5]}\n return l",
      "m = maximum(q, q)\n n = leaky-relu(m) {alpha: 0.125}\n d = subtract(n, q)\n return d",
    ]
    let quantizers = [
      "{format: s6f3, rounding: half-even, overflow: saturate}",
      "{format: [u5f2, s4f3], rounding: half-away, overflow: saturate-symmetric}",
      "{format: [s5f2, u3f0], rounding: half-up, overflow: wrap}",
      "{format: s8f5, rounding: half-even, overflow: saturate-symmetric}",
      "{format: u7f2, rounding: toward-zero, overflow: saturate}",
    ]
    try withTemporaryFolder { folder in
      var count = 0
      for body in bodies {
        for (index, quantizer) in quantizers.enumerated() {
          let order = index % 2 == 0 ? ", order: [1, 2, 0], scale: [0.5]" : ""
          let graph = try Graph(
            parsing: """
              graph g {
                x = input() {shape: [4, 3, 2]\(order)}
                q = quantize(x) \(quantizer)
                \(body)
              }
              """)
          try write(graph, .onnx, count, in: folder)
          count += 1
        }
      }
      let output = try runEverything(in: folder, count: count)
      #expect(output == "")
    }
  }

  @Test func whatONNXCannotSayIsRefused() throws {
    let graph = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [2, 1]}
          d = dilate(x) {factors: [2]}
          return d
        }
        """)
    do {
      _ = try exportONNX(graph, .onnx)
      Issue.record("dilate was exported")
    } catch {
      #expect(
        error.rendered == """
          d: error: ONNX cannot say it: dilate has no operator [export.not-in-onnx]
            help: export as .nnm, which holds every graph
          """)
    }
  }
}
