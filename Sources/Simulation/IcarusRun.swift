// One simulation with Icarus Verilog and the emitted bench.

import Diagnostics

struct IcarusRun {
  let project: EmittedProject
  let options: Simulator.Options

  func run() throws(Diagnostic) -> SimulationResult {
    let compiler = try Tool.icarus.required()
    let runtime = try Tool.icarusRuntime.required()
    let stimulus = absolute(options.stimulus ?? project.stimulus)
    let expected = absolute(options.expected ?? project.expected)
    let found = try countWords(stimulus) / project.inputWords
    let frames = options.frames ?? found
    if found < frames { throw .tooFewFrames(stimulus, asked: frames, found: found) }

    let workspace = try TemporaryFolder("icarus")
    let result = try workspace.use { () throws(Diagnostic) in
      try simulate(
        in: workspace, compiler: compiler, runtime: runtime, stimulus, expected, found: found,
        frames: frames)
    }
    return try verdict(result, frames: frames)
  }

  private func simulate(
    in workspace: TemporaryFolder, compiler: String, runtime: String, _ stimulus: String,
    _ expected: String, found: Int, frames: Int
  ) throws(Diagnostic) -> ChildProcess {
    let program = workspace.path + "/sim.vvp"
    _ = try ChildProcess.run(
      compiler,
      [
        "-g2005", "-o", program, "-P\(project.top)_tb.FRAMES=\(max(found, 1))", "-f",
        project.top + ".f", project.bench,
      ], in: project.folder, timeout: options.timeout
    ).succeeded(.icarus, "compiling \(project.top)")

    var arguments = [
      "-n", program, "+frames=\(frames)", "+stimulus=\(stimulus)", "+expected=\(expected)",
    ]
    if let seed = options.stallSeed { arguments += ["+stall=1", "+seed=\(seed)"] }
    if let results = options.results { arguments.append("+results=\(absolute(results))") }
    return try ChildProcess.run(
      runtime, arguments, in: project.folder, timeout: options.timeout)
  }

  /// Reads the bench's last lines: `latency 12 cycles, interval 98 cycles`, `PASS 16 frames`.
  func verdict(_ result: ChildProcess, frames: Int) throws(Diagnostic) -> SimulationResult {
    let lines = result.output.split(separator: "\n").map(String.init)
    if let line = lines.first(where: { $0.hasPrefix("FAIL") }) {
      return SimulationResult(
        frames: frames, mismatches: 1, details: [line])
    }
    let timing = lines.first { $0.hasPrefix("latency ") }?.split(separator: " ") ?? []
    guard lines.contains("PASS \(frames) frames"), timing.count == 6, let latency = Int(timing[1]),
      let interval = Double(timing[4])
    else {
      throw .noVerdict(.icarusRuntime, (lines + [result.errors]).suffix(6).filter { !$0.isEmpty })
    }
    return SimulationResult(
      frames: frames, mismatches: 0, latencyCycles: latency, intervalCycles: interval, details: [])
  }
}
