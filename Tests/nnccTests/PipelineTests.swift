import FileFormats
import Foundation
import Simulation
import TestSupport
import Testing

private func isInstalled(_ tools: Tool...) -> Bool { tools.allSatisfy { $0.find() != nil } }
private let hasVerilator = isInstalled(.verilator, .compiler, .make)
private let hasIcarus = isInstalled(.icarus, .icarusRuntime)
private let hasCSim = isInstalled(.compiler, .make) && Oracle.apTypes != nil
/// What `nncc sim` of HLS C++ needs to find its headers.
private var apTypes: [String: String] { Oracle.apTypes.map { ["NNCC_AP_TYPES": $0] } ?? [:] }

/// A small network through every command, as a user would take it.
@Suite struct PipelineTests {
  /// A folder with `tiny.nnm`.
  private func withTiny(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      let run = try nncc("import tiny.nnir -o tiny.nnm", in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output == "wrote tiny.nnm: 12 nodes\n")
      try body(folder)
    }
  }

  @Test func inspectShowsTheLayers() throws {
    try withTiny { folder in
      let run = try nncc("inspect tiny.nnm", in: folder)
      #expect(
        run.output == """
          tiny

          layer     op        shape  format      params  zero  MACs  bits
          x         input     [12]   float
          x_q       quantize  [12]   u8f8
          fc1       dense     [6]    15-16 bits      78   1 %    72   396
          fc1_relu  relu      [6]    13-15 bits
          fc1_q     quantize  [6]    5-6 bits
          fc2       dense     [4]    12-13 bits      28   0 %    24   144
          fc2_q     quantize  [4]    s8f3
          scores    softmax   [4]    float
          total                                     106   1 %    96   540

          106 parameters, 0.94 % zero; 68 bytes packed; 96 multiply-accumulates per sample

          """)
      let full = try nncc("inspect tiny.nnm --full", in: folder)
      #expect(full.output.contains("  fc1 = dense(x_q, w1, b1)\n"))
      // What it prints is a model again.
      try write(full.output, to: folder + "/again.nnir")
      #expect(try nncc("import again.nnir -o again.nnm", in: folder).status == 0)
      #expect(try readFile(folder + "/again.nnm") == readFile(folder + "/tiny.nnm"))
    }
  }

  @Test func everyEngineGivesTheSameNumbers() throws {
    try withTiny { folder in
      let samples = tinySamples(20)
      try writeSamples(samples, to: folder + "/x.npy")
      var rows: [String: [[Double]]] = [:]
      for (engine, isThere) in [
        ("float", true), ("fixed", true), ("verilog", hasVerilator), ("hls", hasCSim),
      ] where isThere {
        let run = try nncc(
          "run tiny.nnm --scores --input x.npy -o \(engine).npy --engine \(engine) --json",
          in: folder, environment: apTypes)
        #expect(run.status == 0, "\(run.errors)")
        let json = try #require(run.json)
        #expect(try json.member("samples").integer() == 20)
        #expect(try json.member("mismatches").integer() == 0)
        rows[engine] = try readRows("\(folder)/\(engine).npy")
      }
      let exact = try #require(rows["fixed"])
      #expect(exact.count == 20)
      for row in exact {
        #expect(row.count == 4)
        #expect(abs(row.reduce(0, +) - 1) < 1e-6, "the model ends in a softmax")
      }
      // Every product fits a double: the float engine rounds where the exact one does.
      #expect(rows["float"] == exact)
      if let verilog = rows["verilog"] {
        for (scores, probabilities) in zip(verilog, exact) {
          #expect(scores.allSatisfy { $0 * 8 == ($0 * 8).rounded() })
          let sum = scores.reduce(0) { $0 + exp($1) }
          for (score, probability) in zip(scores, probabilities) {
            #expect(abs(exp(score) / sum - probability) < 1e-6)
          }
        }
        if let hls = rows["hls"] { #expect(hls == verilog) }
      }
    }
  }

  @Test func badSamplesAreRefused() throws {
    try withTiny { folder in
      try writeSamples([[1, 2, 3]], to: folder + "/narrow.npy")
      var nan = tinySamples(2)
      nan[1][3] = .nan
      try writeSamples(nan, to: folder + "/nan.npy")
      try write("no array", to: folder + "/text.npy")
      #expect(try nncc("compile tiny.nnm -o v", in: folder).status == 0)
      try write(
        "graph two { a = input() {shape: [2]} b = input() {shape: [2]} y = add(a, b) return y }",
        to: folder + "/two.nnir")
      let before = list(folder)
      for (line, id, message) in [
        (
          "sim v --input narrow.npy", "data.wrong-shape",
          "samples of shape [3] do not fit the model's input [12]"
        ),
        ("sim v --input nan.npy", "data.not-finite", "element 15 is not a finite number"),
        ("sim v --input text.npy", "npy.magic", "this is not a .npy file"),
        ("sim v --input none.npy", "file.unreadable", "none.npy: error: "),
        ("sim v --data digits", "data.wrong-shape", "do not fit"),
        ("run tiny.nnm --input narrow.npy -o y.npy", "data.wrong-shape", "do not fit"),
        ("run tiny.nnm --input nan.npy -o y.npy", "data.not-finite", "element 15"),
        ("eval tiny.nnm --data digits:train=1,test=1", "data.wrong-shape", "do not fit"),
        (
          "run two.nnir --input narrow.npy -o y.npy", "data.not-one-input", "the model has 2 inputs"
        ),
      ] {
        let run = try nncc(line, in: folder)
        #expect(run.status == 1, "\(line)")
        #expect(run.ids == [id], "\(line): \(run.errors)")
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(run.output == "")
      }
      #expect(list(folder) == before)
    }
  }

  @Test(.enabled(if: hasIcarus, "needs Icarus Verilog: apt-get install iverilog"))
  func theEmittedFolderSimulatesWithoutNncc() throws {
    try withTiny { folder in
      for interface in ["axis", "plain"] {
        let compiled = try nncc(
          "compile tiny.nnm -o \(interface) --interface \(interface) --vectors 9", in: folder)
        #expect(compiled.status == 0, "\(compiled.errors)")
        let (status, output) = try runProgram(
          "/bin/sh",
          [
            "-c",
            "cd '\(folder)/\(interface)' && iverilog -o sim -f tiny.f tb/tiny_tb.v && vvp sim",
          ])
        #expect(status == 0)
        #expect(output.hasSuffix("PASS 9 frames\n"), "\(output)")
        let made = try runProgram("/usr/bin/make", ["-C", "\(folder)/\(interface)", "sim"])
        #expect(made.status == 0, "\(made.output)")
      }
    }
  }

  @Test(
    .enabled(if: hasIcarus || hasVerilator || hasCSim, "needs a simulator"),
    arguments: [
      ("icarus", "v"), ("verilator", "v"), ("icarus", "p"), ("verilator", "p"), ("csim", "h"),
    ])
  func simCountsFramesAndMismatches(simulator: String, kind: String) throws {
    guard simulator == "icarus" ? hasIcarus : simulator == "verilator" ? hasVerilator : hasCSim
    else { return }
    try withTiny { folder in
      let options = ["v": "", "p": "--interface plain", "h": "--target vitis"][kind] ?? ""
      #expect(try nncc("compile tiny.nnm -o d \(options)", in: folder).status == 0)
      try writeSamples(tinySamples(10), to: folder + "/x.npy")
      // Building a simulation takes seconds: only Icarus, which is fast, does both.
      let stalls = simulator == "icarus" ? [false, true] : [kind == "p"]
      for stall in stalls {
        let run = try nncc(
          "sim d --simulator \(simulator) --frames 10 --input x.npy -o y.npy --json"
            + (stall ? " --stall random --seed 3" : ""), in: folder, environment: apTypes)
        #expect(run.status == 0, "\(run.errors)")
        let json = try #require(run.json)
        #expect(try json.member("frames").integer() == 10)
        #expect(try json.member("mismatches").integer() == 0)
        if simulator == "csim" {
          #expect(try json.optionalMember("latency_cycles") == nil)
        } else {
          #expect(try json.member("latency_cycles").integer() >= 7)
          if !stall {
            #expect(try json.member("interval_cycles").double() == (kind == "p" ? 1 : 2))
          }
        }
        #expect(run.errors == "")
        #expect(try readRows(folder + "/y.npy").count == 10)
      }
      let many = try nncc(
        "sim d --simulator \(simulator) --frames 65", in: folder, environment: apTypes)
      #expect(many.status == 1)
      #expect(many.errors.contains("64 frames, not 65"), "\(many.errors)")

      // A bench that expects something else must say so.
      let file = folder + "/d/tb/vectors/expected.hex"
      var lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      let last = try #require(lines.last)
      let digit = last.last == "0" ? "1" : "0"
      lines[lines.count - 1] = last.dropLast() + digit
      try write(lines.joined(separator: "\n") + "\n", to: file)
      let wrong = try nncc(
        "sim d --simulator \(simulator) --json --stall random", in: folder, environment: apTypes)
      #expect(wrong.status == 1)
      #expect(try wrong.json?.member("mismatches").integer() == 1, "\(wrong.output)")
      #expect(wrong.errors != "")
      let note = "note: the C++ has no cycles, so --stall changes nothing\n"
      #expect(wrong.errors.contains(note) == (simulator == "csim"))

      let other = simulator == "csim" ? "icarus" : "csim"
      let misused = try nncc("sim d --simulator \(other)", in: folder)
      #expect(misused.status == 2)
      #expect(misused.errors.contains("\(other) does not simulate a"))
    }
  }

  @Test(.enabled(if: isInstalled(.yosys), "needs Yosys: apt-get install yosys"))
  func synthCountsResources() throws {
    try withTiny { folder in
      #expect(try nncc("compile tiny.nnm -o v", in: folder).status == 0)
      let run = try nncc("synth v --family ice40 --json", in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let json = try #require(run.json)
      #expect(try json.member("lut").integer() > 300)
      #expect(try json.member("ff").integer() > 500)
      #expect(try json.member("carry").integer() > 100)
      #expect(try json.member("bram").integer() == 0)
    }
  }

  @Test func optRunsPassesOnText() throws {
    try withTemporaryFolder { folder in
      let words = ["opt", "-", "--passes", "fold-constants,select-output,fuse-activations,lower"]
      let run = try nncc(
        words + ["--print-after", "fuse-activations"], in: folder, input: tinyText)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.hasPrefix("// after fuse-activations\ngraph tiny {\n"))
      #expect(run.output.contains("dense(x_q, w1, b1) |> quantize()"))
      #expect(run.output.contains("\ndesign tiny {\n"))

      let design = try #require(try nncc(words + ["--json"], input: tinyText).json)
      let text = try design.member("text").string()
      let again = try nncc(["opt", "-", "--passes", "share-subexpressions"], input: text)
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.output.hasPrefix("design tiny {\n"))

      for (passes, id) in [
        ("magic", "opt.unknown-pass"), ("share-subexpressions", "opt.needs-design"),
        ("select-output,lower,magic", "opt.unknown-pass"),
      ] {
        let wrong = try nncc(["opt", "-", "--passes", passes], input: tinyText)
        #expect(wrong.status == 1)
        #expect(wrong.ids == [id], "\(wrong.errors)")
      }
      let broken = try nncc(["opt", "-"], input: "graph g {")
      #expect(broken.status == 1)
      #expect(broken.errors.hasPrefix("-:1: error: "), "\(broken.errors)")
    }
  }

  @Test func compileShowsTheGraphBehindAPass() throws {
    try withTiny { folder in
      let run = try nncc(
        "compile tiny.nnm -o v --verify-each --print-after fold-constants --print-after lower",
        in: folder)
      #expect(run.status == 0)
      #expect(run.errors.hasPrefix("// after fold-constants\ngraph tiny {"))
      #expect(run.errors.contains("// after lower\ndesign tiny {"))
      #expect(
        run.output.hasSuffix(
          """
          wrote v: top module tiny, 16 files
            latency  7 cycles of 5.00 ns: 35.0 ns
            rate     a frame every 2 cycles: 2 words of 64 bits in, 1 out
            next     nncc sim v

          """), "\(run.output)")
    }
  }

  @Test func jsonIsOneObjectForEveryCommand() throws {
    try withTiny { folder in
      try writeSamples(tinySamples(2), to: folder + "/x.npy")
      var lines = [
        "inspect tiny.nnm", "inspect tiny.nnm --ir", "import tiny.nnir -o a.nnm", "opt tiny.nnir",
        "opt --list", "doctor", "train --list", "train --show digits-demo",
        "compile tiny.nnm -o v", "compile tiny.nnm -o h --target vitis",
        "run tiny.nnm --input x.npy -o y.npy",
      ]
      if hasIcarus { lines.append("sim v --simulator icarus --frames 2") }
      for line in lines {
        let run = try nncc(line + " --json", in: folder)
        #expect(run.status == 0, "\(line): \(run.errors)")
        #expect(run.json != nil, "\(line): \(run.output)")
        #expect(run.errors == "", "\(line)")
      }
    }
  }

  @Test func trainingMakesAModelThatCompiles() throws {
    try withTemporaryFolder { folder in
      let line =
        "train digits-demo --set epochs=1 --set validation.last=100 "
        + "--data digits:train=600,test=100,seed=1 -o m.nnm"
      let run = try nncc(line + " --json", in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let accuracy = try #require(try run.json?.member("accuracy").double())
      #expect(accuracy > 0.15)
      #expect(run.errors.contains("loss"))
      let eval = try nncc("eval m.nnm --data digits:train=600,test=100,seed=1 --json", in: folder)
      #expect(eval.status == 0, "\(eval.errors)")
      #expect(try eval.json?.member("accuracy").double() == accuracy)
      #expect(try eval.json?.member("samples").integer() == 100)
      // The same command gives the same bytes.
      let first = try readFile(folder + "/m.nnm")
      #expect(try nncc(line, in: folder).status == 0)
      #expect(try readFile(folder + "/m.nnm") == first)
    }
  }

  @Test func badTrainingSettingsAreRefused() throws {
    try withTemporaryFolder { folder in
      for line in [
        "train no-such-recipe", "train digits-demo --set", "train digits-demo --set epochs",
        "train digits-demo --set epochs=-1", "train digits-demo --set colour=red",
        "train digits-demo --data cats", "train digits-demo --data mnist:nowhere",
      ] {
        let run = try nncc(line + (line.hasSuffix("--set") ? "" : " -o m.nnm"), in: folder)
        #expect(run.status == (line.hasSuffix("--set") ? 2 : 1), "\(line)")
        #expect(run.errors.contains("error: "), "\(line)")
        #expect(run.output == "")
      }
      #expect(list(folder) == [])
    }
  }
}
