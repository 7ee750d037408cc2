// The least selection, by dynamic programming over the layers with bounds that cut almost all of it.

import DataflowIR

/// A selection, by candidate indices.
struct Selection {
  var candidates: [Int]
  var cost: Double
}

/// Branch and bound. A subproblem, the one with the lowest bound first, goes through
///
/// 1. prices and a good selection (`PriceSearch`);
/// 2. items that cannot be part of a better selection, by their price, are dropped for good;
/// 3. partial selections, layer after layer: those that no completion can make better than the best
///    known, and those that another one undercuts in every kind, are dropped;
/// 4. of more than `breadth` partial selections the most promising stay; where others were cut, the
///    items of the layer that weighs most are divided in two, and there are two subproblems.
///
/// What is still open after `subproblems` is remembered by its bound: the answer says how far from
/// proved it is. Costs that differ by less than one part in 10^9 count as equal.
struct SelectionSearch {
  static let tolerance = 1e-9
  static let breadth = 200
  static let subproblems = 80

  /// The best selection so far.
  private(set) var best: Selection?
  /// What no selection costs less than.
  private(set) var bound = 0.0
  /// What a selection has to stay below to matter.
  private var ceiling = Double.infinity

  private struct Subproblem {
    var problem: SelectionProblem
    var bound: Double
    var search: PriceSearch?
  }

  /// With `atMost`, a cost of that is good enough. `seed` is a selection within the limits.
  init(_ problem: SelectionProblem, atMost: Double? = nil, knowing seed: Selection? = nil) {
    if let seed { accept(seed) }
    if let atMost { ceiling = min(ceiling, atMost * (1 + SelectionSearch.tolerance)) }
    var open = [Subproblem(problem: problem, bound: 0)]
    for _ in 0..<SelectionSearch.subproblems {
      open.removeAll { $0.bound >= ceiling }
      guard let next = open.indices.min(by: { open[$0].bound < open[$1].bound }) else { break }
      open += solve(open.remove(at: next))
      if let atMost, let best, best.cost <= atMost { break }
    }
    bound = min(open.map(\.bound).min() ?? .infinity, best?.cost ?? .infinity)
  }

  /// Improves `best` by what the subproblem has; returns what is left of it.
  private mutating func solve(_ subproblem: Subproblem) -> [Subproblem] {
    let problem = subproblem.problem
    var search = PriceSearch(problem, after: subproblem.search)
    // A bound over the cost of everything at once says that nothing is within the limits.
    search.run(ceiling: min(ceiling, problem.costOfAll))
    accept(search.selection, of: problem)
    let items = worthwhile(problem, search.best)
    if items.contains(where: \.isEmpty) { return [] }
    let rest = problem.restricted(to: items)
    let cut = extend(rest, search.best + PriceSearch.alone(problem))
    let bound = max(subproblem.bound, search.bound, cut)
    if bound >= ceiling { return [] }
    return divided(rest, search.best.last!).map {
      Subproblem(problem: $0, bound: bound, search: search)
    }
  }

  /// Two problems with the cheaper and the dearer items of one layer, by the kind and the layer
  /// where they differ most.
  private func divided(_ problem: SelectionProblem, _ prices: Prices) -> [SelectionProblem] {
    var widest = (spread: -1.0, layer: 0, kind: 0)
    for layer in 0..<problem.layerCount {
      for kind in 0..<SelectionProblem.kinds {
        let amounts = problem.items(of: layer).map { problem.amount($0, kind) }
        let spread = (amounts.max()! - amounts.min()!) * problem.perUnit[kind]
        if spread > widest.spread { widest = (spread, layer, kind) }
      }
    }
    let sorted = problem.items(of: widest.layer).sorted {
      (problem.amount($0, widest.kind), $0) < (problem.amount($1, widest.kind), $1)
    }
    let middle =
      (problem.amount(sorted.first!, widest.kind) + problem.amount(sorted.last!, widest.kind)) / 2
    let low = sorted.filter { problem.amount($0, widest.kind) <= middle }
    let high = sorted.filter { problem.amount($0, widest.kind) > middle }
    return [low, high].filter { !$0.isEmpty }.map { half in
      problem.restricted(
        to: (0..<problem.layerCount).map {
          $0 == widest.layer ? half.sorted() : Array(problem.items(of: $0))
        })
    }
  }

  private mutating func accept(_ items: [Int], of problem: SelectionProblem) {
    let total = problem.total(items)
    guard problem.isWithinLimits(total) else { return }
    accept(Selection(candidates: items.map { problem.origins[$0] }, cost: problem.cost(total)))
  }

  private mutating func accept(_ selection: Selection) {
    guard selection.cost < ceiling else { return }
    best = selection
    ceiling = selection.cost * (1 - SelectionSearch.tolerance)
  }

  /// The items whose price alone does not lift the bound over the ceiling, per layer.
  private func worthwhile(_ problem: SelectionProblem, _ prices: [Prices]) -> [[Int]] {
    var items = (0..<problem.layerCount).map { Array(problem.items(of: $0)) }
    for prices in prices {
      let (_, sums) = prices.cheapest(problem)
      let bound = sums.reduce(0, +) - prices.rebate
      for layer in items.indices {
        items[layer].removeAll { bound - sums[layer] + prices.sum(problem, $0) >= ceiling }
      }
    }
    return items
  }

  /// Builds all selections that matter; returns the least bound of those cut for `breadth`.
  private mutating func extend(_ problem: SelectionProblem, _ prices: [Prices]) -> Double {
    // Layers with many items last: what is fixed comes first and keeps the beginnings few.
    let order = (0..<problem.layerCount).sorted {
      (problem.items(of: $0).count, $0) < (problem.items(of: $1).count, $1)
    }
    let floors = Floors(problem, order, prices)
    var levels = [PartialSelections(start: [Double](repeating: 0, count: SelectionProblem.kinds))]
    var cut = Double.infinity
    for (depth, layer) in order.enumerated() {
      var next = PartialSelections()
      for parent in 0..<levels[depth].count {
        for item in problem.items(of: layer) {
          let total = levels[depth].total(parent, plus: item, in: problem)
          let bound = floors.bound(total, after: depth + 1)
          if bound < ceiling { next.append(total, bound, parent: parent, item: item) }
        }
      }
      cut = min(cut, next.thin(to: SelectionSearch.breadth))
      if next.count == 0 { return cut }
      levels.append(next)
    }
    let last = levels[order.count]
    // The bound of a complete selection is its cost.
    var state = (0..<last.count).min { (last.bounds[$0], $0) < (last.bounds[$1], $1) }!
    var selection = [Int](repeating: 0, count: order.count)
    for depth in order.indices.reversed() {
      selection[order[depth]] = levels[depth + 1].items[state]
      state = levels[depth + 1].parents[state]
    }
    accept(selection, of: problem)
    return cut
  }
}

/// The least that the layers not yet chosen add.
private struct Floors {
  let problem: SelectionProblem
  let prices: [Prices]
  /// By depth: least amounts of each kind, and least sums under each price.
  var amounts: [[Double]]
  var sums: [[Double]]

  init(_ problem: SelectionProblem, _ order: [Int], _ prices: [Prices]) {
    self.problem = problem
    self.prices = prices
    let kinds = SelectionProblem.kinds
    amounts = [[Double](repeating: 0, count: kinds)]
    sums = [[Double](repeating: 0, count: prices.count)]
    for layer in order.reversed() {
      let least = (0..<kinds).map { kind in
        problem.items(of: layer).reduce(.infinity) { min($0, problem.amount($1, kind)) }
      }
      let cheapest = prices.map { price in
        problem.items(of: layer).reduce(.infinity) { min($0, price.sum(problem, $1)) }
      }
      amounts.append(zip(amounts.last!, least).map(+))
      sums.append(zip(sums.last!, cheapest).map(+))
    }
    amounts.reverse()
    sums.reverse()
  }

  /// What a selection with this beginning costs at least; infinite where it exceeds a limit.
  func bound(_ total: [Double], after depth: Int) -> Double {
    let kinds = SelectionProblem.kinds
    var (largest, sum) = (0.0, 0.0)
    for kind in 0..<kinds {
      let least = total[kind] + amounts[depth][kind]
      if least > problem.limits[kind] { return .infinity }
      let fraction = least * problem.perUnit[kind]
      largest = max(largest, fraction)
      sum += fraction
    }
    var bound = largest + problem.weightOfSum * sum
    for index in prices.indices {
      var priced = sums[depth][index] - prices[index].rebate
      for kind in 0..<kinds { priced += prices[index].perUnit[kind] * total[kind] }
      bound = max(bound, priced)
    }
    return bound
  }
}

/// Beginnings of selections, all of the same layers.
private struct PartialSelections {
  /// `kinds` amounts each.
  private var totals: [Double] = []
  private(set) var bounds: [Double] = []
  private(set) var parents: [Int] = []
  private(set) var items: [Int] = []

  init() {}

  init(start: [Double]) { append(start, 0, parent: -1, item: -1) }

  var count: Int { bounds.count }

  func total(_ index: Int, plus item: Int, in problem: SelectionProblem) -> [Double] {
    let base = index * SelectionProblem.kinds
    return (0..<SelectionProblem.kinds).map { totals[base + $0] + problem.amount(item, $0) }
  }

  mutating func append(_ total: [Double], _ bound: Double, parent: Int, item: Int) {
    totals += total
    bounds.append(bound)
    parents.append(parent)
    items.append(item)
  }

  /// Drops what another one undercuts, then what is more than `breadth`, the least promising first;
  /// returns the least bound of the latter.
  mutating func thin(to breadth: Int) -> Double {
    let order = bounds.indices.sorted { (bounds[$0], $0) < (bounds[$1], $1) }
    var kept: [Int] = []
    var cut = Double.infinity
    for index in order {
      // Those with low bounds undercut most; looking at some of them is enough.
      if kept.prefix(200).contains(where: { undercuts($0, index) }) { continue }
      if kept.count == breadth {
        cut = bounds[index]
        break
      }
      kept.append(index)
    }
    var thinned = PartialSelections()
    for index in kept.sorted() {
      let base = index * SelectionProblem.kinds
      thinned.append(
        Array(totals[base..<base + SelectionProblem.kinds]), bounds[index], parent: parents[index],
        item: items[index])
    }
    self = thinned
    return cut
  }

  private func undercuts(_ a: Int, _ b: Int) -> Bool {
    let kinds = SelectionProblem.kinds
    for kind in 0..<kinds where totals[a * kinds + kind] > totals[b * kinds + kind] { return false }
    return true
  }
}
