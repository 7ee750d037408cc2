import FileFormats
import Foundation
import TestSupport
import Testing

private let commands = [
  "train", "search", "inspect", "eval", "run", "compile", "sim", "synth", "import", "opt", "doctor",
  "demo",
]

@Suite struct UsageTests {
  /// A command line, what is wrong with it, and the usage line that follows.
  private static let wrong: [(line: String, message: String, usage: String)] = [
    (
      "fit", "there is no command fit",
      "nncc COMMAND [options]; nncc --help lists the commands"
    ),
    (
      "complie m.nnm", "there is no command complie; did you mean compile?",
      "nncc COMMAND [options]; nncc --help lists the commands"
    ),
    (
      "compile m.nnm -o x --bits 4", "--bits needs --calibrate SPEC",
      "nncc compile MODEL [options]"
    ),
    ("compile", "MODEL is missing", "nncc compile MODEL [options]"),
    ("compile m.nnm", "-o DIR is missing", "nncc compile MODEL [options]"),
    ("compile a.nnm b.nnm -o x", "unexpected argument b.nnm", "nncc compile MODEL [options]"),
    (
      "compile m.nnm --clok 3", "unknown option --clok; did you mean --clock?",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm --verify", "unknown option --verify; did you mean --verify-each?",
      "nncc compile MODEL [options]"
    ),
    ("compile m.nnm --colour", "unknown option --colour", "nncc compile MODEL [options]"),
    ("compile m.nnm -x", "unknown option -x", "nncc compile MODEL [options]"),
    ("compile m.nnm -o", "--output needs a value: --output DIR", "nncc compile MODEL [options]"),
    ("compile m.nnm -o a -o b", "--output is given twice", "nncc compile MODEL [options]"),
    ("compile m.nnm --scores=1", "--scores takes no value", "nncc compile MODEL [options]"),
    (
      "compile m.nnm -o x --clock soon", "--clock takes a number from 0.1 to 1000.0, got soon",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --clock nan", "--clock takes a number from 0.1 to 1000.0, got nan",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --axis-width 4",
      "--axis-width takes a whole number from 8 to 1024, got 4", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --weights external=fc,",
      "--weights takes internal, external or external=LAYER,..., got external=fc,",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --weights outside",
      "--weights takes internal, external or external=LAYER,..., got outside",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --weight-width 4",
      "--weight-width takes a whole number from 8 to 1024, got 4", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --target vhdl", "--target takes one of verilog, vitis, got vhdl",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --interface wishbone",
      "--interface takes one of axis, plain, got wishbone", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --print-after magic",
      "--print-after: there is no pass called magic; nncc opt --list lists them",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --strategy wide",
      "--strategy takes one of auto, unrolled, folded, got wide", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --interval 0",
      "--interval takes a whole number from 1 up, got 0", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --budget lut=1k",
      "--budget: lut takes a whole number from 0 up, got 1k", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --budget luts=1",
      "--budget: there is no resource luts; there are lut, ff, dsp, bram, uram",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --strategy unrolled --interval 9",
      "--interval is of streaming hardware; --strategy unrolled has none",
      "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --strategy folded --interface plain",
      "--strategy folded needs --interface axis", "nncc compile MODEL [options]"
    ),
    (
      "compile m.nnm -o x --strategy folded --target vitis",
      "--strategy folded needs --target verilog", "nncc compile MODEL [options]"
    ),
    (
      "sim d --frames 0", "--frames takes a whole number from 1 up, got 0", "nncc sim DIR [options]"
    ),
    (
      "sim d --frames 1e3", "--frames takes a whole number from 1 up, got 1e3",
      "nncc sim DIR [options]"
    ),
    (
      "sim d --stall often", "--stall takes one of none, random, got often",
      "nncc sim DIR [options]"
    ),
    (
      "sim d --data digits --input x.npy",
      "--data and --input both say what to simulate: choose one", "nncc sim DIR [options]"
    ),
    ("eval m.nnm", "--data is missing", "nncc eval MODEL [options]"),
    (
      "eval m.nnm --data digits --engine gpu",
      "--engine takes one of float, fixed, verilog, hls, got gpu", "nncc eval MODEL [options]"
    ),
    ("run m.nnm -o y.npy", "--input is missing", "nncc run MODEL [options]"),
    ("run m.nnm --input x.npy", "--output is missing", "nncc run MODEL [options]"),
    ("import m.nnm", "-o is missing", "nncc import MODEL [options]"),
    ("opt", "FILE is missing", "nncc opt [FILE] [options]"),
    (
      "opt a.nnir --passes lower --print-after fold-constants",
      "--print-after: --passes does not have fold-constants", "nncc opt [FILE] [options]"
    ),
    ("train", "RECIPE is missing", "nncc train [RECIPE] [options]"),
    (
      "synth d --family virtex2", "--family takes one of xcup, xc7, ecp5, ice40, got virtex2",
      "nncc synth DIR [options]"
    ),
    ("doctor now", "unexpected argument now", "nncc doctor [options]"),
  ]

  @Test func wrongUsageHasStatus2AndSaysWhy() throws {
    try withTemporaryFolder { folder in
      for (line, message, usage) in Self.wrong {
        let run = try nncc(line, in: folder)
        #expect(run.status == 2, "nncc \(line)")
        #expect(run.errors == "error: \(message)\n  usage: \(usage)\n", "nncc \(line)")
        #expect(run.output == "", "nncc \(line)")
      }
      #expect(list(folder) == [])
    }
  }

  @Test func withoutACommandTheOverviewIsPrinted() throws {
    let bare = try nncc("")
    #expect(bare.status == 2)
    #expect(bare.output == "")
    for word in ["--help", "-h", "help"] {
      let help = try nncc(word)
      #expect(help.status == 0)
      #expect(help.errors == "")
      #expect(help.output == bare.errors)
      for command in commands { #expect(help.output.contains("\n  \(command) "), "\(command)") }
      for line in help.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }
    #expect(try nncc("--version").output.wholeMatch(of: /nncc \d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: commands)
  func everyCommandHasHelpWithAnExample(command: String) throws {
    let help = try nncc([command, "--help"])
    #expect(help.status == 0)
    #expect(help.errors == "")
    #expect(help.output.contains("\nusage: nncc \(command)"))
    #expect(help.output.contains("\nexample:\n  nncc \(command)"))
    #expect(help.output.contains("  --json"))
    for line in help.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    // Whatever else is said, --help wins.
    #expect(try nncc([command, "a", "b", "c", "-h"]).output == help.output)
  }

  /// The example in the help names options that exist.
  @Test(arguments: commands)
  func examplesUseKnownOptions(command: String) throws {
    let help = try nncc([command, "--help"]).output
    let example = try #require(help.split(separator: "\n").last)
    for word in example.split(separator: " ") where word.hasPrefix("--") {
      #expect(help.contains("\n  \(word)"), "\(word)")
    }
  }

  @Test func optionsMayStandAnywhere() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      for line in [
        "import tiny.nnir -o a.nnm", "import -o a.nnm tiny.nnir", "import --output=a.nnm tiny.nnir",
        "import --output a.nnm -- tiny.nnir",
      ] {
        let run = try nncc(line, in: folder)
        #expect(run.status == 0, "\(line): \(run.errors)")
        #expect(list(folder) == ["a.nnm", "tiny.nnir"])
        try FileManager.default.removeItem(atPath: folder + "/a.nnm")
      }
    }
  }
}
