// Real models with recorded outputs: which of them import, and whether they compute the same.

import Diagnostics
import FileFormats
import Foundation
import GraphIR
import Importers

/// One model of a collection's `models.json`.
private struct SampleModel {
  var group: String
  var name: String
  var file: String
  /// `should import`, `stretch: why` or `unsupported: why`.
  var expectation: String
  /// Where `in0.npy …` and `out0.npy …` stand; nil when no tool could run the model.
  var golden: String?

  init(_ entry: JSONField) throws(Diagnostic) {
    group = try entry.member("group").string()
    name = try entry.member("name").string()
    file = try entry.member("file").string()
    expectation = try entry.member("expect").string()
    if let field = try entry.optionalMember("golden"), !field.isNull {
      golden = try field.optionalMember("dir")?.string()
    }
  }

  /// Whether the outputs are those of integers: they must be equal but for float32 rounding.
  var isQuantized: Bool {
    ["qkeras", "hgq", "qonnx", "finn_onnx", "onnx_int8"].contains(group)
  }
}

/// What became of one model.
private struct ImportResult {
  enum Verdict: String {
    /// It computes the recorded outputs.
    case agrees
    case differs
    /// It imports, and nothing is recorded.
    case imports
    case refused
  }

  var verdict: Verdict
  var milliseconds: Double
  var samples = 0
  /// The largest difference, relative to the largest recorded output.
  var error = 0.0
  var message = ""
}

extension SampleModel {
  fileprivate func result(in folder: String) -> ImportResult {
    let start = ContinuousClock.now
    func elapsed() -> Double { (ContinuousClock.now - start) / .milliseconds(1) }
    do {
      let graph = try importModel(folder + "/" + file)
      var result = ImportResult(verdict: .imports, milliseconds: elapsed())
      if let golden { try compare(graph, folder + "/" + golden, &result) }
      return result
    } catch {
      let text = error.rendered
      return ImportResult(
        verdict: .refused, milliseconds: elapsed(),
        message: text.split(separator: "\n").first.map(String.init) ?? "")
    }
  }

  private func compare(_ graph: Graph, _ golden: String, _ result: inout ImportResult)
    throws(Diagnostic)
  {
    let inputs = try arrays(golden + "/in", count: graph.inputs.count)
    let outputs = try arrays(golden + "/out", count: graph.outputs.count)
    let sizes = try graph.inferShapes()
    let perSample = graph.inputs.map { sizes[$0.index].count }
    result.samples = inputs[0].count / perSample[0]
    let isExact = (try? graph.inferRanges()) != nil
    let evaluator = Evaluator(graph, arithmetic: isExact ? .exact : .float)
    let raw = inputs.map(\.doubles)
    let expected = outputs.map(\.doubles)
    let tolerance = isQuantized ? 1e-5 : 1e-4
    result.verdict = .agrees
    var computed = outputs.map { _ in [Double]() }
    for sample in 0..<result.samples {
      let values = evaluator.outputs(
        zip(raw, perSample).map { Array($0[sample * $1..<(sample + 1) * $1]) })
      for (index, value) in values.enumerated() { computed[index] += value.asReal.values }
    }
    for (index, values) in computed.enumerated() {
      guard values.count == expected[index].count else {
        result.verdict = .differs
        result.message = "\(values.count) outputs instead of \(expected[index].count)"
        return
      }
      // Outputs that are all below a thousandth are what is left of float32 functions such as a saturated
      // sigmoid.
      let scale = expected[index].reduce(1e-3) { max($0, abs($1)) }
      let isInteger = !outputs[index].type.isFloat
      for (a, b) in zip(values, expected[index]) {
        let error = a.isNaN != b.isNaN ? .infinity : abs(a - b) / scale
        result.error = max(result.error, error)
        if isInteger ? a != b : error > tolerance { result.verdict = .differs }
      }
    }
  }

  private func arrays(_ prefix: String, count: Int) throws(Diagnostic) -> [NumberArray] {
    var arrays: [NumberArray] = []
    for index in 0..<count {
      let path = "\(prefix)\(index).npy"
      arrays.append(try NPY.read(try readFile(path), file: path))
    }
    return arrays
  }
}

/// Prints a line per model of `folder/models.json` whose group or name holds `filter`, and a summary;
/// returns whether everything went as the collection expects.
func printImportTable(_ folder: String, filter: String) throws -> Bool {
  let list = folder + "/models.json"
  let text = String(decoding: try readFile(list), as: UTF8.self)
  let models = try JSONField(parsing: text, file: list).elements().map { try SampleModel($0) }
  print("group\tmodel\texpected\tresult\tsamples\terror\tmilliseconds\tmessage")
  var counts: [String: [String: Int]] = [:]
  var isFine = true
  for model in models where filter.isEmpty || "\(model.group)/\(model.name)".contains(filter) {
    let result = model.result(in: folder)
    let expected = String(model.expectation.prefix { $0 != ":" })
    counts[expected, default: [:]][result.verdict.rawValue, default: 0] += 1
    switch (expected, result.verdict) {
    case ("should import", .refused), (_, .differs): isFine = false
    case ("unsupported", .agrees), ("unsupported", .imports): isFine = false
    default: break
    }
    print(
      [
        model.group, model.name, expected, result.verdict.rawValue, "\(result.samples)",
        result.error == 0 ? "0" : String(format: "%.1e", result.error),
        String(format: "%.0f", result.milliseconds), result.message,
      ].joined(separator: "\t"))
    fflush(nil)
  }
  for (expected, verdicts) in counts.sorted(by: { $0.key < $1.key }) {
    let parts = verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print("# \(expected): " + parts.joined(separator: ", "))
  }
  return isFine
}
