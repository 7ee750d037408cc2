// nncc synth: resources of an emitted folder, by Yosys.

import Diagnostics
import FileFormats
import Simulation

enum SynthCommand: Command {
  static let spec = CommandSpec(
    name: "synth", summary: "count LUTs, registers, carries, DSPs and block RAMs with Yosys",
    positionals: [PositionalSpec("DIR", "a folder that nncc compile --target verilog wrote")],
    options: [OptionSpec("--family", "NAME", "xcup (default), xc7, ecp5 or ice40")],
    example: "nncc synth build/model --family xc7")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let family = try arguments.choice("--family", as: Synthesizer.Family.self) ?? .xcup
    let project = try EmittedProject(arguments.positionals[0])
    let count = try Synthesizer.run(project, family: family)
    console.print(
      table([
        ["family", "LUT", "FF", "carry", "DSP", "BRAM"],
        [family.rawValue]
          + [count.lut, count.ff, count.carry, count.dsp, count.bram].map(String.init),
      ]))
    console.json(count.json)
  }
}
