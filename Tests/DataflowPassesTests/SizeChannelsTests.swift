import DataflowIR
import TestSupport
import Testing

@testable import DataflowPasses

@Suite struct SizeChannelsTests {
  /// A join that waits for a third beat where only two come, as no lowering makes it.
  @Test func aDesignThatGetsStuckIsRefused() throws {
    var design = try Design(
      parsing: """
        design stuck {
          channel x [3, 1] vectors 3 of 1 : s4f0
          channel y [3, 1] vectors 3 of 1 : s4f0
          input x
          kernel y(x) -> y "copy" latency 1 {
            v0 = input(0, 0) : s4f0 range(-8, 7, 0) @0
            return v0
          }
          output y
        }
        """)
    try SizeChannels().run(on: &design, DataflowContext())
    #expect(design.timing?.interval == 3)
    design.channels[1].vectors = 4
    #expect(
      difference(
        from: "dataflow.unsteady",
        message:
          "the design gets stuck, or finds no constant pace with the depths computed for its channels"
      ) { try SizeChannels().run(on: &design, DataflowContext()) } == nil)
  }
}
