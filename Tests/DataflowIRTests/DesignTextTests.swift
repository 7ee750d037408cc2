import Diagnostics
import FixedPoint
import Testing

@testable import DataflowIR

let exampleText = """
  design tiny {
    channel x [2] : s8f5, s8f5
    channel y [1] : u9f5
    input x
    kernel fc(x) -> y "dense 2 → 1, relu" latency 1 {
      v0 = input(0, 0) : s8f5 range(-128, 127, 5) @0
      v1 = input(0, 1) : s8f5 range(-128, 127, 5) @0
      v2 = sum(v0 << 1, neg v1) : s10f5 range(-383, 382, 5) @0 "acc_0"
      v3 = relu(v2) : u9f5 range(0, 382, 5) @0
      return v3
    }
    output y
  }

  """

@Suite struct DesignTextTests {
  @Test func printingAParsedDesignGivesItsText() throws {
    let design = try Design(parsing: exampleText)
    #expect(design.text == exampleText)
    #expect(design.latency == 1)
  }

  @Test func evaluatesAFrame() throws {
    let design = try Design(parsing: exampleText)
    #expect(design.evaluate([[100, -20]]) == [[220]])
    #expect(design.evaluate([[-100, -20]]) == [[0]])
  }

  @Test(arguments: [
    ("range(-383, 382, 5)", "range(-383, 300, 5)"),
    ("s10f5", "s9f5"),
    ("u9f5\n  input", "u8f5\n  input"),
    ("latency 1", "latency 1 {} kernel fc(x) -> y \"\" latency 1"),
  ])
  func brokenDesignsAreRefused(old: String, new: String) {
    let text = exampleText.replacing(old, with: new, maxReplacements: 1)
    #expect(throws: Diagnostic.self) { _ = try Design(parsing: text) }
  }
}
