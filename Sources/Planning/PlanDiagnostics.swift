// Why there is no plan, as a message to the user.

import DataflowIR
import Diagnostics

extension InfeasiblePlan {
  public var diagnostic: Diagnostic {
    switch obstacle {
    case .tooSlow(let layers): .planTooSlow(layers, self)
    case .tooLarge(let kinds): .planTooLarge(kinds, self)
    }
  }

  /// `1300 LUT of 1000 (130 %)`.
  fileprivate func demand(_ kind: Resources.Kind, _ limits: Resources) -> String {
    let (used, limit) = (nearest.resources[kind], limits[kind])
    let share = limit > 0 ? " (\(percent(used, of: limit)) %)" : ""
    return "\(used) \(kind.title) of \(limit)\(share)"
  }

  /// Rounded up, so that what does not fit never reads 100 %.
  private func percent(_ used: Int, of limit: Int) -> Int { (100 * used + limit - 1) / limit }
}

extension Diagnostic {
  fileprivate static func planTooSlow(
    _ layers: [InfeasiblePlan.SlowLayer], _ plan: InfeasiblePlan
  ) -> Diagnostic {
    let worst = layers.max { ($0.cycles, $1.name) < ($1.cycles, $0.name) }!
    let interval = plan.nearest.objective.interval!
    return Diagnostic(
      id: "plan.too-slow", at: Location(path: worst.name),
      "it takes at least \(worst.cycles) cycles per frame, and --interval asks for \(interval)",
      notes: layers.filter { $0.name != worst.name }.map {
        "\($0.name) takes at least \($0.cycles) cycles"
      },
      suggestion: suggestion(plan, "ask for"))
  }

  fileprivate static func planTooLarge(
    _ kinds: [Resources.Kind], _ plan: InfeasiblePlan
  ) -> Diagnostic {
    let limits = plan.nearest.objective.limits!
    let pace = plan.nearest.objective.interval.map { " with an interval of at most \($0)" } ?? ""
    let demands = kinds.map { plan.demand($0, limits) }.joined(separator: ", ")
    return Diagnostic(
      id: "plan.too-large", "no design\(pace) fits; the closest takes \(demands)",
      notes: plan.nearest.largestLayers(of: kinds[0]),
      suggestion: suggestion(plan, "raise the budget, choose a larger part, or ask for"))
  }

  private static func suggestion(_ plan: InfeasiblePlan, _ verb: String) -> String {
    if let interval = plan.fittingInterval { return "\(verb) --interval \(interval), which fits" }
    return "raise the budget or choose a larger part: at no interval does the network fit"
  }
}

extension Plan {
  /// The layers that take most of a kind, at most three, with what they take.
  fileprivate func largestLayers(of kind: Resources.Kind) -> [String] {
    let ranked = layers.enumerated().filter { $0.element.candidate.resources[kind] > 0 }.sorted {
      let (a, b) = ($0.element.candidate.resources[kind], $1.element.candidate.resources[kind])
      return (b, $0.offset) < (a, $1.offset)
    }
    return ranked.prefix(3).map {
      "\($0.element.name) takes \($0.element.candidate.resources[kind]) \(kind.title)"
    }
  }
}
