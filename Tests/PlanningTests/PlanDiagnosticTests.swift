import DataflowIR
import Diagnostics
import Testing

@testable import Planning

/// A layer of `lut` LUTs at four cycles, half of them at eight, a quarter at sixteen.
private func layer(_ name: String, lut: Int, dsp: Int = 0) -> LayerChoices {
  LayerChoices(
    name: name,
    candidates: [(4, 1), (8, 2), (16, 4)].map { cycles, share in
      Candidate(
        style: .folded, pe: 4 / share, cycles: cycles,
        resources: Resources(lut: lut / share, dsp: dsp / share))
    })
}

@Suite struct PlanDiagnosticTests {
  private static let cases: [(interval: Int?, limits: Resources?, message: String)] = [
    (
      2, nil,
      """
      conv: error: it takes at least 4 cycles per frame, and --interval asks for 2 [plan.too-slow]
        note: fc takes at least 4 cycles
        help: ask for --interval 4, which fits
      """
    ),
    (
      2, Resources(lut: 300, dsp: 20),
      """
      conv: error: it takes at least 4 cycles per frame, and --interval asks for 2 [plan.too-slow]
        note: fc takes at least 4 cycles
        help: ask for --interval 16, which fits
      """
    ),
    (
      8, Resources(lut: 599, dsp: 20),
      """
      error: no design with an interval of at most 8 fits; the closest takes 600 LUT of 599 \
      (101 %) [plan.too-large]
        note: conv takes 400 LUT
        note: fc takes 200 LUT
        help: raise the budget, choose a larger part, or ask for --interval 16, which fits
      """
    ),
    (
      8, Resources(lut: 900),
      """
      error: no design with an interval of at most 8 fits; the closest takes 8 DSP of 0 \
      [plan.too-large]
        note: conv takes 8 DSP
        help: raise the budget or choose a larger part: at no interval does the network fit
      """
    ),
    (
      nil, Resources(lut: 200, dsp: 2),
      """
      error: no design fits; the closest takes 300 LUT of 200 (150 %), 4 DSP of 2 (200 %) \
      [plan.too-large]
        note: conv takes 200 LUT
        note: fc takes 100 LUT
        help: raise the budget or choose a larger part: at no interval does the network fit
      """
    ),
  ]

  @Test(arguments: cases.indices)
  func saysWhatIsMissingAndWhatWouldFit(index: Int) throws {
    let (interval, limits, message) = Self.cases[index]
    let layers = [layer("conv", lut: 800, dsp: 16), layer("fc", lut: 400)]
    let part = Resources(lut: 2000, ff: 4000, dsp: 40, bram18: 10)
    let error = #expect(throws: InfeasiblePlan.self) {
      try Planner.solve(layers, Objective(interval: interval, limits: limits, part: part))
    }
    #expect(error?.diagnostic.rendered == message)
  }
}
