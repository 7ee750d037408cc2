// Chooses the style and folding of every layer of a streaming design.

import DataflowIR
import Diagnostics
import FixedPoint
import Lowering
import Planning

/// Candidates of every layer with their cost, and the planner's choice among them.
struct StreamPlanner {
  private let layers: [LayerShape]
  private let objective: Objective
  private let weights: ExternalWeights
  private let axisWidth: Int
  /// The network's input as it comes in.
  private let input: Beats
  /// No frame is faster than its words come in.
  private let floor: Int

  init(
    _ layers: [LayerShape], objective: Objective, weights: ExternalWeights = .none,
    axisWidth: Int, input: Beats, floor: Int
  ) {
    self.layers = layers
    self.objective = objective
    self.weights = weights
    self.axisWidth = axisWidth
    self.input = input
    self.floor = floor
  }

  /// How often the planner is asked again for something smaller, where what lies between layers does not fit.
  private static let attempts = 4

  /// The plan, and the styles that lowering needs for it.
  ///
  /// How long the program of a sparse matrix is shows only when it is made. So the planner first sees an
  /// estimate, and where it chooses such a candidate, the length takes its place and it plans again. What lies
  /// between layers is found by `FoldingSearch`, whose result has to fit.
  func plan() throws(Diagnostic) -> (plan: Plan, styles: StreamPlan) {
    var options = layers.map { layer in
      LayerCandidates(layer, interval: objective.interval, weights: weights, floor: floor)
    }
    var reduced = objective
    var attempts = Self.attempts
    var nearest: Plan?
    while true {
      let plan: Plan
      do {
        plan = try Planner.solve(
          zip(layers, options).map { LayerChoices(name: $0.name, candidates: $1.candidates) },
          reduced)
      } catch { throw Self.diagnostic(error, nearest) }
      var search = FoldingSearch(
        layers: layers, options: options.map(\.options), candidates: options.map(\.candidates),
        objective: objective, input: input,
        interval: max(plan.interval, objective.interval ?? 0))
      let selection = search.improved(
        zip(plan.layers, options).map { $1.candidates.firstIndex(of: $0.candidate)! })
      var isFinal = true
      for index in layers.indices where options[index].refine(selection[index]) { isFinal = false }
      guard isFinal else { continue }
      let chosen = search.chosen(selection)
      var result = Plan(
        objective: objective,
        layers: zip(layers, chosen).map { Plan.Layer(name: $0.name, candidate: $1) })
      // No plan is cheaper than layers with nothing between them.
      let least = plan.cost * (1 - plan.gap)
      if result.cost > 0 { result.gap = max(0, 1 - least / result.cost) }
      let excess = result.excess
      guard excess == .zero || attempts == 0 else {
        attempts -= 1
        nearest = result
        reduced.limits = reduced.limits?.less(excess)
        continue
      }
      if excess != .zero { throw InfeasiblePlan(nearest: result, fittingInterval: nil).diagnostic }
      var styles = StreamPlan(axisWidth: axisWidth)
      for index in layers.indices {
        let (layer, style) = (layers[index], options[index].options[selection[index]].style)
        styles.styles[layer.name] = style
        styles.weightPorts[layer.name] = weights.port(of: layer, style)
      }
      return (result, styles)
    }
  }

  /// Why there is no plan; `nearest` is one that fits but for what lies between its layers.
  private static func diagnostic(_ error: InfeasiblePlan, _ nearest: Plan?) -> Diagnostic {
    guard let nearest else { return error.diagnostic }
    return InfeasiblePlan(nearest: nearest, fittingInterval: error.fittingInterval).diagnostic
  }
}

/// A layer's candidates, each with the option it stands for.
private struct LayerCandidates {
  private let layer: LayerShape
  private let floor: Int
  private(set) var options: [LayerOption]
  private(set) var candidates: [Candidate]
  private var isExact: [Bool]

  init(_ layer: LayerShape, interval: Int?, weights: ExternalWeights, floor: Int) {
    self.layer = layer
    self.floor = floor
    options = layer.options(interval: interval).filter { option in
      guard weights.mustFold(layer) else { return true }
      if case .folded = option.style { return true }
      return false
    }
    let costs = LayerCosts(layer)
    candidates = options.map { option in
      var candidate = costs.candidate(option, weightPort: weights.port(of: layer, option.style))
      candidate.cycles = max(candidate.cycles, floor)
      return candidate
    }
    isExact = options.map { if case .sparse = $0.style { false } else { true } }
  }

  /// Replaces the estimated cycles of a chosen candidate by the exact ones; returns whether they differ.
  mutating func refine(_ index: Int) -> Bool {
    guard !isExact[index] else { return false }
    isExact[index] = true
    let exact = layer.exactCycles(options[index])
    guard max(exact, floor) != candidates[index].cycles else { return false }
    options[index].cycles = exact
    candidates[index] = LayerCosts(layer).candidate(options[index])
    candidates[index].cycles = max(exact, floor)
    return true
  }
}

extension Resources {
  /// What is left without `other`; nothing is less than none.
  fileprivate func less(_ other: Resources) -> Resources {
    var rest = self
    for kind in Resources.Kind.allCases { rest[kind] = max(rest[kind] - other[kind], 0) }
    return rest
  }
}

extension Plan {
  /// What it takes beyond its limits.
  fileprivate var excess: Resources {
    guard let limits = objective.limits else { return .zero }
    return resources.less(limits)
  }
}
