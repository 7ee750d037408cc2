import DataflowIR
import Planning
import TestSupport
import Testing

@testable import Reports

@Suite struct PlanReportTests {
  private static func plan(gap: Double, limits: Resources?) throws -> Plan {
    func layer(
      _ name: String, _ style: Candidate.Style, _ pe: Int, _ simd: Int, _ cycles: Int,
      _ resources: Resources, _ reason: String, useful: Int = 0
    ) -> Plan.Layer {
      var candidate = Candidate(
        style: style, pe: pe, simd: simd, cycles: cycles, resources: resources, reason: reason)
      candidate.usefulProducts = useful
      return Plan.Layer(name: name, candidate: candidate)
    }
    return Plan(
      objective: Objective(
        interval: 13_000, limits: limits, part: try limits ?? Part(named: "xc7a35t").resources),
      layers: [
        layer(
          "conv1", .position, 1, 1, 784, Resources(lut: 3120, ff: 2480, bram18: 1),
          "36 weights: cheaper in adders than in multipliers"),
        layer("pool1", .streamed, 1, 1, 784, Resources(lut: 180, ff: 96), ""),
        layer(
          "conv2", .folded, 4, 9, 12_544, Resources(lut: 1420, ff: 960, dsp: 36, bram18: 4),
          "weights in 4 block RAMs", useful: 441_000),
        layer(
          "fc", .sparse, 2, 2, 9800, Resources(lut: 310, ff: 240, dsp: 4, bram18: 2),
          "91 % of the weights are zero", useful: 35_000),
      ], gap: gap)
  }

  @Test func printsWhatEveryLayerBecomes() throws {
    let onPart = PlanReport(try Self.plan(gap: 0, limits: nil), part: "xc7a35t")
    #expect(goldenDifference(onPart.text, "plan-part.txt") == nil)
    let budget = Resources(lut: 6000, ff: 8000, dsp: 40, bram18: 10)
    let inBudget = PlanReport(try Self.plan(gap: 0.0123, limits: budget))
    #expect(goldenDifference(inBudget.text, "plan-budget.txt") == nil)
  }
}
