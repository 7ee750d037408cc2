import DataflowIR
import DataflowPasses
import Diagnostics
import TestSupport
import Testing

private let text = """
  design tiny {
    channel x [2] : s4f0, s4f0
    channel y [1] : s6f0 range(-24, 21, 0)
    input x
    kernel fc(x) -> y "dense 2 to 1" latency 0 {
      v0 = input(0, 0) : s4f0 range(-8, 7, 0) @0
      v1 = input(0, 1) : s4f0 range(-8, 7, 0) @0
      v2 = sum(v0 << 1, v1) : s6f0 range(-24, 21, 0) @0 "acc_0"
      claim v2 = (0, 2 * input(0, 0), 1 * input(0, 1)) >> 0
      return v2
    }
    output y
  }
  """

@Suite struct PipelineTests {
  @Test func anUnknownPassIsRefusedWithTheKnownOnes() {
    do {
      _ = try DataflowPipeline.pass(named: "unroll")
      Issue.record("there is a pass called unroll")
    } catch {
      #expect(
        error.rendered == """
          error: there is no pass called unroll [opt.unknown-pass]
            help: known are: share-subexpressions, balance-sums, narrow-values, insert-pipeline, size-channels
          """)
    }
  }

  @Test func aClaimThatDoesNotHoldEndsThePipeline() throws {
    var design = try Design(
      parsing: text.replacing("(0, 2 * input(0, 0)", with: "(0, 3 * input(0, 0)"))
    #expect(
      difference(
        from: "dataflow.broken-claim",
        message: "value 2 is not the row of the weight matrix that it must be"
      ) {
        try DataflowPipeline.run([BalanceSums.self], on: &design, DataflowContext())
      } == nil)
  }

  @Test func aBrokenDesignEndsThePipeline() throws {
    var design = try Design(parsing: text)
    design.outputs = []
    #expect(
      difference(from: "dataflow.broken-design", message: "the design has no output") {
        try DataflowPipeline.check(design)
      } == nil)
  }

  @Test func slowerClocksNeedNoMoreRegisters() throws {
    var latencies: [Int] = []
    for clock in [1, 2, 3, 5, 10, 50.0] {
      var design = try Design(parsing: text)
      try DataflowPipeline.run(on: &design, DataflowContext(clock: clock))
      latencies.append(design.latency)
    }
    #expect(latencies == latencies.sorted(by: >))
    #expect(latencies.last == 1)
  }
}
