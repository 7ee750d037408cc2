// A plan without costs: the fewest multipliers that keep an interval.

extension StreamPlan {
  /// For each layer the option with the fewest multipliers, then the most chunks, that takes at most
  /// `interval` cycles; the fastest one where none does.
  public init(_ layers: [LayerShape], interval: Int, axisWidth: Int) {
    self.init(axisWidth: axisWidth)
    for layer in layers {
      let options = layer.options()
      let fitting = options.filter {
        $0.cycles <= interval && ($0.multipliers > 0 || layer.matrix == nil || layer.products / max(layer.positions, 1) <= 64)
      }
      let chosen =
        fitting.min { ($0.multipliers, -$0.style.chunks) < ($1.multipliers, -$1.style.chunks) }
        ?? options.min { ($0.cycles, $0.multipliers) < ($1.cycles, $1.multipliers) }
      if let chosen { styles[layer.name] = chosen.style }
    }
  }
}
