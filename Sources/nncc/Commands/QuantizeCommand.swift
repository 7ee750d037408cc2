// nncc quantize: post-training quantization of a float model.

import Compiler
import Diagnostics
import Exporters
import FileFormats
import GraphIR
import Importers
import Training

enum QuantizeCommand: Command {
  static let spec = CommandSpec(
    name: "quantize", summary: "quantize a float model without training, from a few samples",
    positionals: [PositionalSpec("MODEL", "a float model file")],
    options: CalibrationOptions.specs + ModelOptions.specs + [
      OptionSpec("--output", "OUT.nnm", "where to write the quantized model (also: -o)"),
      OptionSpec("--limit", "N", "measure the accuracy on the first N test samples only"),
    ],
    example: "nncc quantize model.nnm --calibrate mnist:DIR --bits 8 -o model-int8.nnm")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let data = arguments.string("--calibrate") else {
      throw UsageError("--calibrate is missing")
    }
    guard let output = arguments.string("--output") else { throw UsageError("-o is missing") }
    let calibration = try CalibrationOptions.calibration(arguments)
    let limit = try arguments.integer("--limit", in: 1...Int.max)
    try checkFileReplaceable(output)
    let model = try ModelOptions.model(arguments)
    let quantized = try CalibrationOptions.quantize(model, data, calibration)
    let (samples, labels) = try SharedOptions.samples(data, limit: limit, for: model)
    func accuracy(_ graph: Graph, _ engine: Engine) throws -> Accuracy {
      let result = try Compiler.run(
        graph, on: samples, engine: engine, options: CompileOptions(),
        assets: SharedOptions.assets(arguments))
      return Accuracy(
        result.outputs, labels: labels, areProbabilities: graph.endsInSoftmax)
    }
    let before = try accuracy(model, .float)
    let after = try accuracy(quantized, .fixed)
    try writeFileAtomically(output, exportNNM(quantized))
    console.print(calibration.summary)
    console.print(
      "accuracy \(percent(before.accuracy)) in floating point, \(percent(after.accuracy)) in "
        + "integers, of \(after.samples) samples; wrote \(output)")
    console.json([
      "output": .string(output), "accuracy_before": .double(before.accuracy),
      "accuracy": .double(after.accuracy), "loss": after.loss.map { .double($0) } ?? .null,
      "samples": JSONValue(after.samples),
    ])
  }
}
