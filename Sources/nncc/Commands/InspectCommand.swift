// nncc inspect: what a model is made of.

import Compiler
import Diagnostics
import FileFormats
import GraphIR
import Importers
import Reports

enum InspectCommand: Command {
  static let spec = CommandSpec(
    name: "inspect", summary: "show a model's layers, shapes, formats, sparsity and size",
    positionals: [PositionalSpec("MODEL", "a model file")],
    options: [
      OptionSpec("--ir", nil, "print the graph as text, long lists cut"),
      OptionSpec("--full", nil, "with --ir: print everything, as nncc opt reads it"),
    ],
    example: "nncc inspect model.nnm")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let model = try importModel(arguments.positionals[0])
    if arguments.has("--ir") || arguments.has("--full") {
      let text = model.text(elidingBeyond: arguments.has("--full") ? .max : 16)
      console.print(text)
      console.json(["text": .string(text)])
      return
    }
    let summary = try ModelSummary(model)
    console.print("\(summary.name)\n\n" + table(summary.rows) + "\n")
    let bytes = (summary.parameterBits + 7) / 8
    console.print(
      "\(summary.parameters) parameters, \(percent(summary.sparsity)) zero; "
        + "\(bytes) bytes packed; \(summary.products) multiply-accumulates per sample")
    for entry in summary.provenance where entry.value.count <= 60 {
      console.print("\(entry.key): \(entry.value)")
    }
    console.json(summary.json)
  }
}

/// `97.31 %`.
func percent(_ share: Double) -> String {
  let hundredths = Int((share * 10_000).rounded())
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
}
