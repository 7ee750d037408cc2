// Every rule of the verifier, broken once.

import Diagnostics
import FixedPoint
import Testing

@testable import DataflowIR

private let soundText = """
  design sound {
    channel x [2] : s4f1, s4f1
    channel h [2] : u3f1, u1f0
    channel y [1] : s4f3
    input x
    kernel fc(x) -> h "dense" latency 2 {
      v0 = input(0, 0) : s4f1 range(-8, 7, 1) @0
      v1 = input(0, 1) : s4f1 range(-8, 7, 1) @0
      v2 = sum(v0 << 1, neg v1) : s6f1 range(-23, 22, 1) @0 "acc_0"
      v3 = quantize(v2, s4f1, floor, wrap) : s4f1 range(-8, 7, 1) @1
      v4 = relu(v3) : u3f1 range(0, 7, 1) @1
      v5 = less(v0, v2) : u1f0 range(0, 1, 0) @1
      claim v2 = (0, 2 * input(0, 0), -1 * input(0, 1)) >> 1
      return v4, v5
    }
    kernel act(h) -> y "table" latency 1 {
      table "tanh" u3f1 -> s4f3 : 0, 4, 6, 7, 7, 7, 7, 7
      v0 = input(0, 0) : u3f1 range(0, 7, 1) @0
      v1 = input(0, 1) : u1f0 range(0, 1, 0) @0
      v2 = table(v0, 0) : u3f3 range(0, 7, 3) @0
      v3 = constant(-1, 0) : s1f0 range(-1, -1, 0) @0
      v4 = select(v1, v2, v3) : s4f3 range(-8, 7, 3) @0
      return v4
    }
    output y
  }

  """

@Suite struct VerifierTests {
  @Test func theSoundDesignIsSound() throws {
    let design = try Design(parsing: soundText)
    #expect(design.text == soundText)
    for kernel in design.kernels {
      guard case .scalar(let graph) = kernel.body else { continue }
      try graph.proveClaims(kernel: kernel.name)
    }
  }

  @Test(arguments: [
    // References.
    ("less(v0, v2)", "less(v0, v5)", "fc: value 5: an operand does not precede it"),
    ("less(v0, v2)", "less(v0, v99)", "fc: value 5: an operand does not precede it"),
    ("input(0, 1) : s4f1", "input(0, 2) : s4f1", "fc: value 1: there is no input (0, 2)"),
    ("input(0, 1) : s4f1", "input(7, 1) : s4f1", "fc: value 1: there is no input (7, 1)"),
    ("table(v0, 0)", "table(v0, 1)", "act: value 2: there is no table 1"),
    ("return v4, v5", "return v4, v50", "fc: value 50: it does not exist"),
    ("claim v2", "claim v22", "fc: value 22: it does not exist"),
    ("v0 << 1", "v0 << 4000", "fc: value 2: a shift is out of range"),
    ("0, 4, 6, 7, 7", "0, 4, 6, 8, 7", "act: value 2: an entry of table 0 is outside s4f3"),
    // Intervals and formats.
    ("range(-23, 22, 1)", "range(-23, 21, 1)", "fc: value 2: interval is too small"),
    ("range(-23, 22, 1)", "range(-22, 22, 1)", "fc: value 2: interval is too small"),
    ("range(0, 7, 1) @1", "range(0, 6, 1) @1", "fc: value 4: interval is too small"),
    ("range(0, 7, 3)", "range(0, 6, 3)", "act: value 2: interval is too small"),
    (
      "s6f1 range(-23, 22, 1)", "s5f1 range(-23, 22, 1)",
      "fc: value 2: format s5f1 is too narrow for [-23, 22]·2^-1"
    ),
    (
      "s6f1 range(-23, 22, 1)", "s6f0 range(-23, 22, 1)",
      "fc: value 2: format s6f0 is too narrow for [-23, 22]·2^-1"
    ),
    (
      "u3f1 range(0, 7, 1) @1", "u2f1 range(0, 7, 1) @1",
      "fc: value 4: format u2f1 is too narrow for [0, 7]·2^-1"
    ),
    (
      "v0 = input(0, 0) : s4f1", "v0 = input(0, 0) : s5f1",
      "fc: value 0: format differs from its channel"
    ),
    (
      "v0 = input(0, 0) : s4f1 range(-8, 7, 1)", "v0 = input(0, 0) : s4f1 range(-8, 9, 1)",
      "fc: value 0: interval exceeds its format"
    ),
    ("table \"tanh\" u3f1", "table \"tanh\" s3f1", "act: value 2: index format differs"),
    ("[1] : s4f3", "[1] : s5f3", "act: outputs differ from their channel"),
    ("u3f1, u1f0", "u3f1, u0f0", "h: an element has no bits"),
    ("x [2] :", "x [3] :", "x: 1 vectors of 2 for extents [3]"),
    // Stages.
    (
      "range(0, 7, 1) @1", "range(0, 7, 1) @0",
      "fc: value 4: an operand is computed in a later stage"
    ),
    ("range(0, 1, 0) @1", "range(0, 1, 0) @2", "fc: output 5 leaves before it is computed"),
    (
      "v1 = input(0, 1) : s4f1 range(-8, 7, 1) @0", "v1 = input(0, 1) : s4f1 range(-8, 7, 1) @1",
      "fc: value 1: an input arrives in stage 0"
    ),
    (
      "s1f0 range(-1, -1, 0) @0", "s1f0 range(-1, -1, 0) @-1",
      "act: value 3: stage -1 is before the input"
    ),
    ("latency 2", "latency 1", "fc: output 4 leaves before it is computed"),
    ("latency 2", "latency 0", "fc: output 4 leaves before it is computed"),
    // Kernels and channels.
    ("kernel act(h)", "kernel fc(h)", "fc: two kernels have this name"),
    ("kernel fc(x) -> h", "kernel fc(h) -> h", "fc: channel h is read before it is written"),
    ("kernel act(h) -> y", "kernel act(h) -> h", "act: channel h is written twice"),
    ("input x", "input y", "fc: channel x is read before it is written"),
  ])
  func everyBreachIsReported(old: String, new: String, report: String) {
    let text = soundText.replacing(old, with: new, maxReplacements: 1)
    #expect(text != soundText)
    do {
      _ = try Design(parsing: text)
      Issue.record("the broken design is accepted")
    } catch {
      #expect(error.id == "dataflow.broken-design" || error.id == "nnir.syntax")
      let place = error.location.path.map { "\($0): " } ?? ""
      #expect(place + error.message == report)
    }
  }

  @Test func lowBitsAreNeverUnread() throws {
    // The quantizer reads three bits in front of the point, and all behind it.
    var parser = DesignParser(
      soundText.replacing("less(v0, v2)", with: "less(v0, v1)")
        .replacing("s6f1 range(-23, 22, 1)", with: "s5f0 range(-23, 22, 1)"))
    #expect(
      try parser.design().verify().map(\.message) == [
        "value 2: format s5f0 cuts low bits of [-23, 22]·2^-1",
        "value 2: format s5f0 cuts low bits of value 1",
      ])
  }

  @Test func channelNamesAreUnique() throws {
    var design = try Design(parsing: soundText)
    design.channels[1].name = "x"
    #expect(design.verify().map(\.message) == ["two channels have this name"])
  }

  @Test func aDesignHasOutputsThatAreWritten() throws {
    var design = try Design(parsing: soundText)
    design.outputs = []
    #expect(
      design.verify().map(\.rendered) == [
        """
        sound: error: the design has no output [dataflow.broken-design]
          help: this is a bug in nncc: please report it with the model
        """
      ])
    design = try Design(parsing: soundText)
    design.kernels.removeLast()
    #expect(design.verify().map(\.message) == ["output channel y is never written"])
  }

  @Test func hugeShiftsAreNoCrash() throws {
    // Coefficients beyond 128 bits: intervals stay honest, whatever they say.
    var text = "design far {\n  channel x [1] : s4f0\n  channel y [1] : s4f0\n  input x\n"
    text += "  kernel k(x) -> y \"\" latency 0 {\n    v0 = input(0, 0) : s4f0 range(-8, 7, 0) @0\n"
    for index in 1...4 {
      text +=
        "    v\(index) = sum(v\(index - 1) << 60, neg v\(index - 1)) : s62f0 range(0, 1, 0) @0\n"
    }
    text += "    return v0\n  }\n  output y\n}\n"
    #expect(throws: Diagnostic.self) { _ = try Design(parsing: text) }
  }
}

@Suite struct ClaimTests {
  @Test(arguments: [
    ("a shift off by one", "v0 << 1", "v0 << 2"), ("a flipped sign", "neg v1", "v1"),
    ("swapped operands", "v0 << 1, neg v1", "v1 << 1, neg v0"),
    ("a dropped term", "v0 << 1, neg v1", "v0 << 1"),
    ("a doubled term", "v0 << 1, neg v1", "v0 << 1, neg v1, v0"),
    ("another weight", "2 * input", "3 * input"), ("another bias", "(0, 2", "(1, 2"),
    ("another scale", ">> 1", ">> 2"), ("a finer weight", "v0 << 1", "v0 >> 1"),
  ])
  func everyMutantIsCaught(what: String, old: String, new: String) throws {
    var parser = DesignParser(soundText.replacing(old, with: new, maxReplacements: 1))
    guard case .scalar(let graph) = try parser.design().kernels[0].body else { return }
    do {
      try graph.proveClaims(kernel: "fc")
      Issue.record("\(what) is not caught")
    } catch {
      #expect(
        error.rendered == """
          fc: error: value 2 is not the row of the weight matrix that it must be \
          [dataflow.broken-claim]
            help: this is a bug in nncc: please report it with the model
          """)
    }
  }

  @Test func whatIsNotLinearProvesNothing() throws {
    var parser = DesignParser(soundText.replacing("claim v2", with: "claim v4"))
    guard case .scalar(let graph) = try parser.design().kernels[0].body else { return }
    #expect(throws: Diagnostic.self) { try graph.proveClaims(kernel: "fc") }
  }
}
