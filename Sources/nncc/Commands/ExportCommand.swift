// nncc export: a model in another tool's format.

import Diagnostics
import Exporters
import FileFormats
import GraphIR
import Importers

enum ExportCommand: Command {
  /// What `--format` says.
  private enum Format: String, CaseIterable {
    case nnm, nnir, qonnx, onnx, c
  }

  static let spec = CommandSpec(
    name: "export", summary: "write a model for other tools",
    positionals: [PositionalSpec("MODEL", "a model file")],
    options: [
      OptionSpec(
        "--format", "NAME",
        "qonnx (Quant nodes of any width), onnx (runs everywhere), c (a header of integer arrays, and "
          + "FILE.bin), nnm or nnir (text)"),
      OptionSpec("--output", "FILE", "the file to write (also: -o)"),
    ],
    example: "nncc export model.nnm --format qonnx -o model.onnx")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let output = arguments.string("--output") else { throw UsageError("-o is missing") }
    guard let format = try arguments.choice("--format", as: Format.self) else {
      throw UsageError("--format is missing")
    }
    try checkFileReplaceable(output)
    let model = try importModel(arguments.positionals[0])
    let bytes: [UInt8]
    switch format {
    case .nnm: bytes = exportNNM(model)
    case .nnir: bytes = Array(model.text().utf8)
    case .qonnx: bytes = try exportONNX(model, .qonnx)
    case .onnx: bytes = try exportONNX(model, .onnx)
    case .c:
      let numbers = output + ".bin"
      try checkFileReplaceable(numbers)
      let name = numbers.split(separator: "/").last.map(String.init) ?? numbers
      let export = exportC(model, binaryName: name)
      try writeFileAtomically(numbers, export.binary)
      console.print("wrote \(numbers): \(export.binary.count) bytes")
      bytes = Array(export.header.utf8)
    }
    try writeFileAtomically(output, bytes)
    console.print("wrote \(output): \(bytes.count) bytes")
    console.json(["output": .string(output), "bytes": JSONValue(bytes.count)])
  }
}
