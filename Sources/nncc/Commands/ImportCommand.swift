// nncc import: any supported model file as .nnm.

import Diagnostics
import Exporters
import FileFormats
import GraphIR
import Importers

enum ImportCommand: Command {
  static let spec = CommandSpec(
    name: "import", summary: "read a model file and write it as .nnm",
    positionals: [PositionalSpec("MODEL", "a model file (.nnm, .nnir)")],
    options: [OptionSpec("--output", "FILE", "the .nnm file to write (also: -o)")],
    example: "nncc import model.nnir -o model.nnm")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let output = arguments.string("--output") else { throw UsageError("-o is missing") }
    try checkFileReplaceable(output)
    let model = try importModel(arguments.positionals[0])
    try writeFileAtomically(output, exportNNM(model))
    console.print("wrote \(output): \(model.nodes.count) nodes")
    console.json(["output": .string(output), "nodes": JSONValue(model.nodes.count)])
  }
}
