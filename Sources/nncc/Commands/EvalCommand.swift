// nncc eval: accuracy and loss on a data set, by any engine.

import Compiler
import Diagnostics
import FileFormats
import GraphIR
import Importers

enum EvalCommand: Command {
  static let spec = CommandSpec(
    name: "eval", summary: "measure a model's accuracy on a data set, by any engine",
    positionals: [PositionalSpec("MODEL", "a model file")],
    options: [
      OptionSpec("--data", "SPEC", "a data set, e.g. mnist:DIR or csv:FILE; its test part counts"),
      OptionSpec("--engine", "NAME", "float, fixed (default), verilog or hls"),
      OptionSpec("--limit", "N", "use only the first N samples"),
    ] + ModelOptions.specs + SharedOptions.compilation.filter { $0.name != "--output" },
    example: "nncc eval model.nnm --data digits --engine verilog --limit 1000")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let data = arguments.string("--data") else { throw UsageError("--data is missing") }
    let engine = try arguments.choice("--engine", as: Engine.self) ?? .fixed
    let limit = try arguments.integer("--limit", in: 1...Int.max)
    let options = try SharedOptions.compileOptions(arguments)
    let model = try ModelOptions.model(arguments)
    let (samples, labels) = try SharedOptions.samples(data, limit: limit, for: model)
    let result = try Compiler.run(
      model, on: samples, engine: engine, options: options, assets: SharedOptions.assets(arguments))
    let isSimulated = engine == .verilog || engine == .hls
    let accuracy = Accuracy(
      result.outputs, labels: labels, areProbabilities: model.endsInSoftmax && !isSimulated)
    var line = "accuracy \(percent(accuracy.accuracy)) of \(accuracy.samples) samples"
    if let loss = accuracy.loss { line += ", loss \(fixed(loss, 4))" }
    var json: [JSONObject.Member] = [
      .init("accuracy", .double(accuracy.accuracy)),
      .init("loss", accuracy.loss.map { .double($0) } ?? .null),
      .init("samples", JSONValue(accuracy.samples)), .init("engine", .string(engine.rawValue)),
    ]
    if isSimulated {
      line += "; \(result.mismatches) frames differ from the exact evaluator"
      json.append(.init("mismatches", JSONValue(result.mismatches)))
    }
    console.print(line)
    console.json(.object(JSONObject(json)))
    if result.mismatches > 0 { throw Failed() }
  }
}

/// `value` with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let rounded = (abs(value) * scale).rounded()
  let whole = Int(rounded / scale)
  let digits = String(Int(rounded) - whole * Int(scale))
  let zeros = String(repeating: "0", count: max(decimals - digits.count, 0))
  return (value < 0 ? "-" : "") + "\(whole)" + (decimals > 0 ? "." + zeros + digits : "")
}
