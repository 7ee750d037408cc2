// Passes by name, as `nncc opt` runs them.

import Compiler
import Diagnostics
import FixedPoint
import GraphIR
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

@Suite struct BorderTests {
  /// Integers that the host never sends are no reason to give up.
  @Test(arguments: ["[s4f2, u0f0]", "[s4f2, s0f-3]", "s1f0", "u3f9"], Overflow.allCases)
  func everyInputFormatCompiles(format: String, overflow: Overflow) throws {
    let graph = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [2]}
          q = quantize(x) {format: \(format), rounding: floor, overflow: \(overflow.rawValue)}
          w = constant() {shape: [2, 1], format: s4f0, values: [3, 7]}
          y = dense(q, w)
          return y
        }
        """)
    let compilation = try compile(graph, CompileOptions())
    for frame in compilation.randomFrames(count: 40) {
      #expect(compilation.design.evaluate([frame])[0] == compilation.host.expected(frame))
    }
  }
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
