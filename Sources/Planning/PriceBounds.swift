// Lower bounds of what a selection costs: prices per unit of each resource.

/// Prices that no selection within the limits can undercut: its cost is at least
/// `sum of price · amount - rebate`.
///
/// With shares `s` of 1 for the kinds, `max(fraction)` is at least the sum of `s · fraction`; and
/// with a penalty `p` per part by which a limit is exceeded, `p · (amount / limit - 1)` is negative
/// for whatever is within it. Under fixed prices every layer chooses for itself, so the bound is a
/// sum of minima. This is Lagrangian relaxation (Fisher, Management Science 27, 1981).
struct Prices {
  var perUnit: [Double]
  var rebate: Double

  /// The least sum of prices of each layer's items.
  func cheapest(_ problem: SelectionProblem) -> (items: [Int], sums: [Double]) {
    var items: [Int] = []
    var sums: [Double] = []
    for layer in 0..<problem.layerCount {
      var (best, bestSum) = (-1, Double.infinity)
      for item in problem.items(of: layer) {
        let sum = self.sum(problem, item)
        if sum < bestSum { (best, bestSum) = (item, sum) }
      }
      items.append(best)
      sums.append(bestSum)
    }
    return (items, sums)
  }

  func sum(_ problem: SelectionProblem, _ item: Int) -> Double {
    let base = item * SelectionProblem.kinds
    var sum = 0.0
    for kind in 0..<SelectionProblem.kinds { sum += perUnit[kind] * problem.amounts[base + kind] }
    return sum
  }
}

/// Prices with high bounds, and the selections met on the way.
struct PriceSearch {
  private let problem: SelectionProblem
  private var shares: [Double]
  private var penalties: [Double]
  /// The best prices, the best last.
  private(set) var best: [Prices] = []
  private(set) var bound = -Double.infinity
  private(set) var selection: [Int] = []
  private var merit = Double.infinity

  /// Starts where another search ended, of a problem that this one is a part of.
  init(_ problem: SelectionProblem, after other: PriceSearch? = nil) {
    self.problem = problem
    let kinds = SelectionProblem.kinds
    shares = other?.shares ?? [Double](repeating: 1 / Double(kinds), count: kinds)
    penalties = other?.penalties ?? [Double](repeating: 0, count: kinds)
  }

  /// Walks up the bound by its subgradient, steps as by Polyak, halved where nothing improves, until the bound is over `ceiling`.
  mutating func run(ceiling: Double, steps: Int = 300) {
    var stepFactor = 1.0
    var idle = 0
    for step in 0..<steps {
      let prices = self.prices
      let (items, sums) = prices.cheapest(problem)
      let value = sums.reduce(0, +) - prices.rebate
      let total = problem.total(items)
      note(items, total)
      if step % 50 == 0 { polish() }
      if value > bound + 1e-9 * abs(value) {
        bound = value
        best.append(prices)
        if best.count > 6 { best.removeFirst() }
        idle = 0
      } else {
        idle += 1
        if idle == 10 {
          stepFactor /= 2
          idle = 0
        }
      }
      let gap = (isFeasible ? merit : 1.1 * abs(bound) + bound) - value
      if gap <= 1e-9 * abs(merit) || stepFactor < 1e-6 || bound > ceiling { break }
      climb(total, stepFactor * gap)
    }
    polish()
  }

  private var isFeasible: Bool { problem.isWithinLimits(problem.total(selection)) }

  private var prices: Prices {
    var perUnit: [Double] = []
    var rebate = 0.0
    for kind in 0..<SelectionProblem.kinds {
      var price = (shares[kind] + problem.weightOfSum) * problem.perUnit[kind]
      if problem.limits[kind].isFinite {
        price += penalties[kind] / max(problem.limits[kind], 1)
        rebate += problem.limits[kind] > 0 ? penalties[kind] : 0
      }
      perUnit.append(price)
    }
    return Prices(perUnit: perUnit, rebate: rebate)
  }

  private mutating func climb(_ total: [Double], _ reach: Double) {
    let kinds = 0..<SelectionProblem.kinds
    let fractions = kinds.map { total[$0] * problem.perUnit[$0] }
    // What is at its end and would go beyond it does not move, and must not shorten the step.
    var moving = Array(kinds)
    var mean = 0.0
    while true {
      mean = moving.reduce(0) { $0 + fractions[$1] } / Double(moving.count)
      let rest = moving.filter { shares[$0] > 0 || fractions[$0] > mean }
      if rest.count == moving.count { break }
      moving = rest
    }
    let excess = kinds.map { kind -> Double in
      let limit = problem.limits[kind]
      let value = limit.isFinite ? (total[kind] - limit) / max(limit, 1) : 0
      return penalties[kind] > 0 ? value : max(value, 0)
    }
    let norm =
      moving.reduce(0) { $0 + (fractions[$1] - mean) * (fractions[$1] - mean) }
      + excess.reduce(0) { $0 + $1 * $1 }
    guard norm > 0 else { return }
    let step = reach / norm
    var target = shares
    for kind in moving { target[kind] += step * (fractions[kind] - mean) }
    shares = onSimplex(target)
    for kind in kinds { penalties[kind] = max(0, penalties[kind] + step * excess[kind]) }
  }

  /// The nearest point whose coordinates are not negative and add up to 1.
  private func onSimplex(_ point: [Double]) -> [Double] {
    var (sum, shift) = (0.0, 0.0)
    for (count, value) in point.sorted(by: >).enumerated() {
      sum += value
      let candidate = (sum - 1) / Double(count + 1)
      if value > candidate { shift = candidate }
    }
    return point.map { max(0, $0 - shift) }
  }

  /// Prices by one kind alone, for beginnings that make it the largest fraction.
  static func alone(_ problem: SelectionProblem) -> [Prices] {
    (0..<SelectionProblem.kinds).map { largest in
      let perUnit = (0..<SelectionProblem.kinds).map { kind in
        ((kind == largest ? 1 : 0) + problem.weightOfSum) * problem.perUnit[kind]
      }
      return Prices(perUnit: perUnit, rebate: 0)
    }
  }

  /// Keeps the selection when it is the best so far, whatever exceeds a limit counting a lot.
  private mutating func note(_ items: [Int], _ total: [Double]) {
    let value = penalized(total)
    if value < merit { (merit, selection) = (value, items) }
  }

  private func penalized(_ total: [Double]) -> Double {
    var value = problem.cost(total)
    for kind in 0..<SelectionProblem.kinds where total[kind] > problem.limits[kind] {
      value += 1000 * (total[kind] - problem.limits[kind]) / max(problem.limits[kind], 1)
    }
    return value
  }

  /// Improves the selection one layer at a time, always by the best exchange, until none helps.
  private mutating func polish() {
    var total = problem.total(selection)
    while true {
      var best: (layer: Int, item: Int, merit: Double)?
      var trial = total
      for layer in 0..<problem.layerCount {
        for item in problem.items(of: layer) where item != selection[layer] {
          for kind in 0..<SelectionProblem.kinds {
            trial[kind] =
              total[kind] - problem.amount(selection[layer], kind) + problem.amount(item, kind)
          }
          let value = penalized(trial)
          if value < (best?.merit ?? merit) * (1 - 1e-12) { best = (layer, item, value) }
        }
      }
      guard let best else { return }
      selection[best.layer] = best.item
      merit = best.merit
      total = problem.total(selection)
    }
  }
}
