// Chooses a candidate for every layer: the cheapest design of the pace that is asked for.

import DataflowIR

/// Exact optimization over the layers' candidates; the same layers give the same plan.
public struct Planner {
  private let layers: [LayerChoices]
  private let objective: Objective

  /// The plan for `objective`, or what is in its way.
  public static func solve(
    _ layers: [LayerChoices], _ objective: Objective
  ) throws(InfeasiblePlan) -> Plan {
    try Planner(layers: layers, objective: objective).solve()
  }

  private func solve() throws(InfeasiblePlan) -> Plan {
    let slow = layers.compactMap { layer -> InfeasiblePlan.SlowLayer? in
      let cycles = layer.candidates.map(\.cycles).min()!
      guard let interval = objective.interval, cycles > interval else { return nil }
      return InfeasiblePlan.SlowLayer(name: layer.name, cycles: cycles)
    }
    if !slow.isEmpty { throw tooSlow(slow) }
    guard let limits = objective.limits else {
      return cheapest(interval: objective.interval ?? fastestInterval, within: nil)!
    }
    if let interval = objective.interval {
      if let plan = cheapest(interval: interval, within: limits) { return plan }
    } else if let plan = fastest(within: limits) {
      return plan
    }
    let nearest = leastOverrun(of: limits, interval: objective.interval ?? .max)
    let kinds = Resources.Kind.allCases.filter { nearest.resources[$0] > limits[$0] }
    // Where the search had to be cut, this one may find what the other did not.
    if kinds.isEmpty { return nearest }
    throw InfeasiblePlan(
      obstacle: .tooLarge(kinds), nearest: nearest,
      fittingInterval: objective.interval == nil ? nil : fastest(within: limits)?.interval)
  }

  private func tooSlow(_ layers: [InfeasiblePlan.SlowLayer]) -> InfeasiblePlan {
    guard let limits = objective.limits else {
      return InfeasiblePlan(
        obstacle: .tooSlow(layers), nearest: cheapest(interval: fastestInterval, within: nil)!,
        fittingInterval: fastestInterval)
    }
    let fitting = fastest(within: limits)
    return InfeasiblePlan(
      obstacle: .tooSlow(layers),
      nearest: fitting ?? leastOverrun(of: limits, interval: .max),
      fittingInterval: fitting?.interval)
  }

  /// The interval when every layer is as fast as it can be.
  private var fastestInterval: Int {
    layers.map { $0.candidates.map(\.cycles).min()! }.max() ?? 1
  }

  /// The cheapest plan of at most `interval` cycles within the limits; nil where there is none.
  /// `seed` is one that is.
  private func cheapest(
    interval: Int, within limits: Resources?, knowing seed: [Int]? = nil
  ) -> Plan? {
    let perUnit = Resources.Kind.allCases.map { 1 / Double(max(objective.part[$0], 1)) }
    guard
      let problem = problem(interval, limits, perUnit, weightOfSum: Objective.weightOfSum)
    else { return nil }
    let search = SelectionSearch(
      problem,
      knowing: seed.map { Selection(candidates: $0, cost: objective.cost(resources($0))) })
    return search.best.map { plan($0, bound: search.bound) }
  }

  /// The cheapest plan of the least interval that fits, by bisection over the cycles that
  /// candidates have; nil where nothing fits.
  private func fastest(within limits: Resources) -> Plan? {
    let intervals = Set(layers.flatMap { $0.candidates.map(\.cycles) }).sorted()
      .filter { $0 >= fastestInterval }
    var (low, high) = (0, intervals.count)
    var fitting: [Int]?
    while low < high {
      let middle = (low + high) / 2
      if let candidates = selection(within: limits, interval: intervals[middle]) {
        fitting = candidates
        high = middle
      } else {
        low = middle + 1
      }
    }
    return fitting.flatMap { cheapest(interval: intervals[low], within: limits, knowing: $0) }
  }

  /// Some selection that fits.
  private func selection(within limits: Resources, interval: Int) -> [Int]? {
    guard let problem = overrun(of: limits, interval, limits) else { return nil }
    return SelectionSearch(problem, atMost: 1).best?.candidates
  }

  /// The plan whose worst resource exceeds its limit by the smallest factor, the cheapest of those.
  private func leastOverrun(of limits: Resources, interval: Int) -> Plan {
    let search = SelectionSearch(overrun(of: limits, interval, nil)!)
    let closest = plan(search.best!, bound: search.bound)
    // Whatever stays within the same factor is as close.
    let factor = search.best!.cost
    var reach = closest.resources
    for kind in Resources.Kind.allCases where limits[kind] > 0 {
      reach[kind] = max(reach[kind], Int(factor * Double(limits[kind])))
    }
    return cheapest(interval: interval, within: reach, knowing: search.best!.candidates) ?? closest
  }

  /// The largest fraction of the limits as cost.
  private func overrun(
    of limits: Resources, _ interval: Int, _ hard: Resources?
  ) -> SelectionProblem? {
    // Where there is nothing of a kind, one is already too many.
    let perUnit = Resources.Kind.allCases.map { 1 / max(Double(limits[$0]), 0.5) }
    return problem(interval, hard, perUnit, weightOfSum: 0)
  }

  /// nil where some layer has no candidate of this pace that fits alone.
  private func problem(
    _ interval: Int, _ limits: Resources?, _ perUnit: [Double], weightOfSum: Double
  ) -> SelectionProblem? {
    var problem = SelectionProblem(perUnit: perUnit, limits: limits, weightOfSum: weightOfSum)
    for layer in layers {
      let candidates = layer.candidates.indices.filter { index in
        let candidate = layer.candidates[index]
        return candidate.cycles <= interval
          && limits.map { candidate.resources.fits(in: $0) } ?? true
      }.map { (origin: $0, resources: layer.candidates[$0].resources) }
      if candidates.isEmpty { return nil }
      problem.append(candidates)
    }
    return problem
  }

  private func resources(_ selection: [Int]) -> Resources {
    zip(layers, selection).map { $0.candidates[$1].resources }.reduce(.zero, +)
  }

  private func plan(_ selection: Selection, bound: Double) -> Plan {
    let chosen = zip(layers, selection.candidates).map { layer, index in
      Plan.Layer(name: layer.name, candidate: layer.candidates[index])
    }
    let gap = selection.cost > 0 ? max(0, 1 - bound / selection.cost) : 0
    return Plan(
      objective: objective, layers: chosen, gap: gap > 2 * SelectionSearch.tolerance ? gap : 0)
  }
}
