import Foundation
import Simulation
import TestSupport
import Testing

/// What is said when a tool is missing or fails.
@Suite struct ToolTests {
  @Test func aMissingToolIsNamedWithItsPackage() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("compile tiny.nnir -o v", in: folder).status == 0)
      #expect(try nncc("compile tiny.nnir -o h --target vitis", in: folder).status == 0)
      try FileManager.default.createDirectory(
        atPath: folder + "/bin", withIntermediateDirectories: true)
      let before = list(folder)
      for (line, tool, package) in [
        ("sim v", "verilator", "verilator"), ("sim v --simulator icarus", "iverilog", "iverilog"),
        ("sim h", "g++", "g++"), ("synth v", "yosys", "yosys"),
        ("eval tiny.nnir --data npy:x --engine verilog", "", ""),
      ] where tool != "" {
        for path in ["/nonexistent", folder + "/bin", ""] {
          let run = try nncc(line, in: folder, environment: ["PATH": path])
          #expect(run.status == 1)
          #expect(run.ids == ["tool.missing"], "\(run.errors)")
          #expect(run.errors.hasPrefix("error: '\(tool)' is not installed; it is needed for "))
          #expect(run.errors.hasSuffix("\n  help: apt-get install \(package)\n"), "\(run.errors)")
          #expect(run.output == "")
        }
      }
      #expect(list(folder) == before)
      let doctor = try nncc("doctor", environment: ["PATH": "/nonexistent"])
      #expect(doctor.status == 0)
      for tool in Tool.allCases {
        #expect(doctor.output.contains("apt-get install \(tool.debianPackage)"), "\(tool)")
      }
    }
  }

  @Test func aToolThatFailsIsQuoted() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("compile tiny.nnir -o v", in: folder).status == 0)
      mkdir(folder + "/bin", 0o777)
      for tool in ["iverilog", "yosys", "vvp"] {
        try write("#!/bin/sh\necho 'no licence' >&2\nexit 3\n", to: folder + "/bin/\(tool)")
        chmod("\(folder)/bin/\(tool)", 0o755)
      }
      for (line, said) in [
        ("sim v --simulator icarus", "'iverilog' failed while compiling tiny"),
        ("synth v", "'yosys' failed while synthesizing tiny"),
      ] {
        let run = try nncc(line, in: folder, environment: ["PATH": folder + "/bin:/bin"])
        #expect(run.status == 1)
        #expect(run.errors == "error: \(said) [tool.failed]\n  note: no licence\n")
      }
    }
  }

  @Test func theHeadersOfTheCSimulationMayBeMissing() throws {
    guard Tool.compiler.find() != nil, Tool.make.find() != nil else { return }
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("compile tiny.nnir -o h --target vitis", in: folder).status == 0)
      let run = try nncc("sim h", in: folder, environment: ["NNCC_AP_TYPES": "/nonexistent"])
      #expect(run.status == 1)
      #expect(run.ids == ["simulation.no-ap-types"], "\(run.errors)")
      #expect(run.errors.contains("searched: /nonexistent, .venv/ap_types/include"))
    }
  }
}
