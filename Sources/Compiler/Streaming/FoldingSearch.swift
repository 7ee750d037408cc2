// Improves a plan by what no layer knows alone: the kernels that change lanes between layers, and how busy most
// multipliers are.

import DataflowIR
import Lowering
import Planning

/// Candidates of every layer, by index, and what lies between them.
///
/// The planner adds up layers; it does not see that a layer of 13 lanes behind one of 8 needs a costly kernel
/// between them. From its selection this search goes on by the best change of one layer, or of two that are
/// neighbours, as long as there is one.
struct FoldingSearch {
  let layers: [LayerShape]
  /// Of each layer, in the order of `candidates`.
  let options: [[LayerOption]]
  let candidates: [[Candidate]]
  let objective: Objective
  /// The network's input.
  let input: Beats
  /// The interval that is wanted; more is worse than any cost.
  let interval: Int

  private var junctions: [JunctionKey: Junction] = [:]
  private var readers: [[Int]]

  private struct JunctionKey: Hashable {
    var element: Int
    var from: Beats
    var to: Beats
  }

  /// From worst to least: what does not fit, what is too slow, what costs.
  private struct Merit: Comparable {
    var overrun: Double
    var lateness: Int
    var cost: Double

    static func < (a: Merit, b: Merit) -> Bool {
      (a.overrun, a.lateness, a.cost) < (b.overrun, b.lateness, b.cost)
    }
  }

  /// The fraction of multiplier cycles that should be useful in the layer with most of them, and what that
  /// may cost.
  static let busy = 0.95
  static let priceOfBusy = 0.1
  /// Candidates of a layer that are looked at: the cheapest, and the cheapest of few multipliers, which may pay
  /// with memory for being busy.
  private static let shortlist = 60
  private static let busyShortlist = 20

  init(
    layers: [LayerShape], options: [[LayerOption]], candidates: [[Candidate]], objective: Objective,
    input: Beats, interval: Int
  ) {
    self.layers = layers
    self.options = options
    self.candidates = candidates
    self.objective = objective
    self.input = input
    self.interval = interval
    readers = [[Int]](repeating: [], count: layers.count)
    for (index, layer) in layers.enumerated() {
      for operand in layer.operands {
        if let source = operand.layer { readers[source].append(index) }
      }
    }
  }

  // MARK: - Plans

  /// The candidates of a selection with what lies in front of them.
  mutating func chosen(_ selection: [Int]) -> [Candidate] {
    layers.indices.map { index in
      var candidate = candidates[index][selection[index]]
      let front = junction(in: selection, index)
      candidate.cycles = max(candidate.cycles, front.cycles)
      candidate.resources += front.resources
      return candidate
    }
  }

  private mutating func junction(in selection: [Int], _ index: Int) -> Junction {
    let layer = layers[index]
    var sum = Junction()
    for (number, operand) in layer.operands.enumerated() {
      let from = operand.layer.map { layers[$0].given(options[$0][selection[$0]].style) } ?? input
      let to = layer.taken(options[index][selection[index]].style, operand: number, from: from)
      let key = JunctionKey(element: layer.operand.width, from: from, to: to)
      if let known = junctions[key] {
        sum.add(known)
      } else {
        let junction = Junction(from: from, to: to, element: key.element)
        junctions[key] = junction
        sum.add(junction)
      }
    }
    return sum
  }

  private mutating func merit(_ selection: [Int]) -> Merit {
    let chosen = chosen(selection)
    let total = chosen.map(\.resources).reduce(.zero, +)
    let slowest = chosen.map(\.cycles).max() ?? 1
    var overrun = 0.0
    if let limits = objective.limits {
      for kind in Resources.Kind.allCases where total[kind] > limits[kind] {
        overrun = max(overrun, total.fraction(kind, of: limits))
      }
    }
    var isBusy = true
    if let largest = chosen.max(by: { $0.multipliers < $1.multipliers }), largest.multipliers > 0 {
      let cycles = Double(largest.multipliers * slowest)
      isBusy = Double(largest.usefulProducts) >= Self.busy * cycles
    }
    return Merit(
      overrun: overrun, lateness: max(slowest - interval, 0),
      cost: objective.cost(total) * (isBusy ? 1 : 1 + Self.priceOfBusy))
  }

  // MARK: - Search

  /// The selection that no change of two neighbours makes better.
  mutating func improved(_ start: [Int]) -> [Int] {
    var selection = start
    var best = merit(selection)
    let shortlists = layers.indices.map { shortlist($0, in: start) }
    var isImproving = true
    while isImproving {
      isImproving = false
      for index in layers.indices {
        for candidate in shortlists[index] {
          isImproving = adopt([(index, candidate)], &selection, &best) || isImproving
        }
        for reader in readers[index] {
          for first in shortlists[index] {
            for second in shortlists[reader] {
              isImproving =
                adopt([(index, first), (reader, second)], &selection, &best) || isImproving
            }
          }
        }
      }
    }
    return selection
  }

  private mutating func adopt(
    _ changes: [(layer: Int, candidate: Int)], _ selection: inout [Int], _ best: inout Merit
  ) -> Bool {
    var trial = selection
    for change in changes { trial[change.layer] = change.candidate }
    if trial == selection { return false }
    let merit = merit(trial)
    guard merit < best,
      merit.cost < best.cost * (1 - 1e-9) || merit.overrun < best.overrun
        || merit.lateness < best.lateness
    else { return false }
    (selection, best) = (trial, merit)
    return true
  }

  /// The candidates of a layer that are fast enough and cheapest, by what is scarce in the plan.
  private func shortlist(_ index: Int, in selection: [Int]) -> [Int] {
    let total = layers.indices.map { candidates[$0][selection[$0]].resources }.reduce(.zero, +)
    let scarcest = total.scarcest(of: objective.part)
    func price(_ resources: Resources) -> Double {
      Resources.Kind.allCases.reduce(0) { sum, kind in
        let isTight = objective.limits.map { total.fraction(kind, of: $0) > 0.9 } ?? false
        return sum
          + resources.fraction(kind, of: objective.part) * (kind == scarcest || isTight ? 1.1 : 0.1)
      }
    }
    let priced = candidates[index].indices.filter { candidates[index][$0].cycles <= interval }
      .map { (price: price(candidates[index][$0].resources), index: $0) }
      .sorted { ($0.price, $0.index) < ($1.price, $1.index) }.map(\.index)
    let rest = priced.dropFirst(Self.shortlist).enumerated().sorted {
      let (a, b) = (candidates[index][$0.element], candidates[index][$1.element])
      return (a.multipliers, $0.offset) < (b.multipliers, $1.offset)
    }
    return priced.prefix(Self.shortlist) + rest.prefix(Self.busyShortlist).map(\.element)
  }
}
