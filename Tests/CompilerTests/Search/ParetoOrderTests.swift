// The order of candidates, against definitions spelled out.

import SeededRandom
import Testing

@testable import Compiler

@Suite struct ParetoOrderTests {
  /// Candidates on a coarse grid, so that many are equal in one objective or both.
  private func candidates(_ count: Int, seed: UInt64) -> [Objectives] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
      Objectives(accuracy: Double(random.next() % 8) / 8, cost: Double(random.next() % 8))
    }
  }

  @Test(arguments: 0..<40) func theFrontIsThatOfBruteForce(seed: UInt64) {
    let all = candidates(1 + Int(seed), seed: seed)
    let front = ParetoOrder.front(all)
    let expected = all.indices.filter { index in
      for (other, candidate) in all.enumerated() where other != index {
        let isNoWorse =
          candidate.accuracy >= all[index].accuracy && candidate.cost <= all[index].cost
        let isBetter =
          candidate.accuracy > all[index].accuracy || candidate.cost < all[index].cost
        if isNoWorse && (isBetter || other < index) { return false }
      }
      return true
    }
    #expect(front.sorted() == expected)
    #expect(front.map { all[$0].cost } == front.map { all[$0].cost }.sorted())
    #expect(front.map { all[$0].accuracy } == front.map { all[$0].accuracy }.sorted())
  }

  /// A rank is the length of the longest chain of candidates above.
  @Test(arguments: 0..<20) func ranksAreLongestChains(seed: UInt64) {
    let all = candidates(25, seed: seed)
    let ranks = ParetoOrder.ranks(all)
    func depth(_ index: Int) -> Int {
      let above = all.indices.filter {
        all[$0].dominates(all[index]) || (all[$0] == all[index] && $0 < index)
      }
      return above.map { depth($0) + 1 }.max() ?? 0
    }
    #expect(ranks == all.indices.map(depth))
  }

  @Test func theLonelyComeFirst() {
    let all = [(0.1, 1), (0.5, 2), (0.55, 2.2), (0.6, 2.4), (0.9, 9), (0.05, 5)].map {
      Objectives(accuracy: $0.0, cost: $0.1)
    }
    let ranks = ParetoOrder.ranks(all)
    #expect(ranks == [0, 0, 0, 0, 0, 1])
    let distances = ParetoOrder.crowding(all, ranks: ranks)
    #expect(distances[0] == .infinity && distances[4] == .infinity && distances[5] == .infinity)
    // Neighbours (0.1, 1) and (0.55, 2.2) on a front from (0.1, 1) to (0.9, 9).
    #expect(abs(distances[1] - (1.2 / 8 + 0.45 / 0.8)) < 1e-12)
    #expect(ParetoOrder.sorted(all) == [0, 4, 3, 1, 2, 5])
    #expect(ParetoOrder.sorted([]) == [])
    #expect(ParetoOrder.front([]) == [])
  }
}
