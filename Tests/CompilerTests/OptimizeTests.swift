// Passes by name, as `nncc opt` runs them.

import Compiler
import Diagnostics
import Testing

private let text = """
  graph g {
    x = input() {shape: [1]}
    q = quantize(x) {format: s4f2, rounding: floor, overflow: saturate}
    y = add(q, q)
    return y
  }
  """

private func rendered(_ passes: [String]) throws -> String {
  do {
    var ir = try IR(parsing: text)
    for pass in passes { try Passes.run(pass, on: &ir, CompileOptions()) }
    return ir.text
  } catch let diagnostic as Diagnostic { return diagnostic.rendered }
}

@Suite struct OptimizeTests {
  @Test func passesOfBothLevelsRunInOneGo() throws {
    let design = try rendered(["infer-formats", "lower", "balance-sums"])
    #expect(design.hasPrefix("design g {"))
    #expect(try IR(parsing: design).text == design)
  }

  @Test func passesOnDesignsNeedADesign() throws {
    #expect(
      try rendered(["balance-sums"]) == """
        error: balance-sums works on designs, and this is still a graph [opt.needs-design]
          help: put lower in front of it
        """)
  }

  @Test func unknownPassesAreRefusedOnBothLevels() throws {
    #expect(try rendered(["unroll"]).hasPrefix("error: there is no pass called unroll ["))
    #expect(try rendered(["lower", "unroll"]).hasPrefix("error: there is no pass called unroll ["))
    // What works on graphs comes too late once there is a design.
    #expect(try rendered(["lower", "infer-formats"]).contains("[opt.unknown-pass]"))
  }
}
