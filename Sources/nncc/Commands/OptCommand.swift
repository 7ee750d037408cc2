// nncc opt: passes by name over textual IR.

import Compiler
import Diagnostics
import FileFormats

enum OptCommand: Command {
  static let spec = CommandSpec(
    name: "opt", summary: "run passes on textual IR",
    positionals: [
      PositionalSpec(
        "FILE", "a graph or design as text (.nnir); - reads standard input", isRequired: false)
    ],
    options: [
      OptionSpec("--passes", "A,B", "the passes, in order; without it the text is only checked"),
      OptionSpec("--print-after", "PASS", "print the IR behind this pass", repeats: true),
      OptionSpec("--clock", "NS", "the clock period to pipeline for (default 5)"),
      OptionSpec("--list", nil, "list the passes"),
    ],
    example: "nncc opt model.nnir --passes fold-constants,lower,share-subexpressions")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    if arguments.has("--list") {
      console.print(table(Passes.all.map { [$0.name, $0.summary] }))
      let passes = Passes.all.map { JSONObject.Member($0.name, .string($0.summary)) }
      console.json(["passes": .object(JSONObject(passes))])
      return
    }
    var options = CompileOptions()
    options.clock = try arguments.number("--clock", in: 0.1...1000) ?? options.clock
    guard let file = arguments.positionals.first else { throw UsageError("FILE is missing") }
    let printAfter = arguments.strings("--print-after")
    let names = arguments.string("--passes")?.split(separator: ",").map(String.init) ?? []
    for pass in printAfter where !names.contains(pass) {
      throw UsageError("--print-after: --passes does not have \(pass)")
    }
    let bytes = try readFile(file == "-" ? "/dev/stdin" : file)
    var ir: IR
    do { ir = try IR(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
      throw error.inFile(file)
    }
    for name in names {
      try Passes.run(name, on: &ir, options)
      if printAfter.contains(name) {
        console.print("// after \(name)\n" + ir.text)
      }
    }
    console.print(ir.text)
    console.json(["text": .string(ir.text)])
  }
}
