// nncc compile: a model as Verilog or Vitis HLS C++.

import Compiler
import Diagnostics
import FileFormats
import GraphIR
import Importers
import Reports

enum CompileCommand: Command {
  static let spec = CommandSpec(
    name: "compile", summary: "turn a model into Verilog or Vitis HLS C++ with its testbench",
    positionals: [PositionalSpec("MODEL", "a model file")],
    options: [
      OptionSpec("--target", "NAME", "verilog (default) or vitis"),
      OptionSpec("--output", "DIR", "the folder to write (also: -o)"),
    ] + SharedOptions.compilation.filter { $0.name != "--output" } + CalibrationOptions.specs
      + ModelOptions.specs + [
        OptionSpec("--vectors", "N", "random frames in the test vectors (default 64)"),
        OptionSpec("--seed", "N", "the seed of the test vectors (default 1)"),
        OptionSpec("--profile", nil, "count steps and waits of every kernel of streaming hardware"),
        OptionSpec(
          "--print-after", "PASS", "print the IR behind this pass on stderr", repeats: true),
        OptionSpec("--verify-each", nil, "verify the IR behind every pass"),
      ],
    example: "nncc compile model.nnm --target verilog -o build/model")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    guard let output = arguments.string("--output") else { throw UsageError("-o DIR is missing") }
    var options = try SharedOptions.compileOptions(arguments)
    options.target = try arguments.choice("--target", as: CompileOptions.Target.self) ?? .verilog
    if options.target == .vitis, options.strategy == .folded {
      throw UsageError("--strategy folded needs --target verilog")
    }
    options.vectorFrames = try arguments.integer("--vectors", in: 1...1_000_000) ?? 64
    options.seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 1)
    options.verifyEach = arguments.has("--verify-each")
    options.isProfiled = arguments.has("--profile")
    let printAfter = arguments.strings("--print-after")
    for pass in printAfter where !Passes.all.contains(where: { $0.name == pass }) {
      throw UsageError("--print-after: there is no pass called \(pass); nncc opt --list lists them")
    }
    if arguments.string("--calibrate") == nil,
      let idle = CalibrationOptions.specs.first(where: { arguments.has($0.name) })
    {
      throw UsageError("\(idle.name) needs --calibrate SPEC")
    }
    // Refuse before the work, not after it.
    try ArtifactFolder.checkReplaceable(output)
    var model = try ModelOptions.model(arguments)
    if let data = arguments.string("--calibrate") {
      model = try CalibrationOptions.quantize(
        model, data, CalibrationOptions.calibration(arguments))
    }
    let compilation = try compile(model, options, printAfter: Set(printAfter)) { name, text in
      console.note("// after \(name)\n" + text)
    }
    let artifacts = try compilation.artifacts(SharedOptions.assets(arguments))
    try artifacts.folder.write(to: output)
    let design = compilation.design
    let report = DesignReport(design, clock: options.clock)
    if let plan = compilation.plan {
      console.print(PlanReport(plan, part: options.budget.isEmpty ? options.part : nil).text)
    }
    console.print(table(report.rows) + "\n")
    console.print(
      "wrote \(output): top module \(artifacts.top), \(artifacts.folder.files.count) files")
    console.print(
      table(
        summary(report, artifacts, options, isStreaming: design.isStreaming) + [
          ["  next", "nncc sim \(output)"]
        ]))
    console.json(
      .object(
        JSONObject([
          .init("output", .string(output)), .init("top", .string(artifacts.top)),
          .init("report", report.json),
        ])))
  }

  /// How fast the hardware is, as rows of a table.
  private static func summary(
    _ report: DesignReport, _ artifacts: Artifacts, _ options: CompileOptions,
    isStreaming: Bool
  ) -> [[String]] {
    let time = "\(fixed(Double(report.latency) * options.clock, 1)) ns"
    let clock = "\(fixed(options.clock, 2)) ns"
    var rows = [["  latency", "\(report.latency) cycles of \(clock): \(time)"]]
    if isStreaming {
      rows.append(["  rate", "a frame every \(report.interval) cycles"])
      return rows
        + artifacts.weights.map { stream in
          let times = stream.repeats == 1 ? "once" : "\(stream.repeats) times"
          return [
            "  weights",
            "\(stream.port): \(stream.path), \(stream.beats) beats, \(times) for every frame",
          ]
        }
    }
    switch options.interface {
    case .plain: rows.append(["  rate", "a frame every cycle"])
    case .axis:
      let (input, output) = (artifacts.input.wordCount, artifacts.output.wordCount)
      rows.append([
        "  rate",
        "a frame every \(max(input, output)) cycles: \(input) words of \(options.axisWidth) bits "
          + "in, \(output) out",
      ])
    }
    if options.target == .vitis {
      rows[0][1] += ", as estimated for Verilog; the vendor's tool schedules the C++ anew"
    }
    return rows
  }
}
