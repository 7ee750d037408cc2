import FileFormats
import Foundation
import Simulation
import TestSupport
import Testing

/// `compile --profile` and `--weights external`, then `sim --profile`.
@Suite struct ProfileCommandTests {
  private static let compile = "compile tiny.nnir --strategy folded --interval 40 --vectors 24"

  @Test(.enabled(if: Tool.verilator.find() != nil, "needs Verilator"))
  func everyKernelIsInTheTable() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      let compiled = try nncc("\(Self.compile) -o p --profile --weights external=fc1", in: folder)
      #expect(compiled.status == 0, "\(compiled.errors)")
      #expect(
        compiled.output.contains("w_fc1_axis: weights/fc1.bin, 36 beats, once for every frame"))
      let run = try nncc("sim p --profile", in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let lines = run.output.split(separator: "\n")
      #expect(lines.contains { $0.hasPrefix("steady state: ") })
      let fc1 = try #require(lines.first { $0.hasPrefix("fc1 ") })
      #expect(fc1.split { $0 == " " }.suffix(4) == ["100.00", "%", "100.00", "%"], "\(fc1)")
      let json = try #require(try nncc("sim p --profile --json", in: folder).json)
      let profile = try json.member("profile")
      let frames = try profile.member("frames").integer()
      #expect(try profile.member("cycles").integer() == frames * 36)
      let kernels = try profile.member("kernels").elements()
      let names = try kernels.map { try $0.member("kernel").string() }
      let index = try #require(names.firstIndex(of: "fc2"))
      #expect(try kernels[index].member("steps").integer() == frames * 24)
    }
  }

  @Test func whatHasNoCountersIsRefused() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("\(Self.compile) -o p", in: folder).status == 0)
      let run = try nncc("sim p --profile", in: folder)
      #expect(run.status == 1 && run.ids == ["sim.not-profiled"], "\(run.errors)")
      for (line, message) in [
        ("sim p --profile --simulator icarus", "--profile needs --simulator verilator"),
        ("sim p --profile --stall random", "--profile is of full rate, without --stall"),
      ] {
        let run = try nncc(line, in: folder)
        #expect(run.status == 2 && run.errors.contains(message), "\(run.errors)")
      }
    }
  }
}
