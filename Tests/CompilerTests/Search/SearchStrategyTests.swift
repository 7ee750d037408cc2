// What strategies propose, on objectives that are known functions.

import TestSupport
import Testing

@testable import Compiler

@Suite struct SearchStrategyTests {
  private let small = try! SearchSpace([
    SearchAxis("a", .choices(["1", "2", "3"])), SearchAxis("b", .integers(0...3, step: 1)),
  ])

  /// All trials of a strategy, evaluated one after the other.
  private func results(_ strategy: any SearchStrategy, _ trials: FakeTrials) throws -> [TrialResult]
  {
    var strategy = strategy
    var results: [TrialResult] = []
    while true {
      let batch = strategy.next(after: results)
      if batch.isEmpty { return results }
      for assignment in batch {
        results.append(TrialResult(assignment, try trials.evaluate(assignment)))
      }
    }
  }

  @Test func spacesRefuseNonsense() {
    #expect(difference(from: "search.space-empty") { try SearchSpace([]) } == nil)
    #expect(
      difference(from: "search.axis-twice") {
        try SearchSpace([SearchAxis("a", .reals(0...1)), SearchAxis("a", .choices(["1"]))])
      } == nil)
  }

  @Test func everyPointOfASmallSpaceIsTriedOnce() {
    var search = RandomSearch(small, trials: 100, seed: 1)
    #expect(search.plannedCount == 12)
    let points = search.next(after: []).map(\.point.values)
    #expect(Set(points) == Set((0..<12).map { small.point(number: $0).values }))
    #expect(points.count == 12)
    #expect(small.count == 12 && FakeTrials.space.count == nil)
  }

  @Test func aLongerRandomSearchBeginsWithTheShorter() {
    var (short, long) = (
      RandomSearch(FakeTrials.space, trials: 10, seed: 5),
      RandomSearch(FakeTrials.space, trials: 30, seed: 5)
    )
    var other = RandomSearch(FakeTrials.space, trials: 10, seed: 6)
    let points = short.next(after: [])
    #expect(points == Array(long.next(after: []).prefix(10)))
    #expect(points != other.next(after: []))
    #expect(points.map(\.trial) == Array(0..<10))
    #expect(points.allSatisfy { $0.isWhole && $0.rung == 0 })
  }

  @Test func halvingSpendsWhatItPromises() throws {
    let trials = FakeTrials(failing: [2, 3])
    let halving = SuccessiveHalving(FakeTrials.space, trials: 40, reduction: 3, seed: 1)
    #expect(halving.plannedCount == 40 + 13 + 4)
    let results = try results(halving, trials)
    for (rung, count, epochs) in [(0, 40, 10), (1, 13, 30), (2, 4, 90)] {
      let here = results.filter { $0.rung == rung }
      #expect(here.count == count)
      #expect(here.allSatisfy { $0.isWhole == (rung == 2) })
      for result in here { #expect((result.measurement?.epochs ?? epochs) == epochs) }
      guard rung > 0 else { continue }
      // Nobody who goes on is dominated by one who does not, and no failure goes on.
      let before = results.filter { $0.rung == rung - 1 }
      let chosen = Set(here.map(\.trial))
      #expect(chosen.isDisjoint(with: [2, 3]))
      for out in before where !chosen.contains(out.trial) && out.measurement != nil {
        for member in here {
          #expect(
            !FakeTrials.objectives(out.point).dominates(FakeTrials.objectives(member.point)))
        }
      }
    }
  }

  @Test func fewTrialsHaveNoRungs() throws {
    let results = try results(
      SuccessiveHalving(FakeTrials.space, trials: 11, reduction: 3, seed: 1), FakeTrials())
    #expect(results.count == 11)
    #expect(results.allSatisfy { $0.isWhole })
  }

  /// Before quantization there is nothing to compile.
  @Test func bitsStandForCostsThatAreNotKnownYet() throws {
    let results = try results(
      SuccessiveHalving(FakeTrials.space, trials: 12, reduction: 3, seed: 1),
      FakeTrials(costOnlyWhenWhole: true))
    let first = results.prefix(12).map {
      Objectives(
        accuracy: $0.measurement!.validationAccuracy, cost: Double($0.measurement!.bits))
    }
    #expect(results.count == 16)
    #expect(Set(results.suffix(4).map(\.trial)) == Set(ParetoOrder.sorted(first).prefix(4)))
  }

  /// The area that a front leaves above itself, up to accuracy 1 and cost 120: less is better.
  private func gap(_ results: [TrialResult]) -> Double {
    let objectives = results.compactMap { $0.measurement?.objectives }
    let front = ParetoOrder.front(objectives).map { objectives[$0] }
    var (gap, cost, accuracy) = (0.0, 0.0, 0.0)
    for point in front + [Objectives(accuracy: 1, cost: 120)] {
      gap += (point.cost - cost) * (1 - accuracy)
      (cost, accuracy) = (point.cost, point.accuracy)
    }
    return gap
  }

  /// On average, not for each seed: searches are short.
  @Test func evolutionBeatsChance() throws {
    var (chance, evolved) = (0.0, 0.0)
    for seed in UInt64(0)..<6 {
      chance += gap(
        try results(RandomSearch(FakeTrials.space, trials: 100, seed: seed), FakeTrials()))
      evolved += gap(
        try results(
          Evolution(FakeTrials.space, trials: 100, population: 10, seed: seed),
          FakeTrials(failing: [1, 17])))
    }
    #expect(evolved < 0.88 * chance, "evolution leaves \(evolved), chance \(chance)")
  }

  @Test func evolutionTriesNoPointTwiceAndEndsWithTheSpace() throws {
    let results = try results(
      Evolution(small, trials: 100, population: 5, seed: 2), FakeTrials(failing: Set(0..<100)))
    #expect(results.count == 12)
    #expect(Set(results.map(\.point.values)).count == 12)
    let evolution = Evolution(FakeTrials.space, trials: 23, population: 5, seed: 2)
    let points = try self.results(evolution, FakeTrials()).map(\.point.values)
    #expect(points.count == 23)
    #expect(Set(points).count == 23)
    // More trials go on where fewer end.
    let longer = Evolution(FakeTrials.space, trials: 40, population: 5, seed: 2)
    #expect(
      try self.results(longer, FakeTrials()).prefix(20).map(\.point.values) == points.dropLast(3))
  }
}
