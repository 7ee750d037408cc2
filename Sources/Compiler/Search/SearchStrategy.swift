// How a search chooses what to try next: at random, by successive halving, by evolution.

import NeuralNet
import SeededRandom

/// Proposes trials. What it proposes depends on its seed and on the results alone, never on the
/// order in which they came or the time they took.
protocol SearchStrategy: Sendable {
  /// How often something will be trained, at most.
  var plannedCount: Int { get }
  /// What is to be tried next, given all `results` so far in the order they were asked for; empty at
  /// the end.
  mutating func next(after results: [TrialResult]) -> [Assignment]
}

/// The strategies by name, with their settings.
public enum SearchMethod: Hashable, Sendable {
  case random
  /// All points begin with few epochs; at each rung one in `reduction` goes on.
  case halving(reduction: Int)
  /// Generations of `population` points.
  case evolution(population: Int)

  public var name: String {
    switch self {
    case .random: "random"
    case .halving: "halving"
    case .evolution: "evolution"
    }
  }

  func strategy(_ space: SearchSpace, trials: Int, seed: UInt64) -> any SearchStrategy {
    switch self {
    case .random: RandomSearch(space, trials: trials, seed: seed)
    case .halving(let reduction):
      SuccessiveHalving(space, trials: trials, reduction: reduction, seed: seed)
    case .evolution(let population):
      Evolution(space, trials: trials, population: population, seed: seed)
    }
  }
}

/// Points drawn evenly, none twice. A space with fewer points than trials is tried out.
struct RandomSearch: SearchStrategy {
  private let points: [SearchPoint]

  init(_ space: SearchSpace, trials: Int, seed: UInt64) {
    var fresh = FreshPoints(space)
    var points: [SearchPoint] = []
    for trial in 0..<trials {
      // A generator per trial: a search of more trials begins with the same ones.
      var random = SeededRandom(seed: seed, trial)
      guard let point = fresh.next({ space.draw(&random) }) else { break }
      points.append(point)
    }
    self.points = points
  }

  var plannedCount: Int { points.count }

  mutating func next(after results: [TrialResult]) -> [Assignment] {
    guard results.isEmpty else { return [] }
    return points.enumerated().map { Assignment(trial: $0, point: $1) }
  }
}

/// Successive halving (Jamieson, Talwalkar, AISTATS 2016) by Pareto order: random points are trained
/// for few epochs; the best 1/`reduction` of them go on for `reduction` times as many, and so on up
/// to all epochs, for as long as at least `finalists` are left.
struct SuccessiveHalving: SearchStrategy {
  private var first: RandomSearch
  private let reduction: Int
  /// Trials at each rung.
  private let counts: [Int]
  private var rung = 0
  private var running: [Assignment] = []

  /// Fewer make no front.
  static let finalists = 4

  init(_ space: SearchSpace, trials: Int, reduction: Int, seed: UInt64) {
    precondition(reduction > 1, "reduction \(reduction)")
    first = RandomSearch(space, trials: trials, seed: seed)
    self.reduction = reduction
    var counts = [first.plannedCount]
    while counts[counts.count - 1] / reduction >= SuccessiveHalving.finalists {
      counts.append(counts[counts.count - 1] / reduction)
    }
    self.counts = counts
  }

  var plannedCount: Int { counts.reduce(0, +) }

  mutating func next(after results: [TrialResult]) -> [Assignment] {
    if rung == 0 {
      running = first.next(after: results)
    } else {
      let latest = results.suffix(running.count)
      running = SuccessiveHalving.best(Array(latest)).prefix(
        rung < counts.count ? counts[rung] : 0
      ).map { Assignment(trial: $0.trial, point: $0.point) }.sorted { $0.trial < $1.trial }
    }
    var share = 1.0
    for _ in rung..<max(counts.count - 1, rung) { share /= Double(reduction) }
    running = running.map { assignment in
      var assignment = assignment
      assignment.rung = rung
      assignment.share = share
      return assignment
    }
    rung += 1
    return running
  }

  /// Best first, without those that failed. Before quantization begins a model cannot be compiled:
  /// unless all have a cost, the bits of their parameters stand for it.
  private static func best(_ results: [TrialResult]) -> [TrialResult] {
    let candidates = results.filter { $0.measurement != nil }
    let measurements = candidates.map { $0.measurement! }
    let hasCosts = measurements.allSatisfy { $0.cost != nil }
    let objectives = measurements.map {
      Objectives(
        accuracy: $0.validationAccuracy, cost: hasCosts ? $0.cost! : Double($0.bits))
    }
    return ParetoOrder.sorted(objectives).map { candidates[$0] }
  }
}

/// Evolution in the manner of NSGA-II: the best points so far are the parents of the next ones.
///
/// A generation of children comes from two parents each, both the better of two drawn among the
/// best `population` points of all generations. Every coordinate is that of one parent or, where
/// values have an order, as likely one between them; then each is mutated with probability 1/axes,
/// and a copy of a parent at least once.
struct Evolution: SearchStrategy {
  private let space: SearchSpace
  private let trials: Int
  private let population: Int
  private let seed: UInt64
  private var fresh: FreshPoints
  private var asked = 0

  init(_ space: SearchSpace, trials: Int, population: Int, seed: UInt64) {
    precondition(population > 1, "population \(population)")
    self.space = space
    self.trials = trials
    self.population = population
    self.seed = seed
    fresh = FreshPoints(space)
  }

  var plannedCount: Int { min(trials, space.count ?? trials) }

  mutating func next(after results: [TrialResult]) -> [Assignment] {
    let parents = parents(among: results)
    var fresh = self.fresh
    defer { self.fresh = fresh }
    var children: [Assignment] = []
    for trial in asked..<min(trials, asked + population) {
      var random = SeededRandom(seed: seed, trial)
      let point = fresh.next {
        parents.count < 2 ? space.draw(&random) : child(of: parents, &random)
      }
      guard let point else { break }
      children.append(Assignment(trial: trial, point: point))
    }
    asked += children.count
    return children
  }

  /// Best first.
  private func parents(among results: [TrialResult]) -> [SearchPoint] {
    var candidates: [(point: SearchPoint, objectives: Objectives)] = []
    for result in results {
      guard let objectives = result.measurement?.objectives else { continue }
      candidates.append((result.point, objectives))
    }
    return ParetoOrder.sorted(candidates.map(\.objectives)).prefix(population)
      .map { candidates[$0].point }
  }

  private func child(of parents: [SearchPoint], _ random: inout SeededRandom) -> SearchPoint {
    // Parents are sorted: the lower position is the better one.
    let mother = parents[min(random.below(parents.count), random.below(parents.count))]
    let father = parents[min(random.below(parents.count), random.below(parents.count))]
    var coordinates = space.axes.enumerated().map { index, axis -> Double in
      let (first, second) = (mother.coordinates[index], father.coordinates[index])
      if axis.isOrdered, random.below(2) == 0 {
        return first + Double(random.unit()) * (second - first)
      }
      return random.below(2) == 0 ? first : second
    }
    let isCopy = coordinates == mother.coordinates || coordinates == father.coordinates
    let certain = isCopy ? random.below(space.axes.count) : nil
    for (index, axis) in space.axes.enumerated()
    where index == certain || random.below(space.axes.count) == 0 {
      coordinates[index] = axis.mutated(coordinates[index], &random)
    }
    return space.point(at: coordinates)
  }
}
