// The best models of a run, none of which is both worse and dearer than another.

/// A model on the way, with what it achieves and what it costs.
struct FrontPoint: Hashable, Sendable {
  let epoch: Int
  /// On the held-out samples.
  let accuracy: Double
  let cost: Double
  let parameters: [Float]
}

/// Keeps a point as long as no other is at least as accurate and at most as costly.
struct ParetoFront: Hashable, Sendable {
  /// By falling cost, thus by falling accuracy.
  var points: [FrontPoint] = []

  mutating func insert(_ point: FrontPoint) {
    if points.contains(where: { $0.accuracy >= point.accuracy && $0.cost <= point.cost }) { return }
    points.removeAll { $0.accuracy <= point.accuracy && $0.cost >= point.cost }
    let place = points.firstIndex { $0.cost < point.cost } ?? points.count
    points.insert(point, at: place)
  }

  /// Takes an epoch into account, if it measured both.
  mutating func insert(_ epoch: EpochSummary, _ parameters: [Float]) {
    guard let accuracy = epoch.validationAccuracy, let cost = epoch.cost else { return }
    insert(
      FrontPoint(epoch: epoch.epoch, accuracy: accuracy, cost: cost, parameters: parameters))
  }
}
