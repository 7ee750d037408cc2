import DataflowIR
import SeededRandom
import Testing

@testable import Planning

private let part = Resources(lut: 1500, ff: 3000, dsp: 30, bram18: 20)

@Suite struct PlannerTests {
  /// Whatever is asked for, the plan is as good as the best of all combinations.
  @Test func plansAreOptimal() throws {
    var random = SeededRandom(seed: 11)
    var (feasible, infeasible) = (0, 0)
    for _ in 0..<150 {
      let layers = randomLayers(
        &random, layers: Int.random(in: 1...5, using: &random), candidates: 6)
      let all = BruteForce(layers)
      for objective in objectives(&random) {
        let expected = all.cost(objective)
        do {
          let plan = try Planner.solve(layers, objective)
          let best = try #require(expected)
          #expect(abs(plan.cost - best.cost) <= 1e-8 * best.cost, "\(objective)")
          #expect(plan.interval <= best.interval)
          #expect(plan.gap == 0)
          if let limits = objective.limits { #expect(plan.resources.fits(in: limits)) }
          feasible += 1
        } catch let error as InfeasiblePlan {
          #expect(expected == nil, "\(objective)")
          check(error, objective, all)
          infeasible += 1
        }
      }
    }
    // Both answers have been compared.
    #expect(feasible > 200 && infeasible > 100)
  }

  private func objectives(_ random: inout SeededRandom) -> [Objective] {
    let interval = Int.random(in: 1...20, using: &random)
    let limits = Resources(
      lut: Int.random(in: 100...1200, using: &random),
      ff: Int.random(in: 200...2400, using: &random),
      dsp: Int.random(in: 0...20, using: &random), bram18: Int.random(in: 0...12, using: &random))
    return [
      Objective(part: part), Objective(interval: interval, part: part),
      Objective(limits: limits, part: part),
      Objective(interval: interval, limits: limits, part: part),
    ]
  }

  private func check(_ error: InfeasiblePlan, _ objective: Objective, _ all: BruteForce) {
    let fitting = all.cost(Objective(limits: objective.limits, part: part))
    switch error.obstacle {
    case .tooSlow(let layers):
      #expect(layers.allSatisfy { $0.cycles > objective.interval! })
      #expect(error.fittingInterval == fitting?.interval)
      if let fitting { #expect(error.nearest.interval == fitting.interval) }
    case .tooLarge(let kinds):
      let limits = objective.limits!
      #expect(kinds == Resources.Kind.allCases.filter { error.nearest.resources[$0] > limits[$0] })
      let least = all.overrun(of: limits, interval: objective.interval ?? .max)!
      #expect(abs(overrunFactor(error.nearest.resources, limits) - least) <= 1e-8 * least)
      if objective.interval != nil { #expect(error.fittingInterval == fitting?.interval) }
    }
  }

  @Test func theSameLayersGiveTheSamePlan() throws {
    var random = SeededRandom(seed: 3)
    let layers = randomLayers(&random, layers: 12, candidates: 40)
    let objective = Objective(interval: 15, part: part)
    #expect(try Planner.solve(layers, objective) == Planner.solve(layers, objective))
  }

  /// The first of equal candidates is taken, and none that another one undercuts.
  @Test func equalCandidatesKeepTheirOrder() throws {
    let candidates = [("a", 20), ("b", 10), ("c", 10), ("d", 10)].map { reason, lut in
      Candidate(style: .folded, cycles: 4, resources: Resources(lut: lut), reason: reason)
    }
    let plan = try Planner.solve(
      [LayerChoices(name: "fc", candidates: candidates)], Objective(part: part))
    #expect(plan.layers.map(\.candidate.reason) == ["b"])
  }

  @Test func scarceResourcesAreTradedForOthers() throws {
    let candidates = [
      Candidate(style: .folded, cycles: 1, resources: Resources(lut: 600), reason: "LUT"),
      Candidate(style: .folded, cycles: 1, resources: Resources(lut: 10, dsp: 10), reason: "DSP"),
    ]
    let layers = (0..<4).map { LayerChoices(name: "l\($0)", candidates: candidates) }
    // Four in DSPs take 40 of 30; four in LUTs 2400 of 1500.
    let plan = try Planner.solve(layers, Objective(limits: part, part: part))
    #expect(plan.resources == Resources(lut: 1220, dsp: 20))
  }

  /// Thirty layers of 200 candidates each, mostly undercut by none: well under a second when
  /// optimized; the time here is that of unoptimized code.
  @Test(.timeLimit(.minutes(1))) func manyLayersArePlannedQuickly() throws {
    var random = SeededRandom(seed: 7)
    let layers = (0..<30).map { index in
      LayerChoices(
        name: "l\(index)",
        candidates: (0..<200).map { _ in
          Candidate(
            style: .folded, cycles: Int.random(in: 1...1000, using: &random),
            resources: Resources(
              lut: Int.random(in: 0...40_000, using: &random),
              ff: Int.random(in: 0...40_000, using: &random),
              dsp: Int.random(in: 0...200, using: &random),
              bram18: Int.random(in: 0...150, using: &random)))
        })
    }
    let large = try Part(named: "xcvu9p").resources
    let plan = try Planner.solve(layers, Objective(interval: 500, limits: large, part: large))
    #expect(plan.gap == 0)
  }
}
