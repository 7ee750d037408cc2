import FileFormats
import Foundation
import Importers
import TestSupport
import Testing

/// Broken models through the commands that read them: a message, status 1, nothing written.
@Suite struct BadModelTests {
  /// The text of a graph in `m.nnir`, the id and a part of what is said.
  private static let texts: [(text: String, id: String, message: String)] = [
    (
      "graph g { x = input() {shape: [2]} return y }", "nnir.unknown-name", "y is not defined above"
    ),
    ("graph g { x = input() {shape: [2]} return x", "nnir.syntax", "m.nnir:1: error"),
    ("", "nnir.syntax", "m.nnir"),
    ("graph g { a = relu(a) return a }", "nnir.unknown-name", "a graph has no cycles"),
    (
      "graph g { x = input() {shape: [2]} y = convolve(x) return y }", "graph.unknown-op",
      "convolve"
    ),
    (
      "graph g { x = input() {shape: [2], colour: 3} return x }", "graph.unknown-attribute",
      "colour"
    ),
    (
      "graph g { c = constant() {shape: [1], values: [nan]} return c }", "nnir.bad-format", "nan"
    ),
    (
      "graph g { c = constant() {shape: [2], values: [1.0, 1e99]} return c }",
      "graph.wrong-shape", "element 1 is inf"
    ),
    (
      "graph g { x = input() {shape: [2]} w = constant() {shape: [3, 2], values: [1, 2, 3, 4, 5, 6]} "
        + "y = dense(x, w) return y }", "graph.wrong-shape", "y"
    ),
    (
      "graph g { x = input() {shape: [4000000000, 4000000000, 4000000000]} return x }",
      "graph.wrong-attribute", "shape"
    ),
  ]

  @Test func brokenTextIsRefused() throws {
    try withTemporaryFolder { folder in
      for (text, id, message) in Self.texts {
        try write(text, to: folder + "/m.nnir")
        for line in ["inspect m.nnir", "import m.nnir -o out.nnm", "compile m.nnir -o out"] {
          let run = try nncc(line, in: folder)
          #expect(run.status == 1, "\(text)")
          #expect(run.ids == [id], "\(text)\n\(run.errors)")
          #expect(run.errors.contains(message), "\(text)\n\(run.errors)")
          #expect(run.errors.hasPrefix("m.nnir:"), "\(run.errors)")
          #expect(run.output == "")
        }
      }
      #expect(list(folder) == ["m.nnir"])
    }
  }

  @Test func aSmallConvolutionIsInspectedAndCompiled() throws {
    let text = """
      graph cnn {
        x = input() {shape: [4, 4, 1]}
        q = quantize(x) {format: u4f0, rounding: floor, overflow: saturate}
        k = constant() {shape: [3, 3, 1, 1], format: s3f0, values: [1, 2, 1, 0, 0, 0, -1, -2, -1]}
        conv1 = conv(q, k) {padding: [1, 1, 1, 1]}
        y = flatten(conv1)
        return y
      }
      """
    try withTemporaryFolder { folder in
      try write(text, to: folder + "/m.nnir")
      let inspected = try nncc("inspect m.nnir", in: folder)
      #expect(inspected.status == 0)
      // 10 · 10 taps of all windows lie inside the image.
      #expect(inspected.output.contains("100 multiply-accumulates"), "\(inspected.output)")
      let compiled = try nncc("compile m.nnir -o out", in: folder)
      #expect(compiled.status == 0, "\(compiled.errors)")
      #expect(list(folder + "/out").contains("rtl"))
    }
  }

  /// How to damage a sound `.nnm` file, and what is said then.
  private static let damages:
    [(name: String, id: String, change: @Sendable (inout [UInt8]) -> Void)] =
      [
        ("empty", "safetensors.truncated", { $0 = [] }),
        ("cut in the length", "safetensors.truncated", { $0 = Array($0[..<7]) }),
        ("cut in the header", "safetensors.truncated", { $0 = Array($0[..<100]) }),
        ("cut in the tensors", "safetensors.out-of-bounds", { $0.removeLast() }),
        ("longer than it says", "safetensors.hole", { $0.append(0) }),
        (
          "a huge header", "safetensors.header-length",
          { $0.replaceSubrange(0..<8, with: [255, 255, 255, 255, 255, 255, 255, 127]) }
        ),
        ("no JSON", "json.syntax", { $0[8] = UInt8(ascii: "?") }),
        ("an unknown op", "graph.unknown-op", { replace(#"\"relu\""#, #"\"rely\""#, in: &$0) }),
        (
          "an unknown key", "json.unknown-key", { replace(#"\"inputs\""#, #"\"inputz\""#, in: &$0) }
        ),
        ("a cycle", "nnm.cycle", { replace(#"[\"fc1\"]"#, #"[\"fc2\"]"#, in: &$0) }),
        ("a wrong shape", "graph.wrong-shape", { replace(#":[12],"#, #":[13],"#, in: &$0) }),
        ("a huge tensor", "json.mismatch", { replace(#"[12,6]"#, #"[9e99]"#, in: &$0) }),
        ("a wrong size", "safetensors.size", { replace(#"[12,6]"#, #"[99,9]"#, in: &$0) }),
      ]

  @Test func damagedFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("import tiny.nnir -o tiny.nnm", in: folder).status == 0)
      let sound = try readFile(folder + "/tiny.nnm")
      for (name, id, change) in Self.damages {
        var bytes = sound
        change(&bytes)
        try writeFileAtomically(folder + "/m.nnm", bytes)
        for line in ["inspect m.nnm", "compile m.nnm -o out"] {
          let run = try nncc(line, in: folder)
          #expect(run.status == 1, "\(name)")
          #expect(run.ids == [id], "\(name)\n\(run.errors)")
          #expect(run.errors.hasPrefix("m.nnm:"), "\(run.errors)")
          #expect(run.output == "")
        }
      }
      #expect(list(folder) == ["m.nnm", "tiny.nnir", "tiny.nnm"])
    }
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    try withTemporaryFolder { folder in
      try write(
        "graph g { x = input() {shape: [1]} c = constant() {shape: [1], values: [0.75]} "
          + "y = add(x, c) return y }", to: folder + "/g.nnir")
      #expect(try nncc("import g.nnir -o g.nnm", in: folder).status == 0)
      let sound = try readFile(folder + "/g.nnm")
      for (bits, name) in [(Float.nan.bitPattern, "nan"), (Float.infinity.bitPattern, "inf")] {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        try writeFileAtomically(folder + "/m.nnm", sound.dropLast(4) + bytes)
        let run = try nncc("inspect m.nnm", in: folder)
        #expect(run.status == 1)
        #expect(run.ids == ["nnm.not-finite"])
        #expect(
          run.errors.hasPrefix("m.nnm: c: byte \(sound.count - 4): error: element 0 is \(name)"))
      }
    }
  }

  private static let fileIds = [
    "file.unreadable", "model.unknown-format", "compile.not-emitted", "simulation.not-emitted",
  ]

  @Test func missingAndUnknownFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.txt")
      let formats = ModelFormat.allCases.map { "." + $0.rawValue }.joined(separator: ", ")
      let cases = [
        (
          "inspect none.nnm",
          "none.nnm: error: cannot read the file: no such file or directory "
            + "[file.unreadable]\n  help: check the path\n"
        ),
        (
          "inspect tiny.txt",
          "tiny.txt: error: the ending of the file name is not that of a known "
            + "model format [model.unknown-format]\n  help: known are: \(formats)\n"
        ),
        (
          "inspect /proc/self/mem.nnm",
          "/proc/self/mem.nnm: error: cannot read the file: no such "
            + "file or directory [file.unreadable]\n  help: check the path\n"
        ),
        (
          "sim none",
          "none: error: this folder was not written by nncc compile "
            + "[compile.not-emitted]\n  note: cannot read the file: no such file or directory\n"
            + "  help: name the folder that was given to nncc compile with -o\n"
        ),
        (
          "sim .",
          ".: error: this folder was not written by nncc compile "
            + "[compile.not-emitted]\n  note: cannot read the file: no such file or directory\n"
            + "  help: name the folder that was given to nncc compile with -o\n"
        ),
        (
          "synth .",
          ".: error: this folder was not written by nncc compile --target verilog "
            + "[simulation.not-emitted]\n"
            + "  help: name the folder that was given to nncc compile with -o\n"
        ),
      ]
      for (line, message) in cases {
        let run = try nncc(line, in: folder)
        #expect(run.status == 1, "\(line)")
        #expect(run.errors == message, "\(line)")
        #expect(Self.fileIds.contains(try #require(run.ids.first)))
        #expect(run.output == "")
      }
    }
  }

  /// Networks that are sound and yet no hardware.
  @Test func whatCannotBeCompiledIsNamed() throws {
    let cases: [(text: String, id: String)] = [
      (
        "graph g { x = input() {shape: [2]} q = quantize(x) {format: u4f4, rounding: floor, "
          + "overflow: saturate} r = relu(q) s = flatten(q) return r, s }",
        "compile.several-outputs"
      ),
      ("graph g { x = input() {shape: [2]} y = relu(x) return y }", "lower.unquantized-input"),
    ]
    try withTemporaryFolder { folder in
      for (text, id) in cases {
        try write(text, to: folder + "/m.nnir")
        let run = try nncc("compile m.nnir -o out --json", in: folder)
        #expect(run.status == 1)
        #expect(run.ids == [id], "\(run.errors)")
        #expect(run.errors.contains("help: "), "\(run.errors)")
        #expect(run.output == "")
        #expect(list(folder) == ["m.nnir"])
      }
    }
  }
}

/// Replaces the first `old` by `new`, which is as long.
private func replace(_ old: String, _ new: String, in bytes: inout [UInt8]) {
  let (old, new) = (Array(old.utf8), Array(new.utf8))
  precondition(old.count == new.count)
  for start in 0...bytes.count - old.count where Array(bytes[start..<start + old.count]) == old {
    bytes.replaceSubrange(start..<start + old.count, with: new)
    return
  }
  preconditionFailure("the file does not hold \(String(decoding: old, as: UTF8.self))")
}
