// How much is pruned when.

import Testing

@testable import Training

struct PruningScheduleTests {
  @Test func followsThePolynomial() {
    let schedule = PruningSchedule.polynomial(final: 0.5, end: 1000)
    let expected = [(0, 0.0), (100, 0.1355), (500, 0.4375), (900, 0.4995), (1000, 0.5)]
    for (step, sparsity) in expected {
      #expect(abs((schedule.sparsity(at: step, of: 9000) ?? -1) - sparsity) < 1e-12)
    }
    #expect(schedule.sparsity(at: 50, of: 9000) == nil)
    #expect(schedule.sparsity(at: 1100, of: 9000) == nil)
  }

  @Test func alwaysReachesItsEnd() {
    let schedule = PruningSchedule.polynomial(final: 0.5, begin: 7, frequency: 100)
    #expect(schedule.sparsity(at: 0, of: 300) == nil)
    #expect(schedule.sparsity(at: 150, of: 300) == 0.5)
    #expect(PruningSchedule.polynomial(final: 0.3, begin: 4, end: 4).sparsity(at: 4, of: 9) == 0.3)
  }

  /// TensorFlow Model Optimization's ConstantSparsity(0.5, begin_step=20, end_step=200, frequency=50).
  @Test func isConstantWithinItsSteps() {
    let schedule = PruningSchedule.constant(final: 0.5, begin: 20, end: 200, frequency: 50)
    let steps = (0..<300).filter { schedule.sparsity(at: $0, of: 300) != nil }
    #expect(steps == [20, 70, 120, 170])
    #expect(steps.allSatisfy { schedule.sparsity(at: $0, of: 300) == 0.5 })
    #expect(schedule.lastStep(of: 300) == 20)
    let endless = PruningSchedule.constant(final: 0.5)
    #expect(endless.sparsity(at: 900, of: 1000) == 0.5)
  }
}
