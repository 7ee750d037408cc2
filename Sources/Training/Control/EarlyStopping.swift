// Ending a stage that no longer gets better, and knowing its best epoch.

/// Keras' `EarlyStopping`: the stage ends after `patience` epochs without an improvement by more than
/// `minimumDelta`. Epochs before the last change of pruning masks do not count.
public struct EarlyStopping: Hashable, Sendable {
  public var monitor: Monitor
  public var patience: Int
  public var minimumDelta: Double
  /// Whether the stage hands on the parameters of its best epoch, even when it was not cut short.
  public var restoresBest: Bool

  public init(
    monitor: Monitor = .validationLoss, patience: Int = 0, minimumDelta: Double = 0,
    restoresBest: Bool = false
  ) {
    self.monitor = monitor
    self.patience = patience
    self.minimumDelta = minimumDelta
    self.restoresBest = restoresBest
  }

  /// What it remembers from epoch to epoch.
  struct State: Hashable, Sendable {
    var best: Double?
    /// Epochs since the best.
    var wait = 0
  }

  /// Takes note of an epoch; says whether it is the best so far, and whether the stage is over.
  ///
  /// Keras never stops after the first epoch, which is the best so far; only a loss that is no number
  /// makes a difference, and training refuses that.
  func update(
    _ state: inout State, after epoch: EpochSummary
  ) -> (isBest: Bool, isOver: Bool) {
    guard let value = monitor.value(of: epoch) else { return (false, false) }
    if monitor.isBetter(value, than: state.best, by: minimumDelta) {
      state = State(best: value)
      return (true, false)
    }
    state.wait += 1
    return (false, state.wait >= patience)
  }
}
