// Small random layers, and what trying every combination gives.

import DataflowIR
import Planning
import SeededRandom

/// Layers with amounts of similar weight for every kind, so that each decides now and then.
func randomLayers(_ random: inout SeededRandom, layers: Int, candidates: Int) -> [LayerChoices] {
  (0..<layers).map { index in
    let count = Int.random(in: 1...candidates, using: &random)
    return LayerChoices(
      name: "layer\(index)",
      candidates: (0..<count).map { _ in
        Candidate(
          style: .folded, cycles: Int.random(in: 1...20, using: &random),
          resources: Resources(
            lut: Int.random(in: 0...300, using: &random),
            ff: Int.random(in: 0...600, using: &random),
            dsp: Int.random(in: 0...6, using: &random),
            bram18: Int.random(in: 0...4, using: &random)))
      })
  }
}

/// Every combination's interval and resources.
struct BruteForce {
  private(set) var designs: [(interval: Int, resources: Resources)] = [(1, .zero)]

  init(_ layers: [LayerChoices]) {
    for layer in layers {
      designs = designs.flatMap { design in
        layer.candidates.map {
          (max(design.interval, $0.cycles), design.resources + $0.resources)
        }
      }
    }
  }

  /// The least cost of a design as asked for, in the order of `Objective`'s table.
  func cost(_ objective: Objective) -> (interval: Int, cost: Double)? {
    let allowed = designs.filter { design in
      objective.interval.map { design.interval <= $0 } ?? true
        && objective.limits.map { design.resources.fits(in: $0) } ?? true
    }
    guard let fastest = allowed.map(\.interval).min() else { return nil }
    let interval = objective.interval ?? fastest
    let costs = allowed.filter { $0.interval <= interval }.map { objective.cost($0.resources) }
    return (interval, costs.min()!)
  }

  /// The least factor by which a design of at most this interval exceeds its limits.
  func overrun(of limits: Resources, interval: Int) -> Double? {
    designs.filter { $0.interval <= interval }.map { overrunFactor($0.resources, limits) }.min()
  }
}

func overrunFactor(_ resources: Resources, _ limits: Resources) -> Double {
  Resources.Kind.allCases.map { Double(resources[$0]) / max(Double(limits[$0]), 0.5) }.max()!
}
