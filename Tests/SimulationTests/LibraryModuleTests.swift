import Foundation
import Simulation
import Testing

/// The hand-written modules of `hw/`: benches over parameters, proofs, and mutants that must fail.
@Suite struct LibraryModuleTests {
  static let hw = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("hw").path

  // MARK: - Benches

  static let benches: [(module: String, parameters: [(String, Int)])] = [
    ("nn_skid", [("WIDTH", 1)]), ("nn_skid", [("WIDTH", 40)]),
    ("nn_axis_gather", [("BEATS", 1), ("WIDTH", 8)]),
    ("nn_axis_gather", [("BEATS", 2), ("WIDTH", 1)]),
    ("nn_axis_gather", [("BEATS", 5), ("WIDTH", 64)]),
    ("nn_axis_gather", [("BEATS", 8), ("WIDTH", 3)]),
    ("nn_axis_serialize", [("BEATS", 1), ("WIDTH", 8)]),
    ("nn_axis_serialize", [("BEATS", 2), ("WIDTH", 1)]),
    ("nn_axis_serialize", [("BEATS", 7), ("WIDTH", 64)]),
    ("nn_frame_fifo", [("DEPTH", 1), ("LATENCY", 4)]),
    ("nn_frame_fifo", [("DEPTH", 5), ("LATENCY", 3)]),
    ("nn_frame_fifo", [("DEPTH", 3), ("LATENCY", 10), ("PERIOD", 4)]),
    ("nn_frame_fifo", [("DEPTH", 8), ("LATENCY", 1), ("WIDTH", 1)]),
  ]

  @Test(.enabled(if: Tool.icarus.find() != nil), arguments: benches.indices)
  func benchPasses(_ index: Int) throws {
    let (module, parameters) = Self.benches[index]
    let folder = try TemporaryFolder("bench")
    let compiled = try ChildProcess.run(
      Tool.icarus.required(),
      ["-g2005", "-Wall", "-o", folder.path + "/sim"]
        + parameters.map { "-P\(module)_tb.\($0.0)=\($0.1)" }
        + ["\(module).v", "tb/\(module)_tb.v"], in: Self.hw)
    #expect(compiled.status == 0 && compiled.errors == "", "\(compiled.errors)")
    for options in [["+stall=0"], ["+stall=1", "+seed=7"], ["+stall=1", "+seed=99"]] {
      let result = try ChildProcess.run(
        Tool.icarusRuntime.required(), ["-n", folder.path + "/sim"] + options)
      #expect(result.output.hasPrefix("PASS"), "\(module) \(parameters) \(result.output)")
    }
  }

  // MARK: - Lint

  @Test(.enabled(if: Tool.verilator.find() != nil), arguments: ["nn_skid", "nn_delay"])
  func isCleanInVerilator(_ module: String) throws {
    let result = try ChildProcess.run(
      Tool.verilator.required(), ["--lint-only", "-Wall", module + ".v"], in: Self.hw)
    #expect(result.status == 0 && result.errors == "", "\(result.errors)")
  }

  // MARK: - Proofs

  static let proofs: [(module: String, parameters: [(String, Int)])] = [
    ("nn_skid", [("WIDTH", 8)]),
    ("nn_delay", [("CYCLES", 1), ("WIDTH", 2)]), ("nn_delay", [("CYCLES", 4), ("WIDTH", 2)]),
    ("nn_axis_gather", [("BEATS", 1), ("WIDTH", 3)]),
    ("nn_axis_gather", [("BEATS", 5), ("WIDTH", 3)]),
    ("nn_axis_serialize", [("BEATS", 1), ("WIDTH", 3)]),
    ("nn_axis_serialize", [("BEATS", 5), ("WIDTH", 3)]),
    ("nn_frame_fifo", [("DEPTH", 1), ("WIDTH", 2)]),
    ("nn_frame_fifo", [("DEPTH", 4), ("WIDTH", 2)]),
    ("nn_frame_fifo", [("DEPTH", 5), ("WIDTH", 2)]),
  ]

  @Test(.enabled(if: Tool.yosys.find() != nil), arguments: proofs.indices)
  func propertiesAreProved(_ index: Int) throws {
    let (module, parameters) = Self.proofs[index]
    let result = try prove("\(Self.hw)/\(module).v", module, parameters)
    #expect(result.status == 0, "\(module) \(parameters)\n\(result.output.suffix(1500))")
  }

  private func prove(
    _ file: String, _ module: String, _ parameters: [(String, Int)]
  ) throws -> ChildProcess {
    let set = parameters.map { " -chparam \($0.0) \($0.1)" }.joined()
    return try ChildProcess.run(
      Tool.yosys.required(),
      [
        "-p",
        "read_verilog -sv -formal -D FORMAL \(file); hierarchy -top \(module)\(set); proc; "
          + "opt_clean; memory_map; flatten; chformal -early; opt_clean; sat -verify -tempinduct "
          + "-prove-asserts -set-assumes -seq 1 -maxsteps 12 \(module)",
      ])
  }

  // MARK: - Mutants

  static let mutants: [(module: String, parameters: [(String, Int)], find: String, put: String)] =
    skidMutants.map { ("nn_skid", [("WIDTH", 2)], $0, $1) }
    + gatherMutants.map { ("nn_axis_gather", [("BEATS", 3), ("WIDTH", 2)], $0, $1) }
    + serializeMutants.map { ("nn_axis_serialize", [("BEATS", 3), ("WIDTH", 2)], $0, $1) }
    + fifoMutants.map { ("nn_frame_fifo", [("DEPTH", 3), ("WIDTH", 2)], $0, $1) }
    + delayMutants.map { ("nn_delay", [("CYCLES", 3), ("WIDTH", 2)], $0, $1) }

  static let skidMutants = [
    ("spare_valid ? spare_data : in_data", "in_data"),
    ("in_valid || spare_valid;", "in_valid;"),
    ("      spare_valid <= 1'b0;\n    end else", "    end else"),
    ("      out_valid   <= 1'b0;\n", ""),
    ("assign in_ready = !spare_valid;", "assign in_ready = 1'b1;"),
    ("if (out_ready || !out_valid)", "if (out_ready)"),
  ]

  static let gatherMutants = [
    ("!frame_valid || frame_ready;", "1'b1;"),
    ("!frame_valid || frame_ready;", "!frame_valid;"),
    ("completes || s_last;", "completes;"),
    ("completes || s_last;", "s_last;"),
    ("frame_data[i*WIDTH +: WIDTH] <=", "frame_data[(BEATS-1-i)*WIDTH +: WIDTH] <="),
    ("if (take && count == i", "if (count == i"),
    ("take && completes;\n", "take;\n"),
    ("if (s_ready) frame_valid", "frame_valid"),
    ("LAST_BEAT = BEATS - 1", "LAST_BEAT = BEATS - 2"),
    ("      frame_valid <= 1'b0;\n", ""),
    ("      count       <= {COUNT_WIDTH{1'b0}};\n", ""),
  ]

  static let serializeMutants = [
    ("!m_valid || (m_ready && m_last);", "!m_valid || m_ready;"),
    ("!m_valid || (m_ready && m_last);", "!m_valid;"),
    ("m_valid <= frame_valid;", "m_valid <= 1'b1;"),
    ("beats >> WIDTH;", "beats;"),
    ("beats >> WIDTH;", "beats >> 1;"),
    ("after - 1'b1;", "after;"),
    ("else if (m_ready)", "else"),
    ("if (rst) m_valid <= 1'b0;", ""),
    ("assign m_last = after == {", "assign m_last = after != {"),
    ("LAST_BEAT = BEATS - 1", "LAST_BEAT = BEATS - 2"),
  ]

  static let fifoMutants = [
    ("FULL = DEPTH;", "FULL = DEPTH + 1;"),
    ("reserved != FULL", "stored != FULL"),
    ("LAST_INDEX = DEPTH - 1", "LAST_INDEX = DEPTH - 2"),
    ("frames[read_index]", "frames[write_index]"),
    ("if (in_valid) write_index", "if (leaves) write_index"),
    ("if (leaves)   read_index", "if (out_ready)   read_index"),
    ("if (reserve && !leaves)  reserved", "if (reserve)  reserved"),
    ("if (!in_valid && leaves) stored", "if (leaves) stored"),
    ("if (in_valid && !leaves) stored", "if (in_valid) stored"),
    ("      stored      <= {COUNT_WIDTH{1'b0}};\n", ""),
    ("out_valid && out_ready;", "out_valid;"),
    ("if (in_valid) frames", "if (in_valid && !leaves) frames"),
  ]

  static let delayMutants = [
    ("line[CYCLES*WIDTH-1 -: WIDTH]", "line[WIDTH-1:0]"),
    ("{line[(CYCLES-1)*WIDTH-1:0], in}", "{in, line[(CYCLES-1)*WIDTH-1:0]}"),
  ]

  @Test(.enabled(if: Tool.yosys.find() != nil), arguments: mutants.indices)
  func mutantsFailTheProof(_ index: Int) throws {
    let (module, parameters, find, put) = Self.mutants[index]
    let text = try String(contentsOfFile: "\(Self.hw)/\(module).v", encoding: .utf8)
    #expect(text.components(separatedBy: find).count == 2, "\(module): \(find) is not unique")
    let folder = try TemporaryFolder("mutant")
    let file = try folder.write(
      "\(module).v", text.replacingOccurrences(of: find, with: put))
    let result = try prove(file, module, parameters)
    #expect(
      result.errors.contains("proof did fail"), "\(module): '\(find)' -> '\(put)' survives")
  }
}
