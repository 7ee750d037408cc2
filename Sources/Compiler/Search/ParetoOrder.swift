// Which candidates are better when two things count: accuracy and cost.

/// What a candidate is worth.
public struct Objectives: Hashable, Sendable {
  /// The higher the better.
  public var accuracy: Double
  /// The lower the better.
  public var cost: Double

  public init(accuracy: Double, cost: Double) {
    self.accuracy = accuracy
    self.cost = cost
  }

  /// At least as good in both, and better in one.
  func dominates(_ other: Objectives) -> Bool {
    accuracy >= other.accuracy && cost <= other.cost && self != other
  }
}

/// Non-dominated sorting with crowding distances: Deb, Pratap, Agarwal, Meyarivan, A fast and elitist
/// multiobjective genetic algorithm: NSGA-II, IEEE Trans. Evol. Comput. 6 (2002).
///
/// Of candidates that are equal in both objectives the first dominates the others.
enum ParetoOrder {
  /// For every candidate the number of fronts that must be taken away before it is on one.
  static func ranks(_ candidates: [Objectives]) -> [Int] {
    var ranks = [Int](repeating: 0, count: candidates.count)
    var rest = Array(candidates.indices)
    var rank = 0
    while !rest.isEmpty {
      let front = rest.filter { index in
        !rest.contains {
          candidates[$0].dominates(candidates[index])
            || (candidates[$0] == candidates[index] && $0 < index)
        }
      }
      for index in front { ranks[index] = rank }
      rest.removeAll { front.contains($0) }
      rank += 1
    }
    return ranks
  }

  /// Positions of the candidates that no other dominates, cheapest first.
  static func front(_ candidates: [Objectives]) -> [Int] {
    let ranks = ranks(candidates)
    return candidates.indices.filter { ranks[$0] == 0 }
      .sorted { candidates[$0].cost < candidates[$1].cost }
  }

  /// How far the neighbours on its front are from each candidate, as a share of the front's extent;
  /// infinite at both ends.
  static func crowding(_ candidates: [Objectives], ranks: [Int]) -> [Double] {
    var distances = [Double](repeating: 0, count: candidates.count)
    for rank in 0..<((ranks.max() ?? -1) + 1) {
      // Sorted by cost, a front is sorted by accuracy as well.
      let front = candidates.indices.filter { ranks[$0] == rank }
        .sorted { candidates[$0].cost < candidates[$1].cost }
      let (first, last) = (candidates[front[0]], candidates[front[front.count - 1]])
      for (place, index) in front.enumerated() {
        guard place > 0, place < front.count - 1 else {
          distances[index] = .infinity
          continue
        }
        let (below, above) = (candidates[front[place - 1]], candidates[front[place + 1]])
        distances[index] =
          (above.cost - below.cost) / (last.cost - first.cost)
          + (above.accuracy - below.accuracy) / (last.accuracy - first.accuracy)
      }
    }
    return distances
  }

  /// Positions of all candidates, best first: by rank, then the lonely before the crowded, then as
  /// they came.
  static func sorted(_ candidates: [Objectives]) -> [Int] {
    let ranks = ranks(candidates)
    let distances = crowding(candidates, ranks: ranks)
    return candidates.indices.sorted {
      (ranks[$0], -distances[$0], $0) < (ranks[$1], -distances[$1], $1)
    }
  }
}
