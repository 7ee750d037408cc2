// nncc run: numbers in, numbers out.

import Compiler
import Diagnostics
import FileFormats
import GraphIR
import Importers

enum RunCommand: Command {
  static let spec = CommandSpec(
    name: "run", summary: "run a model on the samples of a .npy file, by any engine",
    positionals: [PositionalSpec("MODEL", "a model file")],
    options: [
      OptionSpec("--input", "X.npy", "raw samples; the first axis counts them"),
      OptionSpec("--output", "Y.npy", "where to write the results (also: -o)"),
      OptionSpec("--engine", "NAME", "float, fixed (default), verilog or hls"),
    ] + ModelOptions.specs + SharedOptions.compilation.filter { $0.name != "--output" },
    example: "nncc run model.nnm --input x.npy --output y.npy --engine fixed")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let input = arguments.string("--input") else { throw UsageError("--input is missing") }
    guard let output = arguments.string("--output") else { throw UsageError("--output is missing") }
    let engine = try arguments.choice("--engine", as: Engine.self) ?? .fixed
    let options = try SharedOptions.compileOptions(arguments)
    try checkFileReplaceable(output)
    let model = try ModelOptions.model(arguments)
    let samples = try SharedOptions.samples(npy: input, for: model)
    let result = try Compiler.run(
      model, on: samples, engine: engine, options: options, assets: SharedOptions.assets(arguments))
    try SharedOptions.write(result.outputs, npy: output, asIntegers: false)
    console.print("wrote \(output): \(result.outputs.count) results")
    console.json([
      "output": .string(output), "samples": JSONValue(result.outputs.count),
      "mismatches": JSONValue(result.mismatches),
    ])
    if result.mismatches > 0 {
      console.note("error: \(result.mismatches) frames differ from the exact evaluator")
      throw Failed()
    }
  }
}
