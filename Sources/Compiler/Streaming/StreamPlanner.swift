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
  /// No frame is faster than its words come in.
  private let floor: Int

  init(
    _ layers: [LayerShape], objective: Objective, weights: ExternalWeights = .none,
    axisWidth: Int, floor: Int
  ) {
    self.layers = layers
    self.objective = objective
    self.weights = weights
    self.axisWidth = axisWidth
    self.floor = floor
  }

  /// The plan, and the styles that lowering needs for it.
  ///
  /// How long the program of a sparse matrix is shows only when it is made. So the planner first sees a lower
  /// bound, and where it chooses such a candidate, the length takes the bound's place and it plans again.
  func plan() throws(Diagnostic) -> (plan: Plan, styles: StreamPlan) {
    var options = layers.map { layer in
      LayerCandidates(layer, interval: objective.interval, weights: weights, floor: floor)
    }
    while true {
      let plan: Plan
      do {
        plan = try Planner.solve(
          zip(layers, options).map { LayerChoices(name: $0.name, candidates: $1.candidates) },
          objective)
      } catch { throw error.diagnostic }
      var isFinal = true
      for index in layers.indices where options[index].refine(plan.layers[index].candidate) {
        isFinal = false
      }
      guard isFinal else { continue }
      var styles = StreamPlan(axisWidth: axisWidth)
      for index in layers.indices {
        let (layer, style) = (layers[index], options[index].style(of: plan.layers[index].candidate))
        styles.styles[layer.name] = style
        styles.weightPorts[layer.name] = weights.port(of: layer, style)
      }
      return (plan, styles)
    }
  }
}

/// A layer's candidates, each with the option it stands for.
private struct LayerCandidates {
  private let layer: LayerShape
  private let floor: Int
  private let options: [LayerOption]
  private(set) var candidates: [Candidate]
  private var isExact: [Bool]

  init(_ layer: LayerShape, interval: Int?, weights: ExternalWeights, floor: Int) {
    self.layer = layer
    self.floor = floor
    let options = layer.options(interval: interval).filter { option in
      guard weights.mustFold(layer) else { return true }
      if case .folded = option.style { return true }
      return false
    }
    self.options = options
    let costs = LayerCosts(layer)
    candidates = options.map { option in
      var candidate = costs.candidate(option, weightPort: weights.port(of: layer, option.style))
      candidate.cycles = max(candidate.cycles, floor)
      return candidate
    }
    isExact = options.map { if case .sparse = $0.style { false } else { true } }
  }

  func style(of candidate: Candidate) -> LayerStyle {
    options[candidates.firstIndex(of: candidate)!].style
  }

  /// Replaces the estimated cycles of a chosen candidate by the exact ones; returns whether they differ.
  mutating func refine(_ candidate: Candidate) -> Bool {
    let index = candidates.firstIndex(of: candidate)!
    guard !isExact[index] else { return false }
    isExact[index] = true
    let exact = max(layer.exactCycles(options[index]), floor)
    guard exact != candidate.cycles else { return false }
    candidates[index].cycles = exact
    return true
  }
}
