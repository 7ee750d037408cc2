// nncc import: any supported model file as .nnm.

import Diagnostics
import Exporters
import FileFormats
import GraphIR
import Importers

enum ImportCommand: Command {
  static let spec = CommandSpec(
    name: "import", summary: "read a model file and write it as .nnm",
    positionals: [PositionalSpec("MODEL", "a model file in any format: see docs/models.md")],
    options: [OptionSpec("--output", "FILE", "the .nnm file to write (also: -o)")]
      + ModelOptions.specs,
    example: "nncc import model.onnx --input-scale 1/255 -o model.nnm")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let output = arguments.string("--output") else { throw UsageError("-o is missing") }
    try checkFileReplaceable(output)
    let model = try ModelOptions.model(arguments)
    try writeFileAtomically(output, exportNNM(model))
    console.print("wrote \(output): \(model.nodes.count) nodes")
    console.json(["output": .string(output), "nodes": JSONValue(model.nodes.count)])
  }
}
