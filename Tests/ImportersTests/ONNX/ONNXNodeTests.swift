// The operator cases of the ONNX project: one small model each, with inputs and outputs.

import Diagnostics
import FileFormats
import Foundation
import GraphIR
import TestSupport
import Testing

@testable import Importers

/// Folders of cases: of the collection of real models, and of PyPI's onnx.
private let folders: [String] = {
  var candidates: [String] = []
  if let shared = ProcessInfo.processInfo.environment["NNCC_SHARED"] {
    candidates.append(shared + "/models/onnx-node-tests")
  }
  if let python = Oracle.python {
    let library = URL(fileURLWithPath: python).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("lib").path
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
    candidates += versions.sorted().map {
      "\(library)/\($0)/site-packages/onnx/backend/test/data/node"
    }
  }
  return candidates.filter { FileManager.default.fileExists(atPath: $0) }
}()

/// Cases whose recorded outputs wrap where the standard saturates; later versions of onnx say so too.
private let outdated = [
  "test_qlinearmatmul_2D_int8_float16", "test_qlinearmatmul_2D_int8_float32",
]

/// What became of a case.
private enum Outcome: Equatable {
  case passed
  case refused(String)
  case differs(String)
}

/// One case: a model, and tensors as files of their own.
private struct NodeCase {
  let model: ONNXModel
  let bytes: [UInt8]
  let inputs: [ONNXTensor]
  let outputs: [ONNXTensor]

  init(_ folder: String) throws(Diagnostic) {
    bytes = try readFile(folder + "/model.onnx")
    model = try ONNXModel(bytes, file: "m.onnx")
    inputs = try NodeCase.tensors(folder + "/test_data_set_0/input_", model.graph.inputs.count)
    outputs = try NodeCase.tensors(folder + "/test_data_set_0/output_", model.graph.outputs.count)
  }

  private static func tensors(_ prefix: String, _ count: Int) throws(Diagnostic) -> [ONNXTensor] {
    var list: [ONNXTensor] = []
    for index in 0..<count {
      let bytes = try readFile("\(prefix)\(index).pb")
      var reader = TensorReader(bytes, file: "t.pb")
      list.append(
        try reader.tensor(ONNXTensorProto(ProtobufReader(bytes, file: "t.pb")), "tensor"))
    }
    return list
  }

  /// Tries the inputs as such of the network, then all but the first as parameters, then all.
  var outcome: Outcome {
    for (input, info) in zip(inputs, model.graph.inputs) where input.type.rawValue != info.type {
      return .refused("the case stores \(input.type) for an input of \(ONNXType.name(info.type))")
    }
    if inputs.contains(where: { !$0.isFinite }) { return .refused("an input is not finite") }
    var first: Diagnostic?
    for computed in [inputs.count, 1, 0] {
      var constants: [String: ONNXTensor] = [:]
      for index in inputs.indices where index >= computed {
        constants[model.graph.inputs[index].name] = inputs[index]
      }
      do {
        let graph = try importONNX(model, bytes, file: "m.onnx", constants: constants)
        return compared(graph, Array(inputs.prefix(computed)))
      } catch { first = first ?? error }
    }
    return .refused(first?.message ?? "")
  }

  private func compared(_ graph: Graph, _ inputs: [ONNXTensor]) -> Outcome {
    let shapes = (try? graph.inferShapes()) ?? []
    let isExact = (try? graph.inferRanges()) != nil
    let evaluator = Evaluator(graph, arithmetic: isExact ? .exact : .float)
    let sizes = graph.inputs.map { shapes[$0.index].count }
    let samples = zip(inputs, sizes).map { $0.count / $1 }.max() ?? 1
    var computed = outputs.map { _ in [Double]() }
    for sample in 0..<samples {
      var raw: [[Double]] = []
      for (input, size) in zip(inputs, sizes) {
        let start = input.count == size ? 0 : sample * size
        guard start + size <= input.count else { return .differs("inputs of different batches") }
        raw.append(input.doubles(start..<start + size))
      }
      for (index, value) in evaluator.outputs(raw).enumerated() {
        // What is known at import is so for all samples together.
        if sample > 0, case .constant = graph[graph.outputs[index]].op { continue }
        computed[index] += value.asReal.values
      }
    }
    for (index, expected) in outputs.enumerated() {
      guard computed[index].count == expected.count else {
        return .differs("\(computed[index].count) elements instead of \(expected.count)")
      }
      let relative = expected.type == .float16 || expected.type == .bfloat16 ? 1e-2 : 1e-3
      for (a, b) in zip(computed[index], expected.doubles(0..<expected.count)) {
        let isEqual = expected.type.isReal ? abs(a - b) <= 1e-6 + relative * abs(b) : a == b
        if !isEqual, !(a.isNaN && b.isNaN), a != b { return .differs("\(a) instead of \(b)") }
      }
    }
    return .passed
  }
}

extension ONNXTensor {
  fileprivate var isFinite: Bool { type.isReal ? reals.allSatisfy { $0.isFinite } : true }

  fileprivate func doubles(_ range: Range<Int>) -> [Double] {
    switch numbers {
    case .reals(let values): values[range].map { Double($0) }
    case .integers(let values): values[range].map { Double($0) }
    }
  }
}

@Suite(.enabled(if: !folders.isEmpty, "no operator cases: make test installs PyPI's onnx"))
struct ONNXNodeTests {
  /// Every case of an operator that is imported gives its output; the others are refused.
  @Test(arguments: folders)
  func casesPassOrAreRefused(_ folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    var (passed, refused, total) = (0, [String](), 0)
    for name in names {
      total += 1
      let outcome: Outcome
      do { outcome = try NodeCase(folder + "/" + name).outcome } catch {
        outcome = .refused(error.message)
      }
      switch outcome {
      case .passed: passed += 1
      case .refused(let reason): refused.append("\(name): \(reason)")
      case .differs where outdated.contains(name): refused.append("\(name): outdated")
      case .differs(let how): Issue.record("\(name): \(how)")
      }
    }
    print("ONNX operator cases in \(folder): \(passed) of \(total) pass")
    if let path = ProcessInfo.processInfo.environment["NNCC_REFUSED_CASES"] {
      try refused.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(passed * 3 > total, "only \(passed) of \(total) pass")
  }
}
